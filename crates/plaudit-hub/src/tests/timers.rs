//! What time does: pings, silence, slow messages, drains, and the stretched interval.

use std::time::{Duration, Instant};

use super::support::{Client, Got, Heard, Stage, masked, text};
use crate::Config;

/// Short for a test, and long for a busy machine between two lines of it.
const SHORT: Duration = Duration::from_millis(320);

#[test]
fn a_connection_is_pinged_in_text_and_by_frame_in_one_send() {
    let mut stage = Stage::new(Config { ping_every: SHORT, ..Config::default() });
    let begun = Instant::now();
    let mut client = stage.connect();
    for round in 1..=3 {
        assert_eq!(client.next(), Got::Text("ping".to_owned()));
        assert_eq!(client.next(), Got::Ping);
        assert!(begun.elapsed() >= SHORT * 9 / 10 * round, "too early");
    }
    // A send is counted behind it: the answer to this may not be yet.
    client.round_trip();
    assert!(stage.stats().sends <= 4, "{:?}", stage.stats());
}

#[test]
fn a_connection_from_which_nothing_comes_is_closed_with_4201() {
    let mut stage = Stage::new(Config { silent_after: SHORT, ..Config::default() });
    let begun = Instant::now();
    let mut silent = stage.connect();
    let mut talks = stage.connect();
    while begun.elapsed() < SHORT * 3 {
        talks.round_trip();
    }
    assert_eq!(silent.next(), Got::Close(Some(4201)));
    assert_eq!(stage.hear(), Heard::Closed(silent.id, 1));
    talks.round_trip();
}

#[test]
fn after_a_pause_of_the_shard_nobody_is_silent_who_was_not_asked() {
    let mut stage = Stage::new(Config { silent_after: SHORT, ..Config::default() });
    let [mut quiet, mut talks, mut pauses] = [(); 3].map(|()| stage.connect());
    for turn in 1..=3 {
        let nap = format!("nap {}", SHORT.as_millis() * 3);
        pauses.send(&nap);
        talks.send("echo meanwhile");
        stage.hear_until(&Heard::Message(pauses.id, nap));
        assert_eq!(talks.text(), "meanwhile");
        quiet.round_trip();
        assert_eq!(stage.handle.connections(), 3, "turn {turn}");
    }
}

/// A stage of two shards, on the second of which nobody is for longer than anything here takes; with who comes next, on
/// that one. Meanwhile `one` happens on the other, over and over.
fn after_nobody(config: Config, early: &[u8], was_used: bool, one: fn(&mut Client)) -> (Stage, [Client; 2]) {
    let mut stage = Stage::with_shards(config, 2);
    let mut talks = stage.connect();
    if was_used {
        let left = stage.connect();
        assert_ne!(left.id.shard, talks.id.shard, "connections are dealt out in turns");
        let closed = Heard::Closed(left.id, 2);
        drop(left);
        stage.hear_until(&closed);
        let _ = stage.connect();
    }
    let begun = Instant::now();
    while begun.elapsed() < SHORT * 4 {
        one(&mut talks);
    }
    let comes = stage.connect_with(early, &[], None);
    assert_ne!(comes.id.shard, talks.id.shard, "connections are dealt out in turns");
    (stage, [comes, talks])
}

#[test]
fn whoever_comes_after_a_time_without_anybody_is_neither_silent_nor_slow() {
    for was_used in [false, true] {
        let config = Config { silent_after: SHORT * 2, message_within: SHORT * 2, ..Config::default() };
        let hello = text("echo hello");
        let (_stage, [mut comes, _talks]) = after_nobody(config, &hello[..3], was_used, Client::round_trip);
        comes.send_bytes(&hello[3..]);
        assert_eq!(comes.next(), Got::Text("hello".to_owned()));
    }
}

#[test]
fn whoever_comes_after_a_time_without_anybody_is_pinged_in_its_own_time() {
    let config = Config { ping_every: SHORT, ..Config::default() };
    let pinged = |talks: &mut Client| assert_ne!(talks.next(), Got::End);
    let (_stage, [mut comes, _talks]) = after_nobody(config, &[], false, pinged);
    let begun = Instant::now();
    assert_eq!(comes.next(), Got::Text("ping".to_owned()));
    assert!(begun.elapsed() >= SHORT * 8 / 10, "too early");
}

#[test]
fn a_message_that_takes_too_long_is_1008() {
    let whole = text("echo hello");
    for half in [&whole[..1], &whole[..9], &masked(0x01, b"echo")] {
        let mut stage = Stage::new(Config { message_within: SHORT, ..Config::default() });
        let begun = Instant::now();
        let mut client = stage.connect();
        client.send_bytes(half);
        assert_eq!(client.next(), Got::Close(Some(1008)));
        assert!(begun.elapsed() >= SHORT);
    }
}

#[test]
fn half_a_message_behind_a_pause_is_timed_from_the_pauses_end() {
    let config = Config { message_within: SHORT, max_in_flight: 1, ..Config::default() };
    let mut stage = Stage::new(config);
    let mut client = stage.connect();
    client.send_bytes(&[text("ask"), masked(0x01, b"half")].concat());
    stage.hear_until(&Heard::Message(client.id, "ask".to_owned()));
    stage.reply(&client, "ok", &[]);
    assert_eq!(client.text(), "ok");
    assert_eq!(client.next(), Got::Close(Some(1008)));
}

#[test]
fn pieces_of_many_messages_are_not_one_slow_message() {
    let mut stage = Stage::new(Config { message_within: SHORT, ..Config::default() });
    let mut client = stage.connect();
    let begun = Instant::now();
    let message = text("echo hello");
    client.send_bytes(&message[..5]);
    while begun.elapsed() < SHORT * 4 {
        // The end of one and the beginning of the next, always in one segment.
        client.send_bytes(&[&message[5..], &message[..5]].concat());
        assert_eq!(client.text(), "hello");
    }
}

#[test]
fn a_command_that_waits_for_our_reply_is_neither_slow_nor_silent() {
    let config = Config { message_within: SHORT, silent_after: SHORT, max_in_flight: 1, ..Config::default() };
    let mut stage = Stage::new(config);
    let mut client = stage.connect();
    let mut probe = stage.connect();
    let next = text("echo next");
    client.send_bytes(&[text("ask"), next[..4].to_vec()].concat());
    stage.hear_until(&Heard::Message(client.id, "ask".to_owned()));
    let begun = Instant::now();
    while begun.elapsed() < SHORT * 3 {
        probe.round_trip();
    }
    client.send_bytes(&next[4..]);
    stage.reply(&client, "ok", &[]);
    assert_eq!(client.text(), "ok");
    assert_eq!(client.text(), "next");
}

#[test]
fn a_peer_that_never_hangs_up_is_dropped_after_the_drain() {
    let mut stage = Stage::new(Config { close_drain: SHORT, ..Config::default() });
    let mut client = stage.connect();
    let mut probe = stage.connect();
    stage.handle.close(client.id, 4000, "go");
    assert_eq!(client.next(), Got::Close(Some(4000)));
    // It goes on talking instead; that is read and ignored.
    client.send("echo still");
    stage.until(&mut probe, |_| stage.handle.connections() == 1);
}

#[test]
fn the_interval_stretches_with_the_pass_and_shrinks_back() {
    let tick = Duration::from_millis(1);
    let mut stage = Stage::new(Config { tick, ..Config::default() });
    let mut clients: Vec<_> = (0..400).map(|_| stage.connect()).collect();
    for client in &mut clients {
        stage.subscribe(client, &[7]);
    }
    let mut probe = stage.connect();
    stage.until(&mut probe, |stats| {
        stage.state(7, 0);
        stats.interval > tick
    });
    drop(clients);
    // It shrinks at ticks, so something must be busy.
    let mut lone = stage.connect();
    stage.subscribe(&mut lone, &[9]);
    stage.until(&mut probe, |stats| {
        stage.state(9, 0);
        stats.interval == tick
    });
}
