//! Random acts of three members in their conversations, beside a model in plain maps: texts, positions, numbers and who
//! may write are what the model says after every act, and whoever follows the events holds what the store shows.

use std::collections::{BTreeMap, BTreeSet};

use plaudit::domain::{
    Conversation, ConversationChange, ConversationId, Event, Limit, Message, MessageChange, MessageId, Order,
    Unread, UserId,
};
use plaudit::store::{NewMessage, To};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::sqlite::SqliteFixture;
use super::world::{Fixture, NOW, World};

#[derive(Debug, Clone)]
enum Act {
    Write { from: usize, to: usize },
    Edit { message: usize },
    Remove { message: usize },
    Read { user: usize, with: usize, back: u64 },
    Accept { user: usize, with: usize },
    Hide { user: usize, with: usize },
    Block { user: usize, other: usize, on: bool },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let (user, other) = (0..3_usize, 1..3_usize);
    let pair = (user, other).prop_map(|(user, by)| (user, (user + by) % 3));
    let act = prop_oneof![
        8 => pair.clone().prop_map(|(from, to)| Act::Write { from, to }),
        2 => (0..9_usize).prop_map(|message| Act::Edit { message }),
        3 => (0..9_usize).prop_map(|message| Act::Remove { message }),
        3 => (pair.clone(), 0..4_u64).prop_map(|((user, with), back)| Act::Read { user, with, back }),
        2 => pair.clone().prop_map(|(user, with)| Act::Accept { user, with }),
        2 => pair.clone().prop_map(|(user, with)| Act::Hide { user, with }),
        2 => (pair, any::<bool>()).prop_map(|((user, other), on)| Act::Block { user, other, on }),
    ];
    prop::collection::vec(act, 1..40)
}

#[derive(Debug, Default, Clone)]
struct Side {
    read: u64,
    request: bool,
    hidden: bool,
    has_written: bool,
}

#[derive(Debug, Default, Clone)]
struct Pair {
    seq: u64,
    sides: BTreeMap<usize, Side>,
    /// By the number of the message: its place, its author, its text.
    messages: BTreeMap<usize, (u64, usize, String)>,
}

impl Pair {
    fn unread(&self, user: usize) -> u64 {
        let read = self.sides[&user].read;
        self.messages.values().filter(|(seq, author, _)| *author != user && *seq > read).count() as u64
    }
}

#[derive(Debug, Default)]
struct Model {
    pairs: BTreeMap<(usize, usize), Pair>,
    blocks: BTreeSet<(usize, usize)>,
    /// Of which pair each message ever written is.
    written: Vec<(usize, usize)>,
}

const fn pair(one: usize, two: usize) -> (usize, usize) {
    if one < two { (one, two) } else { (two, one) }
}

impl Model {
    /// Whether it is done.
    fn act(&mut self, act: &Act) -> bool {
        match *act {
            Act::Write { from, to } => {
                if self.blocks.contains(&(from, to)) || self.blocks.contains(&(to, from)) {
                    return false;
                }
                let number = self.written.len();
                let it = self.pairs.entry(pair(from, to)).or_default();
                if it.sides.is_empty() {
                    it.sides.insert(from, Side::default());
                    it.sides.insert(to, Side { request: true, ..Side::default() });
                }
                if it.sides[&to].request && it.sides[&from].has_written {
                    return false;
                }
                it.seq += 1;
                it.messages.insert(number, (it.seq, from, format!("message {number}")));
                self.written.push(pair(from, to));
                let mine = Side { read: it.seq, has_written: true, ..Side::default() };
                it.sides.insert(from, mine);
                it.sides.get_mut(&to).unwrap().hidden = false;
                true
            }
            Act::Edit { message } => self.with(message, |it| {
                it.seq += 1;
                it.messages.get_mut(&message).unwrap().2.push('!');
            }),
            Act::Remove { message } => self.with(message, |it| {
                it.seq += 1;
                it.messages.remove(&message);
            }),
            Act::Read { user, with, back } => {
                let Some(it) = self.pairs.get_mut(&pair(user, with)) else { return false };
                let to = it.seq.saturating_sub(back);
                let side = it.sides.get_mut(&user).unwrap();
                side.read = side.read.max(to);
                true
            }
            Act::Accept { user, with } => {
                let Some(it) = self.pairs.get_mut(&pair(user, with)) else { return false };
                it.sides.get_mut(&user).unwrap().request = false;
                true
            }
            Act::Hide { user, with } => {
                let Some(it) = self.pairs.get_mut(&pair(user, with)) else { return false };
                let side = it.sides.get_mut(&user).unwrap();
                if !side.hidden {
                    (side.hidden, side.read) = (true, it.seq);
                }
                true
            }
            Act::Block { user, other, on } => {
                if on {
                    self.blocks.insert((user, other));
                } else {
                    self.blocks.remove(&(user, other));
                }
                true
            }
        }
    }

    fn with(&mut self, message: usize, act: impl FnOnce(&mut Pair)) -> bool {
        let Some(pair) = self.written.get(message) else { return false };
        let it = self.pairs.get_mut(pair).unwrap();
        let is_there = it.messages.contains_key(&message);
        if is_there {
            act(it);
        }
        is_there
    }

    fn numbers(&self, user: usize) -> (u64, u64) {
        let (mut conversations, mut requests) = (0, 0);
        for it in self.pairs.values() {
            let Some(side) = it.sides.get(&user).filter(|side| !side.hidden) else { continue };
            conversations += u64::from(!side.request && it.unread(user) > 0);
            requests += u64::from(side.request && !it.messages.is_empty());
        }
        (conversations, requests)
    }
}

/// What somebody who follows every event holds.
#[derive(Debug, Default)]
struct Follower {
    conversations: BTreeMap<(UserId, ConversationId), Conversation>,
    places: BTreeMap<UserId, u64>,
    messages: BTreeMap<ConversationId, BTreeMap<MessageId, Message>>,
    seqs: BTreeMap<ConversationId, u64>,
    unread: BTreeMap<UserId, Unread>,
}

impl Follower {
    fn hear(&mut self, event: Event) {
        match event {
            Event::ConversationChanged { user, change } => {
                let seq = match change {
                    ConversationChange::Added { seq, item: conversation }
                    | ConversationChange::Edited { seq, item: conversation } => {
                        self.conversations.insert((user, conversation.id), (*conversation).clone());
                        seq
                    }
                    ConversationChange::Removed { seq, id } => {
                        self.conversations.remove(&(user, id));
                        seq
                    }
                };
                let before = self.places.insert(user, seq).unwrap_or(0);
                assert_eq!(seq, before + 1, "places have no gap");
            }
            Event::MessagesChanged { conversation, change } => {
                let here = self.messages.entry(conversation).or_default();
                let seq = match change {
                    MessageChange::Added { seq, item: message }
                    | MessageChange::Edited { seq, item: message } => {
                        here.insert(message.id, (*message).clone());
                        seq
                    }
                    MessageChange::Removed { seq, id } => {
                        here.remove(&id);
                        seq
                    }
                };
                let before = self.seqs.insert(conversation, seq).unwrap_or(0);
                assert_eq!(seq, before + 1, "seqs have no gap");
            }
            Event::UnreadChanged { user, unread } => {
                let before = self.unread.insert(user, unread);
                assert!(before.is_none_or(|before| before.version < unread.version));
            }
            _ => {}
        }
    }
}

async fn do_act(world: &World, act: &Act, users: &[UserId; 3], messages: &mut Vec<Message>) -> bool {
    let here = async |user: usize, with: usize| {
        let found = world.store.find_conversation_with(users[user], users[with]).await.unwrap();
        found.map(|found| (found.id, found.seq))
    };
    match *act {
        Act::Write { from, to } => {
            let text = format!("message {}", messages.len());
            // Refused ones keep no key: the next one takes it again.
            let new = NewMessage {
                to: To::User(users[to]),
                author: users[from],
                key: text.replace(' ', "-"),
                text,
                seen: None,
                at: NOW,
            };
            let written = world.store.write_message(new).await;
            written.map(|created| messages.push(created.item)).is_ok()
        }
        Act::Edit { message } => {
            let Some(message) = messages.get(message) else { return false };
            let Some(now) = world.store.find_message(message.id).await.unwrap() else { return false };
            world.store.edit_message(message.id, now.text + "!", NOW, None).await.is_ok()
        }
        Act::Remove { message } => {
            let Some(message) = messages.get(message) else { return false };
            world.store.remove_message(message.id, NOW).await.is_ok()
        }
        Act::Read { user, with, back } => {
            let Some((id, seq)) = here(user, with).await else { return false };
            world.store.read_conversation(id, users[user], seq.saturating_sub(back)).await.is_ok()
        }
        Act::Accept { user, with } => {
            let Some((id, _)) = here(user, with).await else { return false };
            world.store.accept_conversation(id, users[user]).await.is_ok()
        }
        Act::Hide { user, with } => {
            let Some((id, _)) = here(user, with).await else { return false };
            world.store.hide_conversation(id, users[user]).await.is_ok()
        }
        Act::Block { user, other, on } => world.store.set_block(users[user], users[other], on).await.is_ok(),
    }
}

async fn check(world: &World, model: &Model, users: &[UserId; 3], follower: &Follower) {
    for (user, id) in users.iter().enumerate() {
        let unread = world.store.find_unread(&[*id]).await.unwrap()[0];
        assert_eq!((unread.conversations, unread.requests), model.numbers(user), "numbers of {user}");
        let told = follower.unread.get(id).copied().unwrap_or_default();
        assert_eq!((told.conversations, told.requests), (unread.conversations, unread.requests));
        let mut listed = Vec::new();
        for requests in [false, true] {
            let page = world.store.list_conversations(*id, requests, None, Limit::default()).await.unwrap();
            listed.extend(page.items);
        }
        listed.sort_by_key(|conversation| conversation.id);
        let held: Vec<_> = follower
            .conversations
            .iter()
            .filter(|((of, _), _)| *of == *id)
            .map(|(_, conversation)| conversation.clone())
            .collect();
        assert_eq!(listed, held, "the list of {user} is what the events have told");
    }
    for ((one, two), it) in &model.pairs {
        let Some(found) = world.store.find_conversation_with(users[*one], users[*two]).await.unwrap() else {
            assert!(it.sides.is_empty());
            continue;
        };
        for user in [*one, *two] {
            let seen = world.store.find_conversation(found.id, users[user]).await.unwrap().unwrap();
            let side = &it.sides[&user];
            assert_eq!(
                (seen.seq, seen.read, seen.unread, seen.request),
                (it.seq, side.read, it.unread(user), side.request),
                "as {user} sees it"
            );
        }
        let page =
            world.store.list_messages(found.id, Order::Oldest, None, Limit::at_most(100)).await.unwrap();
        let wanted: Vec<_> = it.messages.values().map(|(seq, _, text)| (*seq, text.clone())).collect();
        let stands: Vec<_> = page.items.iter().map(|message| (message.seq, message.text.clone())).collect();
        assert_eq!(stands, wanted);
        let held: Vec<_> = follower.messages[&found.id].values().cloned().collect();
        assert_eq!(page.items, held, "who follows the events holds what the store shows");
    }
}

#[test]
fn whatever_is_done_both_sides_hold_what_the_store_shows() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let config = ProptestConfig { cases: 24, ..ProptestConfig::default() };
    let run = |acts: Vec<Act>| {
        runtime.block_on(async {
            let fixture = SqliteFixture::new();
            let world = fixture.open().await;
            let users = [world.member("ana").await, world.member("ben").await, world.member("cem").await];
            let (mut model, mut follower, mut messages) = (Model::default(), Follower::default(), Vec::new());
            for act in &acts {
                let done = do_act(&world, act, &users, &mut messages).await;
                assert_eq!(done, model.act(act), "{act:?}");
                world.seen.take_events().into_iter().for_each(|event| follower.hear(event));
                check(&world, &model, &users, &follower).await;
            }
        });
        Ok(())
    };
    TestRunner::new(config).run(&acts(), run).unwrap();
}
