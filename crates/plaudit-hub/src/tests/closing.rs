//! Ends: by the peer, by the site, by a topic, by a panic, by a shutdown; and slots that live on.

use std::io::Write;
use std::time::Duration;

use super::support::{Got, Heard, Stage, masked, push, text};
use crate::{Config, ConnectionId, Delivery, Frame, Hub, Push, Reply, TopicKey};

#[test]
fn a_close_is_echoed_and_the_site_hears_of_it_once() {
    let mut stage = Stage::new(Config::default());
    for (payload, code) in [(&b""[..], None), (&[0x0F, 0xA0], Some(4000))] {
        let mut client = stage.connect();
        client.send_bytes(&masked(0x88, payload));
        assert_eq!(client.next(), Got::Close(code));
        assert_eq!(client.next(), Got::End);
        assert!(matches!(stage.hear(), Heard::Closed(id, _) if id == client.id));
    }
    assert!(stage.heard.try_recv().is_err());
}

#[test]
fn a_peer_that_goes_without_a_word_is_gone() {
    let mut stage = Stage::new(Config::default());
    let client = stage.connect();
    let id = client.id;
    drop(client);
    assert_eq!(stage.hear(), Heard::Closed(id, 1));
    let mut probe = stage.connect();
    stage.until(&mut probe, |_| stage.handle.connections() == 1);
}

#[test]
fn what_came_with_the_end_is_still_read() {
    let mut stage = Stage::new(Config::default());
    let mut client = stage.connect();
    client.send("note the end");
    client.stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(stage.hear(), Heard::Message(client.id, "note the end".to_owned()));
    assert_eq!(stage.hear(), Heard::Closed(client.id, 1));
}

#[test]
fn bytes_behind_the_upgrade_are_the_first_read() {
    let mut stage = Stage::new(Config::default());
    let messages: Vec<u8> = (0..5000).flat_map(|n| text(&format!("note {n}"))).collect();
    let half = text("echo whole");
    let early = [&messages[..], &half[..3]].concat();
    let mut client = stage.connect_with(&early, &[], None);
    for n in 0..5000 {
        assert_eq!(stage.hear(), Heard::Message(client.id, format!("note {n}")));
    }
    client.send_bytes(&half[3..]);
    assert_eq!(client.text(), "whole");
}

#[test]
fn the_site_closes_behind_its_reply_and_nothing_follows() {
    let mut stage = Stage::new(Config::default());
    let mut client = stage.connect();
    client.send_bytes(&[text("bye"), text("echo more")].concat());
    assert_eq!(client.text(), "last words");
    assert_eq!(client.next(), Got::Close(Some(4000)));
    assert_eq!(client.next(), Got::End);
    assert_eq!(stage.handle.connections(), 1, "it drains until the peer hangs up");
    assert_eq!(stage.hear(), Heard::Message(client.id, "bye".to_owned()));
    assert_eq!(stage.hear(), Heard::Closed(client.id, 1));
}

#[test]
fn a_close_from_outside_follows_the_replies_before_it() {
    let mut stage = Stage::new(Config::default());
    let mut client = stage.connect();
    stage.reply(&client, "ok", &[]);
    stage.handle.close(client.id, 4005, "suspended");
    stage.reply(&client, "too late", &[]);
    assert_eq!(client.text(), "ok");
    assert_eq!(client.next(), Got::Close(Some(4005)));
    assert_eq!(client.next(), Got::End);
}

#[test]
fn a_close_delivery_closes_the_topics_subscribers_alone() {
    let mut stage = Stage::new(Config::default());
    let mut members: Vec<_> = (0..3).map(|_| stage.connect_with(&[], &[50], None)).collect();
    let mut other = stage.connect_with(&[], &[51], None);
    stage.handle.flush(&[Push::close(TopicKey(50), 4004, "session ended")]);
    for member in &mut members {
        assert_eq!(member.next(), Got::Close(Some(4004)));
    }
    other.is_owed_nothing();
}

#[test]
fn an_old_id_names_nobody_when_its_slot_is_used_again() {
    let mut stage = Stage::new(Config::default());
    let first = stage.connect();
    let old = first.id;
    drop(first);
    stage.hear_until(&Heard::Closed(old, 1));
    let mut second = stage.connect();
    assert_eq!((second.id.slot, second.id.shard), (old.slot, old.shard));
    assert_ne!(second.id, old);
    stage.handle.close(old, 4000, "stale");
    stage.handle.reply(Reply { connection: old, frame: Frame::text("stale"), positions: Vec::new() });
    let nobody = ConnectionId::from_u64(u64::MAX);
    stage.handle.close(nobody, 4000, "nobody");
    second.send("peer");
    assert_eq!(second.text(), "2");
}

#[test]
fn a_panic_of_the_site_ends_its_connection_alone() {
    let mut stage = Stage::new(Config::default());
    let mut other = stage.connect();
    let mut client = stage.connect();
    client.send("boom");
    assert_eq!(client.next(), Got::Close(Some(1011)));
    assert_eq!(stage.hear(), Heard::Closed(client.id, 2));
    other.round_trip();
    assert_eq!(stage.stats().panics, 1);
}

#[test]
fn a_shutdown_sends_what_is_owed_and_4200_to_all() {
    for shards in [1, 2] {
        let mut stage = Stage::with_shards(Config::default(), shards);
        let mut clients: Vec<_> = (0..20).map(|_| stage.connect()).collect();
        for client in &mut clients {
            stage.subscribe(client, &[7]);
        }
        stage.stream(7, 1);
        stage.stream(7, 2);
        stage.reply(&clients[0], "ok", &[]);
        let handle = stage.handle.clone();
        let ends = std::thread::spawn(move || stage.end());
        for (at, client) in clients.iter_mut().enumerate() {
            let mut texts = Vec::new();
            let code = loop {
                match client.next() {
                    Got::Text(text) => texts.push(text),
                    other => break other,
                }
            };
            assert_eq!(code, Got::Close(Some(4200)));
            assert_eq!(client.next(), Got::End);
            assert_eq!(texts.contains(&"ok".to_owned()), at == 0);
            assert!(texts.ends_with(&["stream 2".to_owned()]) || at == 0, "{texts:?}");
        }
        drop(clients);
        ends.join().unwrap();
        assert_eq!(handle.connections(), 0);
        // Nobody waits for a shard that has ended, however full its inbox would be.
        let pushes: Vec<_> = (0..20_000).map(|seq| push(7, "x", Delivery::Stream { seq })).collect();
        handle.flush(&pushes);
    }
}

#[test]
fn a_shutdown_of_many_is_spread() {
    let mut stage = Stage::new(Config::default());
    let mut clients: Vec<_> = (0..120).map(|_| stage.connect()).collect();
    let spread = Duration::from_secs(1);
    let begun = std::time::Instant::now();
    stage.handle.shutdown(4200, "restarting", spread);
    assert_eq!(clients[0].next(), Got::Close(Some(4200)));
    // The last is served to its end.
    clients[119].send("echo still here");
    assert_eq!(clients[119].text(), "still here");
    for client in &mut clients[1..] {
        assert_eq!(client.next(), Got::Close(Some(4200)));
    }
    assert!(begun.elapsed() >= spread * 9 / 10);
}

#[test]
fn who_comes_during_a_shutdown_is_sent_away() {
    let mut stage = Stage::new(Config { close_drain: Duration::from_millis(500), ..Config::default() });
    let mut held_open: Vec<_> = (0..120).map(|_| stage.connect()).collect();
    stage.handle.shutdown(4200, "restarting", Duration::from_secs(2));
    assert_eq!(held_open[0].next(), Got::Close(Some(4200)));
    let mut late = stage.connect();
    assert_eq!(late.next(), Got::Close(Some(4200)));
    late.stream.write_all(&text("echo ignored")).unwrap();
    assert_eq!(late.next(), Got::End);
}

#[test]
fn a_hub_that_never_ran_blocks_nobody() {
    let hub = Hub::new(Config { inbox: 1, ..Config::default() }, 1).unwrap();
    let handle = hub.handle();
    let waits = std::thread::spawn(move || {
        let pushes: Vec<_> = (0..10).map(|seq| push(7, "x", Delivery::Stream { seq })).collect();
        handle.flush(&pushes);
    });
    drop(hub);
    waits.join().unwrap();
}

#[test]
fn a_shard_that_sleeps_is_alive_and_one_that_hangs_or_has_ended_is_not() {
    let mut stage = Stage::new(Config::default());
    let handle = stage.handle.clone();
    let mut probe = stage.connect();
    for _ in 0..3 {
        assert!(handle.is_alive(Duration::MAX));
        // It has come by as soon as it has answered.
        probe.round_trip();
        assert!(handle.is_alive(Duration::ZERO), "asked anew");
        probe.round_trip();
    }
    drop(probe);
    stage.end();
    assert!(!handle.is_alive(Duration::MAX), "it has ended");
    // Nobody runs this one: it never comes.
    let hub = Hub::new(Config::default(), 2).unwrap();
    assert!(hub.handle().is_alive(Duration::ZERO), "not asked yet");
    assert!(!hub.handle().is_alive(Duration::ZERO));
    assert!(hub.handle().is_alive(Duration::MAX), "it still has time");
}
