//! A private stream that only this test has, made as `CONTRIBUTING.md` says: one file with a kind, one line that adds it.
//! `backstage:ID` is what is said under a post, for the eyes of moderators. It shows that a kind needs nothing else: it is
//! parsed, guarded, read, resumed and pushed like the site's own, and a right that ends takes its user out.

use async_trait::async_trait;
use plaudit::config::{Options, Switch};
use plaudit::domain::{Access, Comment, CommentId, Event, PostId, Result, parse_id};
use plaudit::live::topics::{Asked, Id, Order, Room, Standing};
use plaudit::live::{Change, Keeps, Relay, Stream, StreamSource, Tail, TopicKind, Touch, Viewer};
use plaudit::store::Store;
use serde_json::{Value as Json, json};

use crate::support::{Actor, Socket, TestApp};

struct Backstage;

#[async_trait]
impl StreamSource for Backstage {
    type Item = Comment;

    async fn read(&self, store: &dyn Store, id: u64) -> Result<Option<Tail<Comment>>> {
        let tail = store.read_comment_tail(PostId(id)).await?;
        Ok(tail.map(|tail| Tail::of(tail, |CommentId(id)| id)))
    }
}

#[async_trait]
impl TopicKind for Backstage {
    fn number(&self) -> u8 {
        200
    }

    fn order(&self) -> Order {
        Order::Stream
    }

    fn parse(&self, name: &str) -> Option<Id> {
        parse_id(name.strip_prefix("backstage:")?).map(Id::Is)
    }

    fn name(&self, id: u64) -> String {
        format!("backstage:{id}")
    }

    fn access(&self, _: u64) -> Access {
        Access::Moderators
    }

    fn open(&self) -> Keeps {
        Keeps::value(Stream::<Comment>::default())
    }

    fn take(&self, event: &Event, touch: &mut Touch<'_>) {
        match event {
            Event::CommentsChanged { post: PostId(id), change } => {
                touch.change(*id, &Change::of(change, |CommentId(id)| id));
            }
            Event::UserChanged { user, .. } if !user.moderator => touch.evict_everywhere(user.id),
            _ => {}
        }
    }

    async fn read(
        &self,
        relay: &Relay,
        asked: &[Asked],
        _: Viewer,
        room: &mut Room,
    ) -> Result<Vec<Option<Standing>>> {
        relay.read_streams(self, asked, room).await
    }
}

const TOPIC: &str = "backstage:1";

/// A site with the private stream, and three people of whom the first two are moderators.
async fn site() -> (TestApp, [Actor; 3]) {
    let options = Options { limits: Some(Switch::Off), ..Options::default() };
    let app = TestApp::with(options, |parts| parts.kinds = parts.kinds.clone().with(&Backstage)).await;
    let people = [app.member("ana").await, app.member("ben").await, app.member("cai").await];
    for handle in ["ana", "ben"] {
        app.promote(handle).await;
    }
    (app, people)
}

async fn demote(app: &TestApp, who: &Actor) {
    app.server().store.set_moderator(plaudit::domain::UserId(who.id), false).await.unwrap();
}

async fn say(who: &Actor, text: &str) {
    who.post("/api/posts/1/comments", &json!({"text": text})).await.ok();
}

async fn text(socket: &mut Socket) -> Json {
    socket.until(|push| push["topic"] == TOPIC).await["comment"]["text"].clone()
}

#[tokio::test]
async fn who_may_not_see_a_topic_is_told_that_there_is_none_and_hears_nothing_of_it() {
    let (app, [ana, _, cai]) = site().await;
    for mut socket in [cai.socket().await, app.guest().await.socket().await, app.visitor().socket().await] {
        let refused = json!({"topic": TOPIC, "error": "not_found"});
        assert_eq!(socket.subscribe(&[TOPIC, "post:1/comments"]).await[0], refused);
        assert_eq!(socket.resume(app.server().store.epoch(), TOPIC, 0).await, refused);
        say(&ana, "Between us").await;
        // The public stream tells of it, and nothing else does.
        let push = socket.until(|push| push["type"] == "comment.added").await;
        assert_eq!(push["topic"], "post:1/comments");
        socket.flush_out().await;
    }
}

#[tokio::test]
async fn it_is_read_pushed_and_resumed_like_any_other_stream() {
    let (app, [ana, _, cai]) = site().await;
    say(&cai, "One").await;
    let mut socket = ana.socket().await;
    let snapshot = socket.subscribe(&[TOPIC]).await.remove(0);
    assert_eq!(snapshot["changes"][0]["comment"]["text"], "One");
    say(&cai, "Two").await;
    assert_eq!(text(&mut socket).await, "Two");
    drop(socket);
    say(&cai, "Three").await;
    let mut socket = ana.socket().await;
    let since = snapshot["seq"].as_u64().unwrap();
    let resumed = socket.resume(app.server().store.epoch(), TOPIC, since).await;
    assert_eq!(resumed["reset"], false);
    let texts: Vec<&Json> =
        resumed["changes"].as_array().unwrap().iter().map(|change| &change["comment"]["text"]).collect();
    assert_eq!(texts, ["Two", "Three"]);
}

#[tokio::test]
async fn a_right_that_ends_takes_that_user_out_on_every_connection_and_nobody_else() {
    let (app, [ana, ben, cai]) = site().await;
    let mut of_ben = [ben.socket().await, ben.socket().await];
    let mut of_ana = ana.socket().await;
    for socket in of_ben.iter_mut().chain([&mut of_ana]) {
        assert_eq!(socket.subscribe(&[TOPIC, "post:1"]).await[0]["seq"], 0);
    }
    demote(&app, &ben).await;
    for socket in &mut of_ben {
        let ended = socket.until(|push| push["topic"] == TOPIC).await;
        assert_eq!(ended, json!({"type": "ended", "topic": TOPIC}));
    }
    say(&cai, "Without ben").await;
    assert_eq!(text(&mut of_ana).await, "Without ben");
    for socket in &mut of_ben {
        // Its other topics go on, and nothing came of this one before them.
        let next = socket.next().await;
        assert_eq!((&next["type"], &next["topic"]), (&json!("counts"), &json!("post:1")));
        assert_eq!(socket.subscribe(&[TOPIC]).await[0]["error"], "not_found");
    }
    // And back in again.
    app.promote("ben").await;
    assert_eq!(of_ben[0].subscribe(&[TOPIC]).await[0]["seq"], 1);
    say(&cai, "With ben").await;
    assert_eq!(text(&mut of_ben[0]).await, "With ben");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_ends_while_one_subscribes_lets_nothing_through_afterwards() {
    let (app, [ana, ben, _]) = site().await;
    let mut of_ben = ben.socket().await;
    for round in 0..40 {
        app.promote("ben").await;
        // Both are under way at once: whatever comes first, nothing that is said afterwards reaches ben.
        of_ben.send(&json!({"type": "subscribe", "ref": round, "topics": [{"topic": TOPIC}]})).await;
        demote(&app, &ben).await;
        let secret = format!("Secret {round}");
        say(&ana, &secret).await;
        of_ben.send(&json!({"type": "unsubscribe", "ref": 1000 + round, "topics": ["post:1"]})).await;
        loop {
            let message = of_ben.next().await;
            assert!(!message.to_string().contains(&secret), "round {round}: {message}");
            if message["ref"] == 1000 + round {
                break;
            }
        }
    }
}
