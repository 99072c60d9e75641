//! Inboxes: what is written to one is a case for its agents; who has it, whether it waits, what they note; and that no act
//! forgets the numbers.

use plaudit::domain::inbox::{Case, CaseFilter, CaseOrder, NoteKind, Role, Status, Waiting};
use plaudit::domain::{ConversationId, Error, Event, Limit, Message, Order, Page, Result, Timestamp, UserId};
use plaudit::store::{Assignment, Created, InboxChange, NewInbox, NewMessage, NewNote, To};

use super::world::{Fixture, NOW, World};

/// An inbox with two agents, the first an admin, and a customer.
struct Shop {
    world: World,
    inbox: UserId,
    ana: UserId,
    ben: UserId,
    eva: UserId,
}

impl Shop {
    async fn open(fixture: &dyn Fixture) -> Self {
        let world = fixture.open().await;
        let (ana, ben, eva) =
            (world.member("ana").await, world.member("ben").await, world.member("eva").await);
        let new = NewInbox { handle: "shop".into(), name: "The Shop".into(), agent: ana, at: NOW };
        let inbox = world.store.create_inbox(new).await.unwrap().user.id;
        world.store.set_agent(inbox, ben, Role::Agent).await.unwrap();
        Self { world, inbox, ana, ben, eva }
    }

    async fn say_at(
        &self,
        author: UserId,
        to: To,
        (text, seen): (&str, Option<u64>),
        at: Timestamp,
    ) -> Result<Created<Message>> {
        let (key, text) =
            (format!("k-{}", text.replace(|sign: char| !sign.is_ascii_alphanumeric(), "_")), text.to_owned());
        self.world.store.write_message(NewMessage { to, author, text, key, seen, at }).await
    }

    async fn say(&self, author: UserId, to: To, text: &str) -> Result<Created<Message>> {
        self.say_at(author, to, (text, None), NOW).await
    }

    /// The customer writes for the first time.
    async fn case(&self) -> ConversationId {
        self.say(self.eva, To::User(self.inbox), "Is it open on Sunday?").await.unwrap().item.conversation
    }

    async fn seen_by(&self, agent: UserId, id: ConversationId) -> Option<Case> {
        self.world.store.find_case(id, agent).await.unwrap()
    }

    async fn waiting(&self) -> (u64, u64) {
        let Waiting { waiting, unassigned, .. } =
            self.world.store.find_waiting(&[self.inbox]).await.unwrap()[0].unwrap();
        (waiting, unassigned)
    }

    async fn assign(
        &self,
        id: ConversationId,
        agent: Option<UserId>,
        expect: Option<UserId>,
    ) -> Result<Case> {
        let assignment = Assignment { conversation: id, by: self.ana, agent, expect, at: NOW };
        self.world.store.assign_case(assignment).await
    }

    async fn status(&self, id: ConversationId, status: Status, until: Option<Timestamp>) -> Case {
        self.world.store.set_case_status(id, self.ana, status, until, NOW).await.unwrap()
    }

    /// The entries among the notes, as kind, text or what it is now.
    async fn notes(&self, id: ConversationId) -> Vec<(NoteKind, String)> {
        let page = self.world.store.list_notes(id, Order::Oldest, None, Limit::at_most(100)).await.unwrap();
        let said = |note: plaudit::domain::inbox::Note| match note.kind {
            NoteKind::Note => (note.kind, note.text),
            _ => (note.kind, note.to.unwrap_or_default()),
        };
        page.items.into_iter().map(said).collect()
    }

    async fn list(&self, filter: CaseFilter) -> Vec<ConversationId> {
        let page = self.world.store.list_cases(self.inbox, self.ana, filter, None, Limit::default()).await;
        page.unwrap().items.into_iter().map(|case| case.id).collect()
    }
}

pub(super) async fn what_is_written_to_an_inbox_is_a_case_for_its_agents(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    assert_eq!(shop.waiting().await, (0, 0));
    shop.world.seen.take();
    let id = shop.case().await;
    let events = shop.world.seen.take_events();
    let told: Vec<&Case> = events
        .iter()
        .filter_map(|event| match event {
            Event::CaseChanged {
                change: plaudit::domain::inbox::CaseChange::Edited { item, .. }, ..
            } => Some(&**item),
            _ => None,
        })
        .collect();
    let case = shop.seen_by(shop.ben, id).await.unwrap();
    assert_eq!(told, [&case], "one change of one case");
    assert_eq!((case.customer.id, case.waiting_since, case.status), (shop.eva, Some(NOW), Status::Open));
    assert_eq!((case.seq, case.notes_seq, case.assignee), (1, 0, None));
    assert_eq!(shop.waiting().await, (1, 1));
    assert_eq!(shop.seen_by(shop.eva, id).await, None, "a customer sees a conversation");
    assert!(shop.world.store.may_read(id, shop.eva).await.unwrap());
    assert!(shop.world.store.may_read(id, shop.ben).await.unwrap());
    let stranger = shop.world.member("tom").await;
    assert!(!shop.world.store.may_read(id, stranger).await.unwrap());

    // An answer takes the case, and the customer hears it as of any other side.
    let answer = shop.say(shop.ben, To::Conversation(id), "From ten to four.").await.unwrap().item;
    assert_eq!((answer.author.id, answer.writer, answer.seq), (shop.ben, shop.ben, 2));
    let case = shop.seen_by(shop.ana, id).await.unwrap();
    assert_eq!((case.waiting_since, case.assignee.map(|agent| agent.id)), (None, Some(shop.ben)));
    assert_eq!(shop.notes(id).await, [(NoteKind::Assigned, "ben".into())]);
    assert_eq!(shop.waiting().await, (0, 0));
    let of_eva = shop.world.store.find_conversation(id, shop.eva).await.unwrap().unwrap();
    assert_eq!((of_eva.with.id, of_eva.unread, of_eva.request), (shop.inbox, 1, false));
    let unread = shop.world.store.find_unread(&[shop.eva, shop.ana, shop.ben]).await.unwrap();
    assert_eq!(unread.iter().map(|unread| unread.conversations).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(
        shop.say(shop.ana, To::User(shop.inbox), "Me too").await.unwrap_err().code(),
        "bad_request",
        "no agent is its own customer"
    );
}

pub(super) async fn the_inbox_may_stand_for_its_agents(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let id = shop.case().await;
    let change = InboxChange { show_agents: Some(false), ..InboxChange::default() };
    assert!(!shop.world.store.update_inbox(shop.inbox, change).await.unwrap().show_agents);
    let answer = shop.say(shop.ben, To::Conversation(id), "From ten to four.").await.unwrap().item;
    assert_eq!((answer.author.id, answer.writer), (shop.inbox, shop.ben));
    let kinds: Vec<NoteKind> = shop.notes(id).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [NoteKind::Assigned, NoteKind::Sent], "the agents know who wrote");
    let again = shop.say(shop.ben, To::Conversation(id), "From ten to four.").await.unwrap();
    assert!(!again.fresh && again.item == answer, "a key is the agent's, whoever stands there");
    assert!(shop.say(shop.ana, To::Conversation(id), "From ten to four.").await.unwrap().fresh);
}

pub(super) async fn of_two_answers_the_second_is_held_back(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let id = shop.case().await;
    let to = To::Conversation(id);
    shop.say_at(shop.ana, to, ("Yes", Some(1)), NOW).await.unwrap();
    assert_eq!(shop.say_at(shop.ben, to, ("No", Some(1)), NOW).await.unwrap_err(), Error::Answered);
    let page = shop.world.store.list_messages(id, Order::Oldest, None, Limit::default()).await.unwrap();
    assert_eq!(page.items.len(), 2);
    shop.say_at(shop.ana, to, ("And on Monday", Some(1)), NOW)
        .await
        .expect("one's own answer hinders nobody");
    shop.say(shop.eva, to, "And now?").await.unwrap();
    let seen = Some(3);
    shop.say_at(shop.ben, to, ("No", seen), NOW)
        .await
        .expect("what the customer says does not, nor what was seen");
    assert_eq!(shop.say_at(shop.ana, to, ("Yes again", seen), NOW).await.unwrap_err(), Error::Answered);
    assert!(
        !shop.say_at(shop.ana, to, ("Yes", Some(1)), NOW).await.unwrap().fresh,
        "a retry is looked up first"
    );
}

pub(super) async fn a_case_is_given_only_by_who_knows_whose_it_is(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let id = shop.case().await;
    let case = shop.assign(id, Some(shop.ben), None).await.unwrap();
    assert_eq!(case.assignee.map(|agent| agent.id), Some(shop.ben));
    assert_eq!(shop.waiting().await, (1, 0));
    assert_eq!(shop.assign(id, Some(shop.ana), None).await, Err(Error::Taken("ben".into())));
    shop.assign(id, Some(shop.ben), None).await.expect("repeating is harmless");
    assert_eq!(shop.assign(id, Some(shop.eva), Some(shop.ben)).await, Err(Error::no_agent()));
    shop.assign(id, None, Some(shop.ben)).await.unwrap();
    assert_eq!(shop.waiting().await, (1, 1));
    assert_eq!(
        shop.notes(id).await,
        [(NoteKind::Assigned, "ben".into()), (NoteKind::Assigned, String::new())]
    );
    let foreign = Assignment { conversation: id, by: shop.eva, agent: None, expect: None, at: NOW };
    assert_eq!(shop.world.store.assign_case(foreign).await, Err(Error::no_conversation()));
}

pub(super) async fn a_closed_or_snoozed_case_opens_again(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let id = shop.case().await;
    shop.assign(id, Some(shop.ben), None).await.unwrap();
    shop.status(id, Status::Closed, None).await;
    assert_eq!(shop.waiting().await, (0, 0), "a closed one waits no more");
    shop.say(shop.eva, To::Conversation(id), "Hello?").await.unwrap();
    let case = shop.seen_by(shop.ana, id).await.unwrap();
    assert_eq!((case.status, case.assignee), (Status::Open, None), "nobody is left with it who is not there");
    assert_eq!(shop.waiting().await, (1, 1));

    shop.assign(id, Some(shop.ben), None).await.unwrap();
    shop.status(id, Status::Closed, None).await;
    shop.world.online.enter(shop.ben);
    shop.say(shop.eva, To::Conversation(id), "Still there?").await.unwrap();
    let case = shop.seen_by(shop.ana, id).await.unwrap();
    assert_eq!((case.status, case.assignee.map(|agent| agent.id)), (Status::Open, Some(shop.ben)));
    assert_eq!(shop.waiting().await, (1, 0));
    shop.world.online.leave(shop.ben);

    let until = NOW.plus_seconds(60);
    shop.status(id, Status::Snoozed, Some(until)).await;
    shop.world.store.wake_cases(NOW.plus_seconds(59)).await.unwrap();
    assert_eq!(shop.seen_by(shop.ana, id).await.unwrap().until, Some(until));
    let restarted = fixture.killed().await;
    let store = restarted.open().await.store;
    store.wake_cases(until).await.unwrap();
    let case = store.find_case(id, shop.ana).await.unwrap().unwrap();
    assert_eq!((case.status, case.until), (Status::Open, None));
    assert_eq!(case.assignee.map(|agent| agent.id), Some(shop.ben), "it wakes with its assignee");
}

pub(super) async fn who_waits_follows_what_stands_in_the_conversation(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let id = shop.case().await;
    let later = NOW.plus_seconds(5);
    let second = shop.say_at(shop.eva, To::Conversation(id), ("Hello?", None), later).await.unwrap().item;
    let since = async || shop.seen_by(shop.ana, id).await.unwrap().waiting_since;
    assert_eq!(since().await, Some(NOW), "since the first thing that nobody has answered");
    let answer = shop.say(shop.ana, To::Conversation(id), "Yes").await.unwrap().item;
    assert_eq!(since().await, None);
    shop.world.store.remove_message(answer.id, NOW).await.unwrap();
    assert_eq!(since().await, Some(NOW), "the answer is gone");
    assert_eq!(shop.waiting().await, (1, 0));
    let first = shop.world.store.list_messages(id, Order::Oldest, None, Limit::default()).await.unwrap();
    shop.world.store.remove_message(first.items[0].id, NOW).await.unwrap();
    assert_eq!(since().await, Some(later));
    shop.world.store.remove_message(second.id, NOW).await.unwrap();
    assert_eq!((since().await, shop.waiting().await), (None, (0, 0)), "nothing is asked any more");
}

pub(super) async fn a_removed_agent_loses_all_at_once(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let id = shop.case().await;
    let store = &shop.world.store;
    let last = store.remove_agent(shop.inbox, shop.ana, NOW).await.unwrap_err();
    assert_eq!(
        (last.code(), store.set_agent(shop.inbox, shop.ana, Role::Agent).await.unwrap_err()),
        ("forbidden", last)
    );
    shop.assign(id, Some(shop.ben), None).await.unwrap();
    shop.world.seen.take();
    store.remove_agent(shop.inbox, shop.ben, NOW).await.unwrap();
    let events = shop.world.seen.take_events();
    let removed = events.iter().any(|event| {
        matches!(event, Event::AgentRemoved { user, conversations, .. }
            if *user == shop.ben && conversations.contains(&id))
    });
    assert!(removed, "{events:?}");
    assert_eq!(shop.seen_by(shop.ana, id).await.unwrap().assignee, None, "in the same transaction");
    assert_eq!((shop.seen_by(shop.ben, id).await, shop.waiting().await), (None, (1, 1)));
    assert!(!store.may_read(id, shop.ben).await.unwrap());
    assert_eq!(shop.say(shop.ben, To::Conversation(id), "Late").await, Err(Error::no_conversation()));

    // An account that is deleted goes likewise; and so does the inbox, in the end.
    store.set_agent(shop.inbox, shop.ben, Role::Agent).await.unwrap();
    shop.assign(id, Some(shop.ben), None).await.unwrap();
    store.erase_user(shop.ben, NOW, None).await.unwrap();
    assert_eq!(shop.seen_by(shop.ana, id).await.unwrap().assignee, None);
    store.delete_inbox(shop.inbox, NOW).await.unwrap();
    assert_eq!((shop.seen_by(shop.ana, id).await, store.find_inbox("shop").await.unwrap()), (None, None));
    let refused = shop.say(shop.eva, To::Conversation(id), "Anybody?").await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    assert!(store.may_read(id, shop.eva).await.unwrap(), "what was said stays with the customer");
}

pub(super) async fn notes_are_written_once_and_by_agents(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let id = shop.case().await;
    let note = |author: UserId, text: &str| {
        let new = NewNote { conversation: id, author, text: text.into(), key: "n1".into(), at: NOW };
        shop.world.store.write_note(new)
    };
    let first = note(shop.ana, "She asked last week too.").await.unwrap();
    assert!(first.fresh && first.item.seq == 1);
    assert!(!note(shop.ana, "She asked last week too.").await.unwrap().fresh);
    assert_eq!(note(shop.ana, "Another").await, Err(Error::KeyReused));
    assert!(note(shop.ben, "I know").await.unwrap().fresh, "a key is its author's");
    assert_eq!(note(shop.eva, "Me too").await, Err(Error::no_conversation()));
    let tail = shop.world.store.read_note_tail(id).await.unwrap().unwrap();
    assert_eq!((tail.seq, tail.since, tail.changed.len(), tail.more), (2, 0, 2, false));
    assert_eq!(shop.seen_by(shop.ana, id).await.unwrap().notes_seq, 2);
}

pub(super) async fn cases_are_listed_by_what_is_asked_for(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let mut cases = Vec::new();
    for name in ["c1", "c2", "c3", "c4"] {
        let customer = shop.world.member(name).await;
        cases.push(shop.say(customer, To::User(shop.inbox), name).await.unwrap().item.conversation);
    }
    let [one, two, three, four] = cases[..] else { panic!("four of them") };
    shop.assign(one, Some(shop.ben), None).await.unwrap();
    shop.status(two, Status::Closed, None).await;
    shop.say(shop.ana, To::Conversation(three), "Yes").await.unwrap();
    let all = CaseFilter::default();
    assert_eq!(shop.list(all).await, [three, four, two, one], "newest activity first");
    assert_eq!(shop.list(CaseFilter { status: Some(Status::Closed), ..all }).await, [two]);
    assert_eq!(shop.list(CaseFilter { status: Some(Status::Open), ..all }).await, [three, four, one]);
    assert_eq!(shop.list(CaseFilter { assignee: Some(Some(shop.ben)), ..all }).await, [one]);
    assert_eq!(shop.list(CaseFilter { assignee: Some(None), ..all }).await, [four, two]);
    assert_eq!(shop.list(CaseFilter { waiting: true, ..all }).await, [four, one]);
    assert_eq!(shop.list(CaseFilter { waiting: true, assignee: Some(None), ..all }).await, [four]);
    let longest = CaseFilter { order: CaseOrder::Longest, ..all };
    assert_eq!(shop.list(longest).await, [one, four], "only those that wait");
    assert_eq!(shop.list(CaseFilter { assignee: Some(None), ..longest }).await, [four]);
    let tail = shop.world.store.read_case_tail(shop.inbox).await.unwrap().unwrap();
    let page: Vec<ConversationId> = tail.page.iter().map(|case| case.id).collect();
    assert_eq!((page, tail.more, tail.changed.len()), (vec![one, two, four, three], false, 4));
    assert_eq!(tail.seq, tail.changed.last().unwrap().0);
}

pub(super) async fn who_waits_longest_comes_first(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    // All at the same moment: the order is that of the messages. Who asks again does not wait anew.
    let mut cases = vec![shop.case().await];
    for name in ["c1", "c2", "c3", "c4"] {
        let customer = shop.world.member(name).await;
        cases.push(shop.say(customer, To::User(shop.inbox), name).await.unwrap().item.conversation);
    }
    shop.say(shop.eva, To::Conversation(cases[0]), "Hello?").await.unwrap();
    let filter = CaseFilter { order: CaseOrder::Longest, ..CaseFilter::default() };
    assert_eq!(shop.list(filter).await, cases);
    let page = async |after| {
        let limit = Limit::new(2).unwrap();
        shop.world.store.list_cases(shop.inbox, shop.ana, filter, after, limit).await.unwrap()
    };
    let ids = |page: &Page<Case>| page.items.iter().map(|case| case.id).collect::<Vec<_>>();
    let first = page(None).await;
    assert_eq!(ids(&first), cases[..2]);
    // What is answered between two pages moves nothing of the others.
    shop.say(shop.ana, To::Conversation(cases[1]), "Yes").await.unwrap();
    shop.say(shop.ana, To::Conversation(cases[3]), "Yes, too").await.unwrap();
    let second = page(first.next).await;
    assert_eq!((ids(&second), second.next), (vec![cases[2], cases[4]], None));
    shop.status(cases[2], Status::Closed, None).await;
    assert_eq!(shop.list(filter).await, [cases[0], cases[4]]);
}
