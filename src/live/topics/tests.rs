//! Names, keys and numbers of all kinds.

use std::collections::HashSet;

use super::*;

#[test]
fn a_topic_reads_back_from_its_name_and_its_key() {
    let (kinds, me) = (Kinds::default(), Some(UserId(7)));
    let biggest: u64 = (1 << 53) - 1;
    for name in [
        format!("post:{biggest}"),
        format!("post:{biggest}/comments"),
        format!("post:{biggest}/presence"),
        format!("post:{biggest}/likes"),
        "feed:latest".to_owned(),
        "me".to_owned(),
    ] {
        let topic = kinds.parse(&name, me).unwrap();
        assert_eq!(kinds.name(topic), name);
        assert_eq!(Topic::from_key(topic.key()), topic);
    }
    assert_eq!(kinds.parse("me", me).unwrap().id(), 7);
}

#[test]
fn names_that_are_no_topics_are_refused() {
    let kinds = Kinds::default();
    for bad in [
        "",
        "post:",
        "post:0",
        "post:01",
        "post:-1",
        "post:42 ",
        "feed:",
        "session:1",
        "me:1",
        "POST:1",
        "post:1/",
        "post:1/likers",
        "post:1/comments/",
        "post:/comments",
        "post:0/presence",
        "post:0/likes",
    ] {
        assert_eq!(kinds.parse(bad, Some(UserId(1))), Err("not_found"), "{bad:?}");
    }
    assert_eq!(kinds.parse("me", None), Err("no_session"));
}

#[test]
fn every_kind_has_a_number_of_its_own() {
    let numbers: HashSet<u8> = Kinds::default().iter().map(TopicKind::number).collect();
    assert_eq!(numbers.len(), KINDS.len());
    assert!(!numbers.contains(&0), "0 is no topic's: replies have it");
}
