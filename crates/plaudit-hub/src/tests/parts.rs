//! The parts that have an order or a clock of their own: outbox, gather, wheel, inbox, ids.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::gather::{Gather, Kind, Owed};
use crate::inbox::{Entry, Inbox, WAKE};
use crate::outbox::{Outbox, Put};
use crate::wheel::Wheel;
use crate::{Config, ConnectionId, Frame, TopicKey};

fn owed(topic: u64, kind: Kind, text: &str) -> Owed {
    Owed { topic: TopicKey(topic), kind, frame: Frame::text(text) }
}

/// Anything that an outbox may be given.
fn any_owed() -> impl Strategy<Value = Owed> {
    let kind = prop_oneof![
        Just(Kind::Reply),
        (0..3_u64, 0..3_u64).prop_map(|(slot, version)| Kind::State { slot, version }),
        Just(Kind::Stream { seq: 0 }),
        Just(Kind::Resync),
        Just(Kind::Pong),
    ];
    (0..3_u64, kind, "[a-z]{1,9}").prop_map(|(topic, kind, text)| owed(topic, kind, &text))
}

proptest! {
    #[test]
    fn an_outbox_leaves_in_the_same_order_however_little_the_socket_takes(
        frames in vec(any_owed(), 0..40),
        sizes in vec(1..30_usize, 1..20),
    ) {
        let config = Config::default();
        let build = || {
            let mut outbox = Outbox::new(0);
            outbox.unfinished(Frame::text("begun"), 3, Kind::Reply);
            for owed in &frames {
                outbox.put(owed.clone(), &config);
            }
            outbox
        };
        let mut whole = Vec::new();
        build().fill(&mut whole, usize::MAX);
        prop_assert_eq!(build().bytes(), whole.len());

        let (mut outbox, mut left, mut scratch) = (build(), Vec::new(), Vec::new());
        for size in sizes.iter().cycle() {
            scratch.clear();
            outbox.fill(&mut scratch, 40);
            let sent = scratch.len().min(*size);
            left.extend_from_slice(&scratch[..sent]);
            outbox.advance(sent);
            if outbox.is_empty() {
                break;
            }
        }
        prop_assert_eq!(left, whole);
        prop_assert_eq!(outbox.bytes(), 0);
        prop_assert!(!outbox.reply_waits());
    }

    #[test]
    fn a_gather_owes_what_a_list_per_connection_would(
        steps in vec((0..5_u32, 0..4_u64, 0..4_u8), 0..60),
    ) {
        let mut gather = Gather::default();
        let mut model: Vec<Vec<(u64, u32)>> = vec![Vec::new(); 5];
        for (slot, topic, step) in steps {
            match step {
                0 => {
                    gather.purge(slot, TopicKey(topic));
                    model[slot as usize].retain(|(of, _)| *of != topic);
                }
                1 if topic == 0 => {
                    gather.forget(slot);
                    model[slot as usize].clear();
                }
                _ => {
                    let frame = gather.frame(owed(topic, Kind::Last, "x"));
                    gather.owe(slot, frame, 1);
                    model[slot as usize].push((topic, frame));
                }
            }
        }
        let mut batch = Vec::new();
        while let Some(slot) = gather.next() {
            batch.clear();
            gather.take(slot, &mut batch);
            let expected: Vec<u32> = std::mem::take(&mut model[slot as usize]).iter().map(|(_, f)| *f).collect();
            prop_assert_eq!(&batch, &expected);
        }
        prop_assert!(model.iter().all(Vec::is_empty));
        prop_assert!(gather.is_empty());
    }

    #[test]
    fn a_wheel_is_never_early(waits in vec(0..200_u64, 1..30), steps in vec(1..5000_u64, 1..200)) {
        let began = Instant::now();
        let mut wheel = Wheel::new(began, Duration::from_millis(10));
        let mut deadlines = Vec::new();
        for (slot, wait) in (0..).zip(waits) {
            let wait = Duration::from_millis(wait);
            wheel.insert(wheel.now() + wheel.grains(wait), slot, 0);
            // Beyond the ring's end it is only looked at earlier.
            deadlines.push(began + wait.min(Duration::from_millis(610)));
        }
        let (mut now, mut due, mut seen) = (began, Vec::new(), 0);
        for step in steps.into_iter().chain(std::iter::repeat_n(10_000, 64)) {
            now += Duration::from_micros(step);
            wheel.advance(now, &mut due);
            prop_assert!(wheel.next() > now);
            for (slot, _) in due.drain(..) {
                prop_assert!(now >= deadlines[slot as usize]);
                seen += 1;
            }
        }
        prop_assert_eq!(seen, deadlines.len());
    }

    #[test]
    fn a_pause_is_one_grain_for_a_wheel(lengths in vec(30..1_000_000_u64, 1..20)) {
        let (mut now, grain) = (Instant::now(), Duration::from_millis(10));
        let mut wheel = Wheel::new(now, grain);
        wheel.insert(wheel.grains(Duration::from_millis(200)), 0, 0);
        let mut due = Vec::new();
        for (pause, length) in (1..).zip(lengths) {
            now += Duration::from_millis(length);
            wheel.advance(now, &mut due);
            prop_assert_eq!(wheel.now(), pause);
            prop_assert!(wheel.next() > now && wheel.next() <= now + grain);
            prop_assert!(due.is_empty());
        }
    }

    #[test]
    fn a_connection_id_survives_its_number(shard: u8, slot in 0..1_u32 << 24, generation: u32) {
        let id = ConnectionId { shard, slot, generation };
        prop_assert_eq!(ConnectionId::from_u64(id.to_u64()), id);
    }
}

#[test]
fn no_purge_takes_a_reply() {
    let mut gather = Gather::default();
    let reply = gather.frame(owed(0, Kind::Reply, "ok"));
    let push = gather.frame(owed(0, Kind::Stream { seq: 1 }, "push"));
    gather.owe(3, reply, 1);
    gather.owe(3, push, 1);
    gather.purge(3, TopicKey(0));
    let mut batch = Vec::new();
    gather.take(3, &mut batch);
    assert_eq!(batch, [reply]);
}

#[test]
fn an_outbox_is_bounded_in_every_class() {
    let config = Config { max_queued: 4, max_queued_bytes: 100, max_reply_bytes: 50, ..Config::default() };
    let mut outbox = Outbox::new(0);
    let state = |slot| owed(1, Kind::State { slot, version: 0 }, "s");
    assert!((0..4).all(|slot| outbox.put(state(slot), &config) == Put::Queued));
    assert_eq!(outbox.put(state(3), &config), Put::Conflated);
    assert_eq!(outbox.make_room(&config), None);
    outbox.put(state(4), &config);
    assert_eq!(outbox.make_room(&config), Some(TopicKey(1)));
    assert!(outbox.is_empty(), "an overflow drops all of its topic");

    let entry = |topic| owed(topic, Kind::Stream { seq: 0 }, "e");
    assert!((0..4).all(|topic| outbox.put(entry(topic), &config) == Put::Queued));
    outbox.put(entry(0), &config);
    assert_eq!(outbox.make_room(&config), Some(TopicKey(0)));
    let bytes = outbox.bytes();
    assert_eq!(bytes, 9, "the other topics' entries stay");
    let long = owed(5, Kind::Stream { seq: 0 }, &"x".repeat(100));
    outbox.put(long, &config);
    assert_eq!(outbox.make_room(&config), Some(TopicKey(5)));
    assert_eq!((outbox.make_room(&config), outbox.bytes()), (None, bytes));

    let reply = || owed(0, Kind::Reply, &"x".repeat(23));
    assert_eq!(outbox.put(reply(), &config), Put::Queued);
    assert_eq!(outbox.put(reply(), &config), Put::Queued);
    assert_eq!(outbox.put(reply(), &config), Put::TooMuch);
}

#[test]
fn the_topic_that_takes_most_makes_room_whoever_comes_last() {
    let config = Config { max_queued: 8, max_queued_bytes: 200, ..Config::default() };
    let stream = |topic, bytes: usize| owed(topic, Kind::Stream { seq: 0 }, &"x".repeat(bytes));
    let fill = |entries: &[(u64, usize)]| {
        let mut outbox = Outbox::new(0);
        entries.iter().find_map(|(topic, bytes)| {
            outbox.put(stream(*topic, *bytes), &config);
            outbox.make_room(&config)
        })
    };
    // Seven small ones of a busy topic, then two of a quiet one.
    let mut busy = vec![(1, 1); 7];
    busy.extend([(2, 50), (2, 50)]);
    assert_eq!(fill(&busy), Some(TopicKey(1)), "the places have run out");
    assert_eq!(fill(&[(1, 20), (1, 20), (2, 90), (3, 90)]), Some(TopicKey(2)), "the bytes have");
    // A busy state of many slots, and many that have one.
    let mut outbox = Outbox::new(0);
    let mut first = None;
    for (topic, slot) in [(9, 0), (9, 1), (9, 2), (1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0)] {
        outbox.put(owed(topic, Kind::State { slot, version: 0 }, "s"), &config);
        first = first.or(outbox.make_room(&config));
    }
    assert_eq!(first, Some(TopicKey(9)));
}

#[test]
fn an_idle_connection_costs_a_few_hundred_bytes() {
    use crate::connection::{Connection, Subscription};
    use crate::topic::Subscriber;
    // The vectors behind it grow by doubling, from room for four.
    let slots = size_of::<Connection>() + size_of::<usize>() + 2 * 8 + 8;
    let subscriptions = 4 * size_of::<Subscription>() + 2 * 2 * size_of::<Subscriber>();
    assert!(2 * slots + subscriptions <= 1024, "{slots} and {subscriptions} bytes");
}

#[test]
fn who_pushes_nothing_leaves_the_shard_asleep_and_the_next_entry_wakes_it() {
    let mut poll = mio::Poll::new().unwrap();
    let inbox = Inbox::new(mio::Waker::new(poll.registry(), WAKE).unwrap(), 1);
    let mut events = mio::Events::with_capacity(1);
    assert!(inbox.may_sleep());

    inbox.put_bounded(std::iter::empty());
    poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
    assert!(events.is_empty(), "there is nothing to wake it for");

    inbox.put(std::iter::once(Entry::Shutdown(1001, "restarting", Duration::ZERO)));
    poll.poll(&mut events, Some(Duration::ZERO)).unwrap();
    assert!(!events.is_empty(), "it sleeps, and something waits for it");
}
