//! A mistake of ours while a snapshot is read: whoever asked is answered, and its connection goes on.

use async_trait::async_trait;
use plaudit::config::{Options, Switch};
use plaudit::domain::{Access, Event, Result};
use plaudit::live::topics::{Asked, Id, Order, Room, Standing};
use plaudit::live::{Keeps, Relay, TopicKind, Touch, Viewer};
use serde_json::json;

use crate::support::TestApp;

/// A topic whose read panics.
struct Mistaken;

#[async_trait]
impl TopicKind for Mistaken {
    fn number(&self) -> u8 {
        201
    }

    fn order(&self) -> Order {
        Order::Soft
    }

    fn parse(&self, name: &str) -> Option<Id> {
        (name == "mistaken").then_some(Id::Is(1))
    }

    fn name(&self, _: u64) -> String {
        "mistaken".to_owned()
    }

    fn access(&self, _: u64) -> Access {
        Access::Anyone
    }

    fn open(&self) -> Keeps {
        Keeps::Nothing
    }

    fn take(&self, _: &Event, _: &mut Touch<'_>) {}

    async fn read(&self, _: &Relay, _: &[Asked], _: Viewer, _: &mut Room) -> Result<Vec<Option<Standing>>> {
        panic!("planted by a test")
    }
}

#[tokio::test]
async fn a_snapshot_that_panics_is_answered_and_the_connection_goes_on() {
    let options = Options { limits: Some(Switch::Off), ..Options::default() };
    let app = TestApp::with(options, |parts| parts.kinds = parts.kinds.clone().with(&Mistaken)).await;
    let mut socket = app.member("ana").await.socket().await;
    let topics = json!([{"topic": "mistaken"}, {"topic": "post:1/presence"}]);
    let refused = socket.call(json!({"type": "subscribe", "topics": topics})).await;
    assert_eq!((&refused["type"], &refused["code"]), (&json!("error"), &json!("internal")));
    assert!(refused["message"].as_str().unwrap().contains("our mistake"), "{refused}");
    assert_eq!(socket.like(1, true).await["likes"], 1);
    let snapshot = socket.subscribe(&["post:1", "post:1/presence"]).await;
    assert_eq!((&snapshot[0]["likes"], &snapshot[1]["viewers"]), (&json!(1), &json!(1)));
}
