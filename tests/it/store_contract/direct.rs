//! Conversations of two: one for each pair, what each side sees, whoever may write, and that nothing is lost of it.

use plaudit::domain::{
    Conversation, ConversationChange, ConversationId, Cursor, Error, Event, Limit, Message, MessageChange,
    MessagesFrom, Order, Unread, UserId,
};
use plaudit::store::{Created, NewMessage, ProfileChange, SettingsChange, To};

use super::world::{Fixture, NOW, World};

impl World {
    async fn say(&self, author: UserId, to: To, text: &str, key: &str) -> Result<Created<Message>, Error> {
        let (text, key) = (text.to_owned(), key.to_owned());
        self.store.write_message(NewMessage { to, author, text, key, seen: None, at: NOW }).await
    }

    async fn seen_by(&self, user: UserId, id: ConversationId) -> Conversation {
        self.store.find_conversation(id, user).await.unwrap().unwrap()
    }

    async fn numbers(&self, user: UserId) -> (u64, u64) {
        let Unread { conversations, requests, .. } = self.store.find_unread(&[user]).await.unwrap()[0];
        (conversations, requests)
    }

    async fn texts(&self, id: ConversationId) -> Vec<String> {
        let page = self.store.list_messages(id, Order::Oldest, None, Limit::at_most(100)).await.unwrap();
        page.items.into_iter().map(|message| message.text).collect()
    }
}

/// Two who have answered each other: their conversation.
async fn acquainted(world: &World, ana: UserId, ben: UserId) -> ConversationId {
    let id = world.say(ana, To::User(ben), "Hello", "a1").await.unwrap().item.conversation;
    world.say(ben, To::Conversation(id), "Hi", "b1").await.unwrap();
    id
}

pub(super) async fn a_pair_has_one_conversation_whoever_begins(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let (one, two) = tokio::join!(
        world.say(ana, To::User(ben), "From Ana", "k"),
        world.say(ben, To::User(ana), "From Ben", "k")
    );
    let (one, two) = (one.unwrap().item, two.unwrap().item);
    assert_eq!(one.conversation, two.conversation);
    assert_eq!((one.seq.min(two.seq), one.seq.max(two.seq)), (1, 2), "a key is its author's");
    let (of_ana, of_ben) =
        (world.seen_by(ana, one.conversation).await, world.seen_by(ben, one.conversation).await);
    assert_eq!((of_ana.with.id, of_ben.with.id), (ben, ana));
    assert!(!(of_ana.request && of_ben.request), "who writes second has answered");
    assert_eq!(world.store.find_conversation_with(ben, ana).await.unwrap(), Some(of_ben));
    let cem = world.member("cem").await;
    assert_eq!(world.store.find_conversation(one.conversation, cem).await.unwrap(), None);
    assert_eq!(
        world.say(cem, To::Conversation(one.conversation), "Me too", "k").await,
        Err(Error::no_conversation())
    );
}

pub(super) async fn a_message_counts_for_the_other_side_until_it_is_read(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let id = acquainted(&world, ana, ben).await;
    assert_eq!((world.numbers(ana).await, world.numbers(ben).await), ((1, 0), (0, 0)));
    world.seen.take();
    let third = world.say(ben, To::Conversation(id), "Are you there?", "b2").await.unwrap().item;
    let events = world.seen.take_events();
    let told = |user: UserId| {
        events.iter().find_map(|event| match event {
            Event::ConversationChanged {
                user: of,
                change: ConversationChange::Edited { item: conversation, .. },
            } if *of == user => Some(conversation.clone()),
            _ => None,
        })
    };
    assert!(matches!(
        &events[0],
        Event::MessagesChanged { change: MessageChange::Added { seq: 3, item: message }, .. } if **message == third
    ));
    assert_eq!(*told(ana).unwrap(), world.seen_by(ana, id).await);
    assert_eq!(*told(ben).unwrap(), world.seen_by(ben, id).await);
    let of_ana = world.seen_by(ana, id).await;
    assert_eq!((of_ana.unread, of_ana.read, of_ana.seq, of_ana.last), (2, 1, 3, Some(third)));
    assert_eq!(world.numbers(ana).await, (1, 0), "one conversation, however many messages");

    for (read, wanted, unread) in [(2, 2, 1), (1, 2, 1), (99, 3, 0), (3, 3, 0)] {
        world.store.read_conversation(id, ana, read).await.unwrap();
        let of_ana = world.seen_by(ana, id).await;
        assert_eq!((of_ana.read, of_ana.unread), (wanted, unread), "after reading {read}");
    }
    assert_eq!(world.numbers(ana).await, (0, 0));
    world.seen.take();
    world.store.read_conversation(id, ana, 3).await.unwrap();
    assert!(world.seen.take_events().is_empty(), "a repetition is no event");
    assert_eq!(world.store.read_conversation(id, UserId(4711), 3).await, Err(Error::no_conversation()));
}

pub(super) async fn of_a_stranger_one_message_stands_until_it_is_answered_or_accepted(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben, cem) = (world.member("ana").await, world.member("ben").await, world.member("cem").await);
    let first = world.say(ana, To::User(ben), "Hello", "a1").await.unwrap().item;
    let id = first.conversation;
    assert_eq!((world.numbers(ben).await, world.numbers(ana).await), ((0, 1), (0, 0)));
    let requests = world.store.list_conversations(ben, true, None, Limit::default()).await.unwrap();
    assert_eq!(requests.items, [world.seen_by(ben, id).await]);
    assert!(
        world.store.list_conversations(ben, false, None, Limit::default()).await.unwrap().items.is_empty()
    );
    let refused = world.say(ana, To::Conversation(id), "Hello?", "a2").await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    // The first is repeated all the same, and what was refused keeps no key.
    assert!(!world.say(ana, To::User(ben), "Hello", "a1").await.unwrap().fresh);
    world.store.remove_message(first.id, NOW).await.unwrap();
    assert_eq!(world.numbers(ben).await, (0, 0), "nothing stands in it");
    assert_eq!(world.say(ana, To::User(ben), "Hello again", "a2").await.unwrap_err().code(), "forbidden");
    assert!(world.store.find_receipts(id).await.unwrap().is_some_and(|receipts| !receipts.is_open));

    world.store.accept_conversation(id, ben).await.unwrap();
    assert!(world.say(ana, To::Conversation(id), "Hello?", "a2").await.unwrap().fresh);
    assert_eq!(world.numbers(ben).await, (1, 0));

    // A declined request is hidden, counts nowhere, and the stranger is as far as before.
    let declined = world.say(cem, To::User(ben), "Buy this", "c1").await.unwrap().item.conversation;
    assert_eq!(world.numbers(ben).await, (1, 1));
    world.store.hide_conversation(declined, ben).await.unwrap();
    assert_eq!(world.numbers(ben).await, (1, 0));
    assert_eq!(world.say(cem, To::User(ben), "And this", "c2").await.unwrap_err().code(), "forbidden");
    // Whoever answers has accepted.
    world.say(ben, To::User(cem), "No", "b9").await.unwrap();
    assert!(world.say(cem, To::User(ben), "Sorry", "c3").await.unwrap().fresh);
}

pub(super) async fn a_hidden_conversation_comes_back_with_the_next_message(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let id = acquainted(&world, ana, ben).await;
    world.seen.take();
    for _ in 0..2 {
        world.store.hide_conversation(id, ana).await.unwrap();
    }
    let removed = |event: &Event| {
        matches!(event, Event::ConversationChanged { user, change: ConversationChange::Removed { id: of, .. } }
            if *user == ana && *of == id)
    };
    assert_eq!(world.seen.take_events().iter().filter(|event| removed(event)).count(), 1);
    assert!(
        world.store.list_conversations(ana, false, None, Limit::default()).await.unwrap().items.is_empty()
    );
    assert_eq!(world.numbers(ana).await, (0, 0));
    let tail = world.store.read_conversation_tail(ana).await.unwrap();
    assert_eq!(tail.changed.last().map(|(seq, item)| (*seq, item.is_err())), Some((tail.seq, true)));
    world.say(ben, To::Conversation(id), "Still there?", "b2").await.unwrap();
    assert_eq!(world.numbers(ana).await, (1, 0));
    assert_eq!(world.seen_by(ana, id).await.unread, 1, "what stood before was read");
}

pub(super) async fn who_is_blocked_or_kept_out_cannot_write(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben, cem) = (world.member("ana").await, world.member("ben").await, world.member("cem").await);
    let id = acquainted(&world, ana, ben).await;
    world.store.set_block(ana, ben, true).await.unwrap();
    let blocked = world.say(ben, To::Conversation(id), "Hey", "b2").await.unwrap_err();
    assert_eq!(blocked.code(), "forbidden");
    assert_eq!(world.say(ana, To::Conversation(id), "Hey", "a2").await.unwrap_err(), blocked, "neither side");
    assert!(!world.say(ben, To::Conversation(id), "Hi", "b1").await.unwrap().fresh, "a repetition is one");
    assert_eq!(world.texts(id).await, ["Hello", "Hi"], "both still read what was said");
    assert!(!world.store.find_receipts(id).await.unwrap().unwrap().is_open);
    world.store.set_block(ana, ben, false).await.unwrap();
    world.say(ben, To::Conversation(id), "Hey", "b2").await.unwrap();

    let settings = SettingsChange { messages_from: Some(MessagesFrom::Nobody), ..SettingsChange::default() };
    let change = ProfileChange { settings, ..ProfileChange::default() };
    world.store.update_profile(ana, change).await.unwrap();
    assert_eq!(world.say(cem, To::User(ana), "Hello", "c1").await.unwrap_err(), blocked, "told alike");
    world.say(ben, To::Conversation(id), "Ho", "b3").await.unwrap();
    world.say(ana, To::User(cem), "I write to whom I like", "a3").await.unwrap();
    world.say(cem, To::User(ana), "Fine", "c1").await.unwrap();
}

pub(super) async fn a_message_is_written_once_edited_and_removed_for_both(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben) = (world.member("ana").await, world.member("ben").await);
    let id = acquainted(&world, ana, ben).await;
    let third = world.say(ben, To::Conversation(id), "Draft", "b2").await.unwrap().item;
    let edited =
        world.store.edit_message(third.id, "Fair copy".to_owned(), NOW.plus_seconds(1), None).await.unwrap();
    assert_eq!((edited.text.as_str(), edited.edited_at), ("Fair copy", Some(NOW.plus_seconds(1))));
    let of_ana = world.seen_by(ana, id).await;
    assert_eq!((of_ana.unread, of_ana.seq), (2, 4), "an edit changes no number");
    // The key was first sent with the first text.
    assert_eq!(world.say(ben, To::User(ana), "Draft", "b2").await.unwrap().item, edited);
    for (to, text) in [(To::User(ana), "Fair copy"), (To::Conversation(ConversationId(4711)), "Draft")] {
        assert_eq!(world.say(ben, to, text, "b2").await, Err(Error::KeyReused));
    }
    world.store.remove_message(third.id, NOW).await.unwrap();
    assert_eq!(world.texts(id).await, ["Hello", "Hi"]);
    assert_eq!((world.seen_by(ana, id).await.unread, world.numbers(ana).await), (1, (1, 0)));
    assert_eq!(world.say(ben, To::User(ana), "Draft", "b2").await, Err(Error::Gone));
    assert_eq!(world.store.remove_message(third.id, NOW).await, Err(Error::no_message()));
    let tail = world.store.read_message_tail(id).await.unwrap().unwrap();
    assert_eq!(
        (tail.seq, tail.changed.last().map(|(seq, item)| (*seq, item.is_err()))),
        (5, Some((5, true)))
    );
}

pub(super) async fn conversations_come_by_activity_page_by_page(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let ana = world.member("ana").await;
    let mut with = Vec::new();
    for name in ["ben", "cem", "dor", "eva"] {
        let other = world.member(name).await;
        world.say(ana, To::User(other), "Hello", name).await.unwrap();
        with.push(other);
    }
    let back = world.store.find_conversation_with(with[1], ana).await.unwrap().unwrap().id;
    world.say(with[1], To::Conversation(back), "Back", "again").await.unwrap();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = world.store.list_conversations(ana, false, after, Limit::at_most(3)).await.unwrap();
        found.extend(page.items.iter().map(|conversation| conversation.with.id));
        let Some(Cursor(next)) = page.next else { break };
        after = Some(Cursor(next));
    }
    assert_eq!(found, [with[1], with[3], with[2], with[0]]);
    // Reading moves nothing.
    world.store.read_conversation(back, ana, 9).await.unwrap();
    let first = world.store.list_conversations(ana, false, None, Limit::at_most(1)).await.unwrap();
    assert_eq!(first.items[0].with.id, with[1]);
}

pub(super) async fn an_erased_account_leaves_no_text_and_nobody_to_write_to(fixture: &dyn Fixture) {
    let world = fixture.open().await;
    let (ana, ben, cem) = (world.member("ana").await, world.member("ben").await, world.member("cem").await);
    let id = acquainted(&world, ana, ben).await;
    world.say(cem, To::User(ana), "Hello", "c1").await.unwrap();
    world.say(ben, To::Conversation(id), "One more", "b2").await.unwrap();
    assert_eq!(world.numbers(ana).await, (1, 1));
    world.store.erase_user(ben, NOW, None).await.unwrap();
    world.store.erase_user(cem, NOW, None).await.unwrap();
    assert_eq!(world.texts(id).await, ["Hello"], "what the other side wrote stays");
    assert_eq!(world.numbers(ana).await, (0, 0), "nothing of theirs is unread for ever");
    let of_ana = world.seen_by(ana, id).await;
    assert_eq!((of_ana.with.handle, of_ana.with.name.as_str()), (None, "Guest"));
    assert_eq!(world.say(ana, To::Conversation(id), "Hey", "a2").await.unwrap_err().code(), "forbidden");
    assert_eq!(world.store.find_conversation(id, ben).await.unwrap(), None);
    let again = fixture.killed().await.open().await;
    assert_eq!((again.texts(id).await, again.numbers(ana).await), (vec!["Hello".to_owned()], (0, 0)));
}
