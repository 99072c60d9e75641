//! Slow readers: they hold a bounded amount of memory, nobody waits for them, and when they read
//! again what they get is true.

use std::time::Duration;

use super::support::{Client, Got, Heard, PATIENCE, Stage, masked, text};
use crate::{Config, Delivery, Position, TopicKey};

/// Small buffers on both sides, and frames many times as long: what the kernel still moves on after the
/// socket was full never ends the frame that has begun.
fn config() -> Config {
    Config { send_buffer: Some(4 * 1024), tick: Duration::from_millis(5), ..Config::default() }
}

fn slow_client(stage: &mut Stage) -> Client {
    stage.connect_with(&[], &[], Some(4 * 1024))
}

fn big(text: &str) -> String {
    format!("{text} {}", "x".repeat(60_000))
}

/// Pushes states of one slot until the socket of the slow client is full.
fn fill(stage: &Stage, probe: &mut Client, topic: u64, mut version: u64) -> u64 {
    let blocked = stage.stats().blocked;
    while stage.stats().blocked == blocked {
        version += 1;
        stage.push(topic, &big(&format!("fill {version}")), Delivery::State { slot: 0, version });
        probe.round_trip();
    }
    probe.round_trip(); // the counters are written one by one
    version
}

/// Reads texts until one begins so; big ones are cut to their first two words.
fn read_until(client: &mut Client, last: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    while texts.last().is_none_or(|text| text != last) {
        let text = client.text();
        texts.push(text.split(' ').take(2).collect::<Vec<_>>().join(" "));
    }
    texts
}

#[test]
fn a_slow_reader_delays_nobody_and_gets_the_last_state() {
    let mut stage = Stage::new(config());
    let mut slow = slow_client(&mut stage);
    let mut quick = stage.connect();
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7]);
    let full = fill(&stage, &mut probe, 7, 0);
    stage.subscribe(&mut quick, &[7]);
    for version in full + 1..full + 100 {
        stage.push(7, &big(&format!("fill {version}")), Delivery::State { slot: 0, version });
        assert_eq!(read_until(&mut quick, &format!("fill {version}")), [format!("fill {version}")]);
        // What the quick one was owed leaves the books a moment after its last byte has left.
        probe.round_trip();
        // One slot, and the rest of the frame that has begun.
        assert!(stage.stats().blocked_bytes < 130_000);
    }
    let last = format!("fill {}", full + 99);
    let texts = read_until(&mut slow, &last);
    assert!(texts.len() as u64 <= full + 1, "{} frames", texts.len());
    stage.until(&mut probe, |stats| stats.blocked == 0 && stats.blocked_bytes == 0);
}

#[test]
fn a_stream_that_overflows_ends_in_a_resync_and_others_of_the_reader_go_on() {
    let mut stage = Stage::new(Config { max_queued: 16, ..config() });
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7, 8, 9]);
    fill(&stage, &mut probe, 7, 0);
    stage.push(9, "other 1", Delivery::Stream { seq: 1 });
    probe.round_trip();
    for seq in 1..=40 {
        stage.push(8, &format!("entry {seq}"), Delivery::Stream { seq });
    }
    stage.hear_until(&Heard::Resync(TopicKey(8)));
    assert_eq!(stage.stats().resyncs, 1);
    let texts = read_until(&mut slow, "other 1");
    assert!(texts.contains(&"resync 8".to_owned()), "{texts:?}");
    assert!(!texts.iter().any(|text| text.starts_with("entry")), "{texts:?}");
    // It begins again with a snapshot.
    stage.subscribe(&mut slow, &[8]);
    stage.stream(8, 41);
    assert_eq!(slow.text(), "stream 41");
}

#[test]
fn a_busy_stream_of_a_slow_reader_costs_it_no_quiet_one() {
    let mut stage = Stage::new(Config { max_queued: 16, ..config() });
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7, 8, 9]);
    fill(&stage, &mut probe, 7, 0);
    for seq in 1..=15 {
        stage.push(8, &format!("busy {seq}"), Delivery::Stream { seq });
    }
    stage.until(&mut probe, |stats| stats.blocked_bytes > 0);
    // The quiet one comes when the places have run out, and again when the busy one has gone.
    for seq in 1..=3 {
        stage.push(9, &format!("quiet {seq}"), Delivery::Stream { seq });
        probe.round_trip();
    }
    stage.hear_until(&Heard::Resync(TopicKey(8)));
    for seq in 16..=40 {
        stage.push(8, &format!("busy {seq}"), Delivery::Stream { seq });
    }
    stage.push(9, "quiet 4", Delivery::Stream { seq: 4 });
    let texts = read_until(&mut slow, "quiet 4");
    let told: Vec<_> = texts.iter().filter(|text| !text.starts_with("fill")).collect();
    assert_eq!(told, ["resync 8", "quiet 1", "quiet 2", "quiet 3", "quiet 4"]);
    assert_eq!(stage.stats().resyncs, 1);
}

#[test]
fn a_short_stream_waits_in_order_behind_replies_and_states() {
    let mut stage = Stage::new(config());
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7, 8]);
    let full = fill(&stage, &mut probe, 7, 0);
    stage.subscribe(&mut probe, &[7, 8]);
    stage.push(7, "last state", Delivery::State { slot: 0, version: full + 1 });
    for seq in 1..=100 {
        stage.push(8, &format!("entry {seq}"), Delivery::Stream { seq });
    }
    // Each pass goes to both of them.
    let mut wanted = vec!["last state".to_owned(), "entry 100".to_owned()];
    while !wanted.is_empty() {
        let text = probe.text();
        wanted.retain(|wanted| *wanted != text);
    }
    probe.round_trip();
    stage.reply(&slow, "ok 1", &[]);
    let texts = read_until(&mut slow, "entry 100");
    let tail: Vec<String> = ["ok 1".to_owned(), "last state".to_owned()]
        .into_iter()
        .chain((1..=100).map(|n| format!("entry {n}")))
        .collect();
    assert_eq!(texts[texts.len() - tail.len()..], tail);
}

#[test]
fn while_a_reply_waits_no_command_is_read() {
    let mut stage = Stage::new(config());
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7]);
    fill(&stage, &mut probe, 7, 0);
    slow.send("echo one");
    stage.hear_until(&Heard::Message(slow.id, "echo one".to_owned()));
    // In one segment and in several: neither is looked at.
    slow.send_bytes(&[text("echo two"), text("echo three")].concat());
    slow.send("echo four");
    for _ in 0..50 {
        probe.round_trip();
    }
    assert!(stage.heard.try_recv().is_err(), "a command was read");
    let texts = read_until(&mut slow, "four");
    let replies: Vec<_> = texts.iter().filter(|text| !text.starts_with("fill")).collect();
    assert_eq!(replies, ["one", "two", "three", "four"]);
}

#[test]
fn no_more_commands_are_read_than_may_be_in_flight() {
    let mut stage = Stage::new(Config { max_in_flight: 2, ..Config::default() });
    let mut client = stage.connect();
    let mut probe = stage.connect();
    client.send_bytes(&["ask 1", "ask 2", "ask 3", "ask 4"].map(text).concat());
    let asked = |n: u32| Heard::Message(client.id, format!("ask {n}"));
    assert_eq!([stage.hear(), stage.hear()], [asked(1), asked(2)]);
    probe.round_trip();
    assert!(stage.heard.try_recv().is_err());
    stage.reply(&client, "ok 1", &[]);
    assert_eq!(stage.hear(), asked(3));
    probe.round_trip();
    assert!(stage.heard.try_recv().is_err());
    stage.reply(&client, "ok 2", &[]);
    assert_eq!(stage.hear(), asked(4));
}

#[test]
fn an_unsubscribe_drops_what_waits_of_the_topic() {
    let mut stage = Stage::new(config());
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7, 8]);
    fill(&stage, &mut probe, 7, 0);
    let waiting = stage.stats().blocked_bytes;
    stage.push(8, "entry 1", Delivery::Stream { seq: 1 });
    stage.until(&mut probe, |stats| stats.blocked_bytes > waiting);
    slow.send("unsub 8");
    stage.hear_until(&Heard::Message(slow.id, "unsub 8".to_owned()));
    let texts = read_until(&mut slow, "ok");
    slow.send("echo end");
    let rest = read_until(&mut slow, "end");
    assert!(!texts.iter().chain(&rest).any(|text| text == "entry 1"), "{texts:?} {rest:?}");
}

#[test]
fn a_snapshot_to_a_full_socket_comes_before_what_it_releases() {
    let mut stage = Stage::new(config());
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7]);
    fill(&stage, &mut probe, 7, 0);
    slow.send("sub 8");
    stage.hear_until(&Heard::Message(slow.id, "sub 8".to_owned()));
    for seq in 1..=3 {
        stage.push(8, &format!("entry {seq}"), Delivery::Stream { seq });
    }
    stage.until(&mut probe, |_| true);
    stage.reply(&slow, "snapshot", &[(8, Position::At(1))]);
    stage.push(8, "entry 4", Delivery::Stream { seq: 4 });
    let texts = read_until(&mut slow, "entry 4");
    let of_topic: Vec<_> = texts.iter().filter(|text| !text.starts_with("fill")).collect();
    assert_eq!(of_topic, ["snapshot", "entry 2", "entry 3", "entry 4"]);
}

#[test]
fn a_socket_that_takes_nothing_is_given_up() {
    let mut stage = Stage::new(Config {
        blocked_for: Duration::from_millis(200),
        close_drain: Duration::from_millis(200),
        ..config()
    });
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7]);
    fill(&stage, &mut probe, 7, 0);
    stage.hear_until(&Heard::Closed(slow.id, 1));
    stage.until(&mut probe, |_| stage.handle.connections() == 1);
    assert_eq!((stage.stats().blocked, stage.stats().blocked_bytes), (0, 0));
}

#[test]
fn a_socket_that_is_given_up_and_read_at_last_says_4102() {
    let mut stage =
        Stage::new(Config { blocked_for: Duration::from_millis(200), close_drain: PATIENCE, ..config() });
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7]);
    fill(&stage, &mut probe, 7, 0);
    stage.hear_until(&Heard::Closed(slow.id, 1));
    let end = loop {
        match slow.next() {
            Got::Text(_) => {}
            other => break other,
        }
    };
    assert_eq!(end, Got::Close(Some(4102)));
    assert_eq!(slow.next(), Got::End);
}

#[test]
fn replies_beyond_their_bound_end_the_connection() {
    let mut stage = Stage::new(Config { max_reply_bytes: 200_000, ..config() });
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7]);
    fill(&stage, &mut probe, 7, 0);
    for _ in 0..10 {
        stage.reply(&slow, &big("reply"), &[]);
    }
    stage.hear_until(&Heard::Closed(slow.id, 1));
}

#[test]
fn a_flood_of_pings_to_a_full_socket_leaves_one_pong() {
    let mut stage = Stage::new(config());
    let mut slow = slow_client(&mut stage);
    let mut probe = stage.connect();
    stage.subscribe(&mut slow, &[7]);
    fill(&stage, &mut probe, 7, 0);
    for number in 0..2000_u32 {
        slow.send_bytes(&masked(0x89, &number.to_be_bytes()));
    }
    slow.send("echo end");
    stage.hear_until(&Heard::Message(slow.id, "echo end".to_owned()));
    let mut pongs = Vec::new();
    loop {
        match slow.next() {
            Got::Pong(payload) => pongs.push(payload),
            Got::Text(text) if text == "end" => break,
            Got::Text(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(pongs, [1999_u32.to_be_bytes()]);
}
