//! Pushes to subscribers: everybody gets them, once, in order, and in few sends.

use std::time::{Duration, Instant};

use super::support::{Got, Heard, Stage, push};
use crate::{Config, Delivery, Frame, Reply, TopicKey};

#[test]
fn one_push_reaches_every_subscriber() {
    for shards in [1, 3] {
        let mut stage = Stage::with_shards(Config::default(), shards);
        let mut clients: Vec<_> = (0..30).map(|_| stage.connect()).collect();
        let mut other = stage.connect();
        for client in &mut clients {
            stage.subscribe(client, &[7]);
        }
        stage.subscribe(&mut other, &[8]);
        stage.state(7, 1);
        for client in &mut clients {
            assert_eq!(client.text(), "state 1");
        }
        other.is_owed_nothing();
        assert_eq!(stage.handle.connections(), 31);
    }
}

#[test]
fn a_thousand_changes_within_a_tick_cost_few_frames_and_the_last_arrives() {
    let tick = Duration::from_millis(50);
    let mut stage = Stage::new(Config { tick, ..Config::default() });
    let mut client = stage.connect();
    stage.subscribe(&mut client, &[7]);
    let begun = Instant::now();
    for version in 1..=1000 {
        stage.state(7, version);
    }
    let frames = client.texts_until("state 1000").len();
    // One at once, one at each tick since, and a stretched pass only makes them fewer.
    let ticks = begun.elapsed().as_nanos() / tick.as_nanos();
    assert!(frames as u128 <= ticks + 2, "{frames} frames in {ticks} ticks");
    client.is_owed_nothing();
    assert_eq!(stage.stats().conflated, 1000 - frames as u64);
}

#[test]
fn ten_topics_of_one_flush_leave_in_one_send() {
    let mut stage = Stage::new(Config::default());
    let mut client = stage.connect();
    let topics: Vec<u64> = (1..=10).collect();
    stage.subscribe(&mut client, &topics);
    let pushes: Vec<_> =
        topics.iter().map(|t| push(*t, &format!("topic {t}"), Delivery::Stream { seq: 1 })).collect();
    stage.handle.flush(&pushes);
    for topic in topics {
        assert_eq!(client.text(), format!("topic {topic}"));
    }
    // A send is counted behind it, so the answer to this may not be yet; the snapshot is.
    client.round_trip();
    let stats = stage.stats();
    assert!((11..=12).contains(&stats.frames) && (2..=3).contains(&stats.sends), "{stats:?}");
}

#[test]
fn an_ok_leaves_before_a_push_that_was_enqueued_after_it() {
    // A tick that is hardly one, so that each push would leave as early as it can.
    let mut stage = Stage::new(Config { tick: Duration::from_millis(1), ..Config::default() });
    let mut actors: Vec<_> = (0..8).map(|_| stage.connect()).collect();
    for actor in &mut actors {
        stage.subscribe(actor, &[7]);
    }
    for round in 1..=200 {
        let reply = |connection| Reply {
            connection,
            frame: Frame::text(format!("ok {round}")),
            positions: Vec::new(),
        };
        stage.handle.reply_all(actors.iter().map(|actor| reply(actor.id)));
        stage.stream(7, round);
        for actor in &mut actors {
            assert_eq!(actor.text(), format!("ok {round}"));
            assert_eq!(actor.text(), format!("stream {round}"));
        }
    }
}

#[test]
fn a_burst_over_all_bounds_arrives_whole_and_in_order() {
    let config = Config { inbox: 100, ..Config::default() };
    let mut stage = Stage::new(config);
    let mut clients: Vec<_> = (0..4).map(|_| stage.connect()).collect();
    for client in &mut clients {
        stage.subscribe(client, &[7]);
    }
    let pushes: Vec<_> =
        (1..=3000).map(|seq| push(7, &format!("stream {seq}"), Delivery::Stream { seq })).collect();
    stage.handle.flush(&pushes);
    for client in &mut clients {
        for seq in 1..=3000 {
            assert_eq!(client.text(), format!("stream {seq}"));
        }
    }
}

#[test]
fn a_late_state_never_overwrites_a_newer_one() {
    let mut stage = Stage::new(Config::default());
    let mut client = stage.connect();
    stage.subscribe(&mut client, &[7]);
    stage.state(7, 5);
    assert_eq!(client.text(), "state 5");
    // Sent already, and pending: in both cases the newer one is known.
    stage.state(7, 4);
    stage.state(7, 9);
    stage.state(7, 8);
    assert_eq!(client.text(), "state 9");
    client.is_owed_nothing();
}

#[test]
fn unversioned_states_and_other_slots_are_on_their_own() {
    let mut stage = Stage::new(Config::default());
    let mut client = stage.connect();
    stage.subscribe(&mut client, &[7]);
    let state = |slot, text: &str| push(7, text, Delivery::State { slot, version: 0 });
    stage.handle.flush(&[state(1, "a"), state(2, "b"), state(1, "c")]);
    assert_eq!(client.text(), "c");
    assert_eq!(client.text(), "b");
    client.is_owed_nothing();
}

#[test]
fn after_an_unsubscribe_nothing_comes() {
    let mut stage = Stage::new(Config::default());
    let mut client = stage.connect();
    stage.subscribe(&mut client, &[7, 8]);
    stage.stream(7, 1);
    assert_eq!(client.text(), "stream 1");
    stage.stream(7, 2); // waits for the tick, as the topic was flushed just now
    client.send("unsub 7");
    // It may still have left before, never after the answer.
    let texts = client.texts_until("ok");
    assert!(texts.len() <= 2, "{texts:?}");
    stage.stream(7, 3);
    stage.stream(8, 1);
    assert_eq!(client.text(), "stream 1");
    client.send("count");
    assert_eq!(client.text(), "1");
}

#[test]
fn the_last_subscriber_leaves_a_topic_idle() {
    let mut stage = Stage::new(Config::default());
    let mut first = stage.connect();
    let mut second = stage.connect_with(&[], &[99], None);
    stage.subscribe(&mut first, &[7]);
    stage.subscribe(&mut second, &[7]);
    let command = |client: &super::support::Client, text: &str| Heard::Message(client.id, text.to_owned());
    first.send("unsub 7");
    assert_eq!(stage.hear(), command(&first, "unsub 7"));
    first.send("sub 5");
    assert_eq!(stage.hear(), command(&first, "sub 5"));
    first.send("unsub 5");
    assert_eq!(stage.hear(), command(&first, "unsub 5"));
    assert_eq!(stage.hear(), Heard::Idle(TopicKey(5)));
    drop(second);
    let mut heard = [stage.hear(), stage.hear(), stage.hear()];
    heard.sort_by_key(|heard| format!("{heard:?}"));
    assert!(matches!(heard[0], Heard::Closed(_, 2)), "{heard:?}");
    assert_eq!(heard[1..], [Heard::Idle(TopicKey(7)), Heard::Idle(TopicKey(99))]);
}

#[test]
fn a_topic_that_is_subscribed_again_in_the_same_turn_is_not_idle() {
    let mut stage = Stage::new(Config::default());
    let mut client = stage.connect();
    stage.subscribe(&mut client, &[7]);
    for command in ["again 7", "unsub 7"] {
        client.send(command);
        assert_eq!(stage.hear(), Heard::Message(client.id, command.to_owned()));
    }
    assert_eq!(stage.hear(), Heard::Idle(TopicKey(7)));
    assert_eq!(client.text(), "ok");
    assert!(stage.heard.try_recv().is_err());
}

#[test]
fn a_last_push_ends_the_subscriptions() {
    let mut stage = Stage::new(Config::default());
    let mut client = stage.connect();
    stage.subscribe(&mut client, &[7]);
    stage.handle.flush(&[
        push(7, "stream 1", Delivery::Stream { seq: 1 }),
        push(7, "removed", Delivery::Last),
        push(7, "stream 2", Delivery::Stream { seq: 2 }),
    ]);
    assert_eq!(client.text(), "stream 1");
    assert_eq!(client.text(), "removed");
    stage.hear_until(&Heard::Idle(TopicKey(7)));
    stage.stream(7, 3);
    client.send("count");
    let rest = client.texts_until("0");
    assert!(!rest.contains(&"stream 3".to_owned()), "{rest:?}");
}

#[test]
fn a_pass_over_many_connections_serves_others_between() {
    // More connections than one stride of a pass has sends.
    let mut stage = Stage::new(Config { tick: Duration::from_millis(1), ..Config::default() });
    let mut clients: Vec<_> = (0..400).map(|_| stage.connect()).collect();
    for client in &mut clients {
        stage.subscribe(client, &[7]);
    }
    for seq in 1..=50 {
        stage.stream(7, seq);
        if seq % 10 == 0 {
            clients[0].send("echo between");
        }
    }
    for (at, client) in clients.iter_mut().enumerate() {
        let mut streams = 0;
        while streams < 50 {
            match client.next() {
                Got::Text(text) if text == "between" => assert_eq!(at, 0),
                Got::Text(text) => {
                    streams += 1;
                    assert_eq!(text, format!("stream {streams}"));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
