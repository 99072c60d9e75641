//! Snapshot, then what is newer, then live: no gap, nothing old, whatever overlaps.

use super::support::{Client, Heard, Stage, push};
use crate::{Config, Delivery, Position, TopicKey};

fn stage() -> Stage {
    Stage::new(Config::default())
}

/// Subscribes and leaves the snapshot to the test.
fn ask(stage: &Stage, client: &mut Client, topic: u64) {
    let command = format!("sub {topic}");
    client.send(&command);
    stage.hear_until(&Heard::Message(client.id, command));
}

#[test]
fn nothing_comes_before_the_snapshot_and_only_newer_after_it() {
    let mut stage = stage();
    let mut client = stage.connect();
    let mut witness = stage.connect();
    stage.subscribe(&mut witness, &[7]);
    ask(&stage, &mut client, 7);
    for seq in 1..=6 {
        stage.stream(7, seq);
    }
    stage.state(7, 20);
    witness.texts_until("state 20");
    client.is_owed_nothing();
    stage.reply(&client, "snapshot", &[(7, Position::At(4))]);
    assert_eq!(client.text(), "snapshot");
    assert_eq!(client.text(), "state 20");
    assert_eq!(client.text(), "stream 5");
    assert_eq!(client.text(), "stream 6");
    stage.stream(7, 7);
    assert_eq!(client.text(), "stream 7");
}

#[test]
fn what_the_snapshot_holds_never_follows_it_however_late_it_is_pushed() {
    let mut stage = stage();
    let mut client = stage.connect();
    ask(&stage, &mut client, 7);
    stage.reply(&client, "snapshot", &[(7, Position::At(5))]);
    for seq in 4..=6 {
        stage.stream(7, seq); // another node's commits reach the bus after the read saw them
    }
    assert_eq!(client.text(), "snapshot");
    assert_eq!(client.text(), "stream 6");
    stage.push(7, "old", Delivery::State { slot: 0, version: 5 });
    stage.push(7, "soft", Delivery::State { slot: 1, version: 0 });
    assert_eq!(client.text(), "soft");
    client.is_owed_nothing();
}

#[test]
fn what_was_pending_before_the_subscribe_is_not_for_its_subscriber() {
    let mut stage = stage();
    let mut witness = stage.connect();
    let mut client = stage.connect();
    stage.subscribe(&mut witness, &[7]);
    stage.stream(7, 1);
    assert_eq!(witness.text(), "stream 1");
    // Pending until the tick, and without a version to tell that it is old.
    stage.push(7, "soft", Delivery::State { slot: 1, version: 0 });
    stage.subscribe(&mut client, &[7]);
    assert_eq!(witness.text(), "soft");
    client.is_owed_nothing();
}

#[test]
fn a_refused_topic_ends_and_the_others_go_on() {
    let mut stage = stage();
    let mut client = stage.connect();
    client.send("sub 7 8");
    stage.hear_until(&Heard::Message(client.id, "sub 7 8".to_owned()));
    stage.stream(7, 1);
    stage.stream(8, 1);
    stage.reply(&client, "snapshot", &[(7, Position::Refused), (8, Position::At(0))]);
    stage.hear_until(&Heard::Idle(TopicKey(7)));
    assert_eq!(client.text(), "snapshot");
    assert_eq!(client.text(), "stream 1");
    client.send("count");
    assert_eq!(client.text(), "1");
}

#[test]
fn subscribing_again_holds_anew_and_drops_what_is_pending() {
    let mut stage = stage();
    let mut client = stage.connect();
    stage.subscribe(&mut client, &[7]);
    stage.stream(7, 1);
    assert_eq!(client.text(), "stream 1");
    stage.stream(7, 2); // pending until the tick
    ask(&stage, &mut client, 7);
    stage.stream(7, 3);
    stage.reply(&client, "snapshot", &[(7, Position::At(2))]);
    let texts = client.texts_until("stream 3");
    let at = texts.iter().position(|text| text == "snapshot").unwrap();
    assert_eq!(texts[at..], ["snapshot", "stream 3"]);
    assert!(at <= 1, "{texts:?}"); // the tick may have been earlier than the subscribe
}

#[test]
fn of_two_overlapping_subscribes_the_last_snapshot_releases() {
    let mut stage = stage();
    let mut client = stage.connect();
    ask(&stage, &mut client, 7);
    stage.stream(7, 1);
    ask(&stage, &mut client, 7);
    stage.stream(7, 2);
    stage.reply(&client, "first", &[(7, Position::At(0))]);
    assert_eq!(client.text(), "first");
    client.is_owed_nothing();
    stage.reply(&client, "second", &[(7, Position::At(1))]);
    assert_eq!(client.text(), "second");
    assert_eq!(client.text(), "stream 2");
}

#[test]
fn a_snapshot_from_before_an_unsubscribe_releases_nothing() {
    let mut stage = stage();
    let mut client = stage.connect();
    ask(&stage, &mut client, 7);
    client.send("unsub 7");
    assert_eq!(client.text(), "ok");
    stage.stream(7, 1); // nobody is there to hold it
    ask(&stage, &mut client, 7);
    stage.stream(7, 2);
    stage.reply(&client, "stale", &[(7, Position::At(0))]);
    assert_eq!(client.text(), "stale");
    client.is_owed_nothing();
    stage.reply(&client, "fresh", &[(7, Position::At(1))]);
    assert_eq!(client.text(), "fresh");
    assert_eq!(client.text(), "stream 2");
}

#[test]
fn snapshots_that_disagree_on_the_right_end_in_a_resync() {
    let mut stage = stage();
    let mut client = stage.connect();
    ask(&stage, &mut client, 7);
    ask(&stage, &mut client, 7);
    stage.reply(&client, "granted", &[(7, Position::At(0))]);
    stage.reply(&client, "refused", &[(7, Position::Refused)]);
    assert_eq!(client.texts_until("resync 7"), ["granted", "refused", "resync 7"]);
    stage.stream(7, 1);
    client.send("count");
    assert_eq!(client.text(), "0");
}

#[test]
fn a_hold_that_outgrows_its_bound_ends_in_a_resync_behind_the_snapshot() {
    let mut stage = stage();
    let mut client = stage.connect();
    let mut witness = stage.connect();
    stage.subscribe(&mut witness, &[7]);
    ask(&stage, &mut client, 7);
    let pushes: Vec<_> =
        (1..=257).map(|seq| push(7, &format!("stream {seq}"), Delivery::Stream { seq })).collect();
    stage.handle.flush(&pushes);
    witness.texts_until("stream 257");
    stage.reply(&client, "snapshot", &[(7, Position::At(250))]);
    assert_eq!(client.text(), "snapshot");
    assert_eq!(client.text(), "resync 7");
    stage.stream(7, 258);
    assert_eq!(witness.text(), "stream 258");
    client.is_owed_nothing();
    assert_eq!(stage.stats().resyncs, 1);
}

#[test]
fn a_last_push_to_a_held_subscription_follows_its_snapshot() {
    let mut stage = stage();
    let mut client = stage.connect();
    let mut witness = stage.connect();
    stage.subscribe(&mut witness, &[7]);
    ask(&stage, &mut client, 7);
    stage.push(7, "removed", Delivery::Last);
    assert_eq!(witness.text(), "removed");
    client.is_owed_nothing();
    stage.reply(&client, "snapshot", &[(7, Position::At(3))]);
    assert_eq!(client.text(), "snapshot");
    assert_eq!(client.text(), "removed");
    client.send("count");
    assert_eq!(client.text(), "0");
}

#[test]
fn hidden_topics_are_live_at_once_and_not_the_clients_to_leave() {
    let mut stage = stage();
    let mut client = stage.connect_with(&[], &[99], None);
    stage.stream(99, 1);
    assert_eq!(client.text(), "stream 1");
    client.send("count");
    assert_eq!(client.text(), "0");
    client.send("unsub 99");
    assert_eq!(client.text(), "ok");
    client.send("sub 99"); // neither held nor shown
    stage.stream(99, 2);
    assert_eq!(client.text(), "stream 2");
}
