//! Guests who write to inboxes: they come with their first message, stay as long as it does, and who logs in takes what
//! was said along.

use plaudit::domain::inbox::{Case, Status};
use plaudit::domain::{
    Conversation, ConversationId, Error, Event, Limit, Message, MessageChange, Order, Session, SessionId,
    Unread, UserId, UserKind,
};
use plaudit::store::{NewInbox, NewMessage, To};

use super::world::{Fixture, NOW, World};

/// An inbox with an agent, a guest who wrote to it, and a member.
struct Counter {
    world: World,
    inbox: UserId,
    ben: UserId,
    ana: UserId,
    guest: UserId,
    session: SessionId,
    id: ConversationId,
}

impl Counter {
    async fn open(fixture: &dyn Fixture) -> Self {
        let world = fixture.open().await;
        let (ana, ben) = (world.member("ana").await, world.member("ben").await);
        let new = NewInbox { handle: "shop".into(), name: "The Shop".into(), agent: ben, at: NOW };
        let inbox = world.store.create_inbox(new).await.unwrap().user.id;
        let (session, first) = first(&world, inbox, "Hello").await.unwrap();
        let (guest, id) = (session.user.id, first.conversation);
        Self { world, inbox, ben, ana, guest, session: session.id, id }
    }

    async fn say(&self, author: UserId, to: To, text: &str) -> Message {
        let new = NewMessage { to, author, text: text.into(), key: format!("k-{text}"), seen: None, at: NOW };
        self.world.store.write_message(new).await.unwrap().item
    }

    async fn log_in(&self) {
        let new = self.world.session_at(NOW);
        self.world.store.create_session(self.ana, new, Some(self.session), None).await.unwrap();
    }

    async fn said(&self, id: ConversationId) -> Vec<(UserId, String)> {
        let page = self.world.store.list_messages(id, Order::Oldest, None, Limit::new(100).unwrap()).await;
        page.unwrap().items.into_iter().map(|message| (message.author.id, message.text)).collect()
    }

    async fn case(&self, id: ConversationId) -> Case {
        self.world.store.find_case(id, self.ben).await.unwrap().unwrap()
    }

    async fn seen_by(&self, user: UserId, id: ConversationId) -> Option<Conversation> {
        self.world.store.find_conversation(id, user).await.unwrap()
    }

    /// How many conversations with something unread the member has, and how many cases wait, and of how many nobody.
    async fn numbers(&self) -> (u64, u64, u64) {
        let Unread { conversations, .. } = self.world.store.get_unread(self.ana).await.unwrap();
        let waiting = self.world.store.find_waiting(&[self.inbox]).await.unwrap()[0].unwrap();
        (conversations, waiting.waiting, waiting.unassigned)
    }
}

async fn first(world: &World, to: UserId, text: &str) -> Result<(Session, Message), Error> {
    world.store.write_as_new_guest(to, text.into(), format!("k-{text}"), world.session_at(NOW)).await
}

pub(super) async fn a_guest_comes_with_its_first_message(fixture: &dyn Fixture) {
    let it = Counter::open(fixture).await;
    let store = &it.world.store;
    let (guest, _) = store.find_person(it.guest).await.unwrap().unwrap();
    assert_eq!((guest.kind, guest.handle), (UserKind::Guest, None));
    assert_eq!(it.case(it.id).await.customer.id, it.guest);
    assert!(!it.seen_by(it.guest, it.id).await.unwrap().request);
    assert_eq!(it.numbers().await, (0, 1, 1));
    // Refused, it leaves nobody behind.
    store.delete_inbox(it.inbox, NOW).await.unwrap();
    it.world.seen.take();
    let refused = first(&it.world, it.inbox, "Again").await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    assert!(it.world.seen.take_events().is_empty());
}

pub(super) async fn a_guest_who_wrote_to_an_inbox_is_not_swept_away(fixture: &dyn Fixture) {
    let it = Counter::open(fixture).await;
    it.world.store.end_session(it.session).await.unwrap();
    it.world.store.sweep(NOW.plus_seconds(400 * 24 * 3600)).await.unwrap();
    assert!(it.world.store.find_person(it.guest).await.unwrap().is_some());
    assert_eq!(it.said(it.id).await, [(it.guest, "Hello".to_owned())]);
}

pub(super) async fn logging_in_takes_a_guests_conversation_along(fixture: &dyn Fixture) {
    let it = Counter::open(fixture).await;
    it.say(it.ben, To::Conversation(it.id), "Welcome").await;
    it.say(it.guest, To::Conversation(it.id), "Thanks").await;
    it.say(it.ben, To::Conversation(it.id), "Any time").await;
    // Of two with the same key the member's own keeps it.
    let other = it.world.member("eva").await;
    let own = it.say(it.ana, To::User(other), "Thanks").await;
    it.world.seen.take();
    it.log_in().await;

    let mine = it.seen_by(it.ana, it.id).await.unwrap();
    assert_eq!((mine.with.id, mine.unread, mine.request), (it.inbox, 1, false));
    assert_eq!(it.numbers().await, (1, 0, 0));
    let said = it.said(it.id).await;
    let authors: Vec<UserId> = said.iter().map(|(author, _)| *author).collect();
    assert_eq!(authors, [it.ana, it.ben, it.ana, it.ben]);
    let case = it.case(it.id).await;
    assert_eq!((case.customer.id, case.assignee.map(|agent| agent.id)), (it.ana, Some(it.ben)));
    assert_eq!(it.say(it.ana, To::User(other), "Thanks").await.id, own.id);
    assert_eq!(it.world.store.find_person(it.guest).await.unwrap(), None);

    // Open pages see who wrote it now, each message once and in order; so does who was away.
    let events = it.world.seen.take_events();
    let told: Vec<(u64, UserId)> = events
        .iter()
        .filter_map(|event| match event {
            Event::MessagesChanged { change: MessageChange::Edited { seq, item }, .. } => {
                Some((*seq, item.author.id))
            }
            _ => None,
        })
        .collect();
    assert_eq!(told, [(5, it.ana), (6, it.ana)]);
    assert!(events.iter().any(|event| matches!(event, Event::CaseChanged { .. })), "{events:?}");
    let tail = it.world.store.read_message_tail(it.id).await.unwrap().unwrap();
    assert_eq!(tail.seq, 6);
    it.say(it.ana, To::User(it.inbox), "It is me").await;
    assert_eq!(it.said(it.id).await.len(), 5, "and it goes on there");
}

pub(super) async fn logging_in_adds_a_guests_conversation_to_the_members_own(fixture: &dyn Fixture) {
    let it = Counter::open(fixture).await;
    let own = it.say(it.ana, To::User(it.inbox), "As Ana").await.conversation;
    it.say(it.ben, To::Conversation(own), "Hello Ana").await;
    it.world.store.read_conversation(own, it.ana, 2).await.unwrap();
    it.world.store.set_case_status(own, it.ben, Status::Closed, None, NOW).await.unwrap();
    let answer = it.say(it.ben, To::Conversation(it.id), "Hello guest").await;
    it.say(it.guest, To::Conversation(it.id), "A question").await;
    let gone = it.say(it.guest, To::Conversation(it.id), "Removed").await;
    it.world.store.remove_message(gone.id, NOW).await.unwrap();
    assert_eq!(it.numbers().await, (0, 1, 0));
    it.log_in().await;

    let said = it.said(own).await;
    let wanted = [
        (it.ana, "As Ana"),
        (it.ben, "Hello Ana"),
        (it.ana, "Hello"),
        (it.ben, "Hello guest"),
        (it.ana, "A question"),
    ];
    assert_eq!(said, wanted.map(|(author, text)| (author, text.to_owned())));
    let mine = it.seen_by(it.ana, own).await.unwrap();
    assert_eq!((mine.unread, mine.read), (0, 5), "what the guest had read is read");
    assert_eq!(it.seen_by(it.ana, it.id).await, None);
    // The case that the member has waits now; the guest's is closed and empty.
    let (case, left) = (it.case(own).await, it.case(it.id).await);
    assert_eq!((case.status, case.waiting_since, case.customer.id), (Status::Open, Some(NOW), it.ana));
    assert_eq!(
        (left.status, left.waiting_since, left.last, left.assignee),
        (Status::Closed, None, None, None)
    );
    assert_eq!(it.numbers().await, (0, 1, 0));
    assert_eq!(it.said(it.id).await, []);
    assert_eq!(it.world.store.find_person(it.guest).await.unwrap(), None, "nobody can act as the guest");
    let late = NewMessage {
        to: To::Conversation(it.id),
        author: it.ben,
        text: "Still there?".into(),
        key: "late".into(),
        seen: None,
        at: NOW,
    };
    assert_eq!(it.world.store.write_message(late).await.unwrap_err().code(), "forbidden");
    // Keys go along: a retry adds nothing, neither of the member's nor of the agent's.
    let again = it.say(it.ana, To::User(it.inbox), "A question").await;
    assert_eq!((again.conversation, it.said(own).await.len()), (own, 5));
    let again = it.say(it.ben, To::Conversation(own), "Hello guest").await;
    assert!(again.id != answer.id && it.said(own).await.len() == 5);
    it.world.store.sweep(NOW.plus_seconds(400 * 24 * 3600)).await.unwrap();
    assert_eq!(it.said(own).await.len(), 5);
}

pub(super) async fn a_takeover_of_a_long_conversation_goes_on_after_a_kill(fixture: &dyn Fixture) {
    let it = Counter::open(fixture).await;
    let own = it.say(it.ana, To::User(it.inbox), "As Ana").await.conversation;
    for turn in 0..40 {
        it.say(it.guest, To::Conversation(it.id), &format!("Line {turn}")).await;
    }
    let new = it.world.session_at(NOW);
    let taking = {
        let (store, ana, session) = (it.world.store.clone(), it.ana, it.session);
        it.world.hold_with(|| {
            tokio::spawn(async move { store.create_session(ana, new, Some(session), None).await })
        })
    };
    let killed = fixture.killed().await;
    it.world.seen.release();
    taking.await.unwrap().unwrap();
    let again = killed.open().await;
    again.store.sweep(NOW).await.unwrap();
    for world in [&it.world, &again] {
        let page =
            world.store.list_messages(own, Order::Oldest, None, Limit::new(100).unwrap()).await.unwrap();
        let texts: Vec<String> = page.items.iter().map(|message| message.text.clone()).collect();
        let wanted: Vec<String> = (0..40).map(|turn| format!("Line {turn}")).collect();
        assert_eq!(texts[..2], ["As Ana", "Hello"]);
        assert_eq!(texts[2..], wanted);
        assert!(page.items.iter().all(|message| message.author.id == it.ana));
        let left = world.store.list_messages(it.id, Order::Oldest, None, Limit::default()).await.unwrap();
        assert_eq!(left.items, []);
    }
}
