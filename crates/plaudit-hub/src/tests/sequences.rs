//! The promise that matters most, under random interleavings over real sockets: a snapshot and what
//! follows it have no gap and nothing old, whatever subscribes, unsubscribes, late snapshots and ticks
//! come between. The test plays the store: it knows each topic's head, and reads it when it likes.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::support::{Client, Heard, Stage, push};
use crate::{Config, Delivery, Position};

const TOPICS: u64 = 2;
const CLIENTS: usize = 2;

#[derive(Debug, Clone, Copy)]
enum Act {
    /// A commit: the next entry of a stream, or the next version of a state.
    Push(u64),
    Subscribe(usize, u64),
    Unsubscribe(usize, u64),
    /// The oldest open subscribe of a client reads its position.
    Read(usize),
    /// ... and is answered, read or not.
    Answer(usize),
    /// A round trip, so that ticks may pass.
    Breathe(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let (client, topic) = (0..CLIENTS, 0..2 * TOPICS);
    prop_oneof![
        6 => topic.clone().prop_map(Act::Push),
        2 => (client.clone(), topic.clone()).prop_map(|(c, t)| Act::Subscribe(c, t)),
        1 => (client.clone(), topic).prop_map(|(c, t)| Act::Unsubscribe(c, t)),
        1 => client.clone().prop_map(Act::Read),
        2 => client.clone().prop_map(Act::Answer),
        1 => client.prop_map(Act::Breathe),
    ]
}

/// A subscribe that awaits its snapshot.
struct Open {
    topic: u64,
    number: usize,
    position: Option<u64>,
}

/// One client and what the test knows of it.
struct Viewer {
    client: Client,
    open: VecDeque<Open>,
    /// Of each topic: subscribes sent so far, and whether it is subscribed.
    subscribes: Vec<usize>,
    subscribed: Vec<bool>,
}

/// Whether a topic is a stream (else a state).
fn is_stream(topic: u64) -> bool {
    topic < TOPICS
}

fn play(acts: &[Act]) {
    let mut stage = Stage::new(Config { tick: Duration::from_millis(1), ..Config::default() });
    let topics = usize::try_from(2 * TOPICS).unwrap();
    let mut heads = vec![0_u64; topics];
    let mut viewers: Vec<Viewer> = (0..CLIENTS)
        .map(|_| Viewer {
            client: stage.connect(),
            open: VecDeque::new(),
            subscribes: vec![0; topics],
            subscribed: vec![false; topics],
        })
        .collect();
    let drains = (0..CLIENTS).flat_map(|c| (0..100).map(move |_| Act::Answer(c)));
    let last = (0..2 * TOPICS).map(Act::Push);
    for act in acts.iter().copied().chain(drains).chain(last) {
        match act {
            Act::Push(topic) => {
                let head = &mut heads[usize::try_from(topic).unwrap()];
                *head += 1;
                let delivery = if is_stream(topic) {
                    Delivery::Stream { seq: *head }
                } else {
                    Delivery::State { slot: 0, version: *head }
                };
                stage.handle.flush(&[push(topic, &format!("push {topic} {head}"), delivery)]);
            }
            Act::Subscribe(viewer, topic) => {
                let viewer = &mut viewers[viewer];
                let at = usize::try_from(topic).unwrap();
                viewer.subscribes[at] += 1;
                viewer.subscribed[at] = true;
                viewer.open.push_back(Open { topic, number: viewer.subscribes[at], position: None });
                command(&stage, &mut viewer.client, &format!("sub {topic}"));
            }
            Act::Unsubscribe(viewer, topic) => {
                let viewer = &mut viewers[viewer];
                let at = usize::try_from(topic).unwrap();
                viewer.subscribed[at] = false;
                // The site's answer says which, for the reader below.
                viewer.client.send(&format!("unsub {topic}"));
                command(&stage, &mut viewer.client, &format!("echo left {topic} {}", viewer.subscribes[at]));
            }
            Act::Read(viewer) => {
                let open = viewers[viewer].open.iter_mut().find(|open| open.position.is_none());
                if let Some(open) = open {
                    open.position = Some(heads[usize::try_from(open.topic).unwrap()]);
                }
            }
            Act::Answer(viewer) => {
                let viewer = &mut viewers[viewer];
                let Some(Open { topic, number, position }) = viewer.open.pop_front() else { continue };
                let position = position.unwrap_or(heads[usize::try_from(topic).unwrap()]);
                let text = format!("snapshot {topic} {number} {position}");
                stage.reply(&viewer.client, &text, &[(topic, Position::At(position))]);
            }
            Act::Breathe(viewer) => command(&stage, &mut viewers[viewer].client, "echo breath"),
        }
    }
    for viewer in &mut viewers {
        check(viewer, &heads);
    }
}

fn command(stage: &Stage, client: &mut Client, text: &str) {
    client.send(text);
    stage.hear_until(&Heard::Message(client.id, text.to_owned()));
}

/// Reads all that a viewer got, up to each topic's head.
fn check(viewer: &mut Viewer, heads: &[u64]) {
    // Of each topic: the position, while a snapshot that counts has come.
    let mut positions: Vec<Option<u64>> = vec![None; heads.len()];
    let mut left = vec![0; heads.len()];
    let done = |positions: &[Option<u64>]| {
        let current = |at: usize| !viewer.subscribed[at] || positions[at] == Some(heads[at]);
        (0..heads.len()).all(current)
    };
    while !done(&positions) {
        let text = viewer.client.text();
        let words: Vec<&str> = text.split(' ').collect();
        let number = |at: usize| words[at].parse::<usize>().unwrap();
        match words[0] {
            "snapshot" if number(2) > left[number(1)] => {
                let (topic, position) = (number(1), number(3) as u64);
                assert!(positions[topic].is_none_or(|before| before <= position), "{text}: backwards");
                positions[topic] = Some(position);
            }
            "left" => {
                left[number(1)] = number(2);
                positions[number(1)] = None;
            }
            "push" => {
                let (topic, seq) = (number(1), number(2) as u64);
                let before = positions[topic].expect("a push without a snapshot");
                if is_stream(topic as u64) {
                    assert_eq!(seq, before + 1, "{text}: a gap, or something old");
                } else {
                    assert!(seq > before, "{text}: old behind {before}");
                }
                positions[topic] = Some(seq);
            }
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_and_what_follows_have_no_gap_and_nothing_old(acts in vec(act(), 1..120)) {
        play(&acts);
    }
}
