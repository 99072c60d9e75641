//! One owner's subscriptions of a topic end, while those of others stay. Of the stage's clients the second, fourth, …
//! are one owner's (1), the first, third, … another's (2).

use super::support::{Client, Heard, Stage};
use crate::{Config, Delivery, Position, TopicKey};

const OWNER_OF_EVEN: u64 = 1;

fn evict(stage: &Stage, topic: u64, owner: u64) {
    stage.push(topic, "ended", Delivery::Evict { owner });
}

/// Subscribes and leaves the snapshot to the test.
fn ask(stage: &Stage, client: &mut Client, topic: u64) {
    let command = format!("sub {topic}");
    client.send(&command);
    stage.hear_until(&Heard::Message(client.id, command));
}

#[test]
fn all_connections_of_the_owner_leave_the_topic_with_a_last_word_and_nobody_else_does() {
    let mut stage = Stage::new(Config::default());
    let (mut stays, mut first, mut other, mut second) =
        (stage.connect(), stage.connect(), stage.connect(), stage.connect());
    for client in [&mut stays, &mut first, &mut other, &mut second] {
        stage.subscribe(client, &[7, 8]);
    }
    stage.stream(7, 1);
    evict(&stage, 7, OWNER_OF_EVEN);
    stage.stream(7, 2);
    stage.stream(8, 1);
    for client in [&mut first, &mut second] {
        let texts = client.texts_until("stream 1");
        // What was pushed before may have come; of what was pushed afterwards only the other topic's comes.
        let ended = texts.iter().position(|text| text == "ended").or_else(|| {
            let next = client.text();
            (next == "ended").then_some(texts.len())
        });
        assert!(ended.is_some(), "{texts:?}");
        client.send("unsub 7");
        let rest = client.texts_until("ok");
        assert!(!rest.contains(&"stream 2".to_owned()), "{rest:?}");
    }
    for client in [&mut stays, &mut other] {
        assert_eq!(client.texts_until("stream 2").first().map(String::as_str), Some("stream 1"));
    }
}

#[test]
fn a_topic_that_only_the_owner_had_is_idle_afterwards() {
    let mut stage = Stage::new(Config::default());
    let (_other, mut client) = (stage.connect(), stage.connect());
    stage.subscribe(&mut client, &[7]);
    evict(&stage, 7, OWNER_OF_EVEN);
    assert_eq!(client.text(), "ended");
    stage.hear_until(&Heard::Idle(TopicKey(7)));
    // It may come back: whether it is let in again is the site's to say.
    stage.subscribe(&mut client, &[7]);
    stage.stream(7, 3);
    assert_eq!(client.text(), "stream 3");
}

#[test]
fn the_last_word_follows_a_snapshot_that_was_on_its_way() {
    let mut stage = Stage::new(Config::default());
    let (mut other, mut client) = (stage.connect(), stage.connect());
    stage.subscribe(&mut other, &[7]);
    ask(&stage, &mut client, 7);
    stage.stream(7, 5);
    assert_eq!(other.text(), "stream 5");
    evict(&stage, 7, OWNER_OF_EVEN);
    stage.stream(7, 6);
    assert_eq!(other.text(), "stream 6");
    client.is_owed_nothing();
    stage.reply(&client, "snapshot", &[(7, Position::At(4))]);
    assert_eq!(client.text(), "snapshot");
    assert_eq!(client.text(), "stream 5");
    assert_eq!(client.text(), "ended");
    stage.stream(7, 7);
    assert_eq!(other.text(), "stream 7");
    client.is_owed_nothing();
}

#[test]
fn a_snapshot_that_is_refused_needs_no_last_word() {
    let mut stage = Stage::new(Config::default());
    let (_other, mut client) = (stage.connect(), stage.connect());
    ask(&stage, &mut client, 7);
    evict(&stage, 7, OWNER_OF_EVEN);
    stage.reply(&client, "refused", &[(7, Position::Refused)]);
    assert_eq!(client.text(), "refused");
    client.is_owed_nothing();
}

#[test]
fn hidden_topics_are_not_an_owners_to_lose() {
    let mut stage = Stage::new(Config::default());
    let _other = stage.connect();
    let mut client = stage.connect_with(&[], &[9], None);
    evict(&stage, 9, OWNER_OF_EVEN);
    stage.state(9, 1);
    assert_eq!(client.text(), "state 1");
}

#[test]
fn a_slow_reader_gets_the_last_word_and_nothing_of_the_topic_that_waited() {
    let mut stage = Stage::new(Config { send_buffer: Some(4096), ..Config::default() });
    let mut other = stage.connect();
    let mut client = stage.connect_with(&[], &[], Some(4096));
    stage.subscribe(&mut client, &[7]);
    stage.subscribe(&mut other, &[8]);
    let long = "x".repeat(64 * 1024);
    for seq in 1..=3 {
        stage.push(7, &format!("{long}{seq}"), Delivery::Stream { seq });
    }
    // It is seen to by now, and the socket takes no more.
    stage.state(8, 1);
    assert_eq!(other.text(), "state 1");
    stage.until(&mut other, |stats| stats.blocked_bytes > 0);
    evict(&stage, 7, OWNER_OF_EVEN);
    stage.stream(7, 9);
    let texts = client.texts_until("ended");
    assert!(texts.len() < 4, "what had not begun to leave came all the same: {} frames", texts.len());
    client.is_owed_nothing();
}
