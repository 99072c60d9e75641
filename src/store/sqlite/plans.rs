//! Tests of what statements cost: each intention is called once, and the plan of every statement that it ran is read.
//! None may read a table of which a large site has much from end to end, and none may sort.

mod sms;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, StatementStatus};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::database::Sqlite;
use super::readers::Readers;
use super::*;
use crate::domain::inbox::{CaseFilter, CaseOrder, Status};
use crate::domain::search::Query;
use crate::domain::session::{IDLE_SECONDS, LIFE_SECONDS};
use crate::domain::{
    CommentId, Cursor, Limit, Order, PostId, SessionId, Subject, Timestamp, TokenHash, UserId,
};
use crate::store::{
    Assignment, Batch, Blocks, Comments, Conversations, Inboxes, Likes, Maintenance, Moderation, NewComment,
    NewInbox, NewMember, NewMessage, NewNote, NewPost, NewReport, NewSession, Notifications, People, Posts,
    ProfileChange, Sessions, SetLike, To, Unreads, Waiter,
};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
/// What is small on any site, and a table of no rows: these may be read from end to end.
const SMALL: &[&str] = &[
    "SCAN meta",
    "SCAN unfinished",
    "SCAN n ",
    "SCAN i",
    "SCAN CONSTANT ROW",
    "SCAN main.search_config",
    "SCAN search VIRTUAL TABLE INDEX 64:M1",
];

struct Wake;

impl Sink for Wake {
    fn settle(&mut self, batch: Batch) {
        batch.requests.into_iter().for_each(|wake| wake());
    }
}

/// What each statement's text has cost so far, in steps of the database's machine.
type Costs = Arc<Mutex<HashMap<String, i32>>>;

/// A store whose statements are written down.
struct Traced {
    store: SqliteStore,
    costs: Costs,
    options: SqliteOptions,
    _folder: TempDir,
}

fn trace(db: &mut Connection, costs: &Costs) {
    let costs = Arc::clone(costs);
    let note = move |event: TraceEvent<'_>| {
        if let TraceEvent::Profile(statement, _) = event {
            let steps = statement.get_status(StatementStatus::VmStep);
            costs.lock().unwrap().insert(statement.sql().into_owned(), steps);
        }
    };
    db.trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(note)).unwrap();
}

impl Traced {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = SqliteOptions::new(folder.path().join("plaudit.db"), "epoch", NOW);
        options.readers = 1;
        open::create_file(&options.path).unwrap();
        let mut connection = open::writer_connection(&options).unwrap();
        open::migrate(&mut connection).unwrap();
        let epoch = open::seed(&mut connection, &options).unwrap();
        let costs = Costs::default();
        trace(&mut connection, &costs);
        let readers = Readers::open(&options).unwrap();
        let (files, room) = (OpenFiles::of(&options.path).unwrap(), Room::beside(&options.path));
        let checkpoints = Checkpoints::new(&options.path);
        let database = Sqlite::new(connection, options.clone(), files.clone(), checkpoints);
        let writes = GroupCommit::start(database, Box::new(Wake), 100, 100).unwrap();
        let store = SqliteStore { epoch, writes, readers, files, room, snapshot_reads: AtomicU64::new(0) };
        let of_reader = Arc::clone(&costs);
        store
            .read(move |db| {
                trace(db, &of_reader);
                Ok(())
            })
            .await
            .unwrap();
        Self { store, costs, options, _folder: folder }
    }

    /// What `read` costs.
    async fn cost(&self, read: impl AsyncFn(&SqliteStore)) -> i32 {
        let total = || self.costs.lock().unwrap().values().sum::<i32>();
        let before = total();
        read(&self.store).await;
        total() - before
    }

    async fn member(&self, handle: &str) -> UserId {
        let (handle, name, password_hash) = (handle.to_owned(), "A".to_owned(), "hash".to_owned());
        let member = NewMember { handle, name, password_hash, guest: None, at: NOW };
        self.store.create_member(member, None).await.unwrap().0.id
    }

    async fn post(&self, author: UserId) -> PostId {
        let (text, key) = ("Text".to_owned(), None);
        self.store.create_post(NewPost { author, text, key, at: NOW }).await.unwrap().item.id
    }

    async fn comment(&self, post: PostId, author: UserId, key: Option<&str>) -> CommentId {
        let (parent, text, key) = (None, "Text".to_owned(), key.map(str::to_owned));
        let new = NewComment { post, parent, author, text, key, at: NOW };
        self.store.create_comment(new).await.unwrap().item.id
    }

    async fn like(&self, post: PostId, user: UserId, on: bool) {
        let (reply, answer) = oneshot::channel();
        self.store.set_like(SetLike { post, user, on, at: NOW }, Waiter::Request(reply)).unwrap();
        answer.await.unwrap().unwrap();
    }
}

fn session(number: u8) -> NewSession {
    NewSession { token: TokenHash([number; 32]), at: NOW, ends_at: NOW.plus_seconds(LIFE_SECONDS) }
}

fn limit() -> Limit {
    Limit::default()
}

/// Calls every intention.
async fn call_everything(traced: &Traced) {
    let store = &traced.store;
    let ana = traced.member("ana").await;
    let ben = traced.member("ben").await;
    let post = traced.post(ana).await;
    let keyed = NewPost { author: ana, text: "T".to_owned(), key: Some("k".to_owned()), at: NOW };
    store.create_post(keyed.clone()).await.unwrap();
    store.create_post(keyed).await.unwrap();
    traced.like(post, ana, true).await;
    traced.like(post, ana, false).await;
    traced.like(post, ben, true).await;
    let (guest, _) = store.like_as_new_guest(post, session(1)).await.unwrap();
    let (second, _) = store.like_as_new_guest(post, session(2)).await.unwrap();
    let member = NewMember {
        handle: "cleo".to_owned(),
        name: "C".to_owned(),
        password_hash: "hash".to_owned(),
        guest: Some(second.user.id),
        at: NOW,
    };
    store.create_member(member, Some(session(3))).await.unwrap();
    let comment = traced.comment(post, ana, Some("k")).await;
    traced.comment(post, ana, Some("k")).await;
    store.edit_comment(comment, "Other".to_owned(), NOW, None).await.unwrap();
    let answer = NewComment {
        post,
        parent: Some(comment),
        author: ben,
        text: "Answer".to_owned(),
        key: None,
        at: NOW,
    };
    store.create_comment(answer).await.unwrap();

    for order in [Order::Oldest, Order::Newest] {
        store.list_comments(post, order, Some(Cursor(1)), limit()).await.unwrap();
    }
    store.read_comment_tail(post).await.unwrap();
    store.find_comment(comment).await.unwrap();
    store.read_feed_tail().await.unwrap();
    store.find_post(post, Some(ben)).await.unwrap();
    store.view_post(post, Some(ben), limit(), limit()).await.unwrap();
    store.list_posts(None, Some(ben), None, limit()).await.unwrap();
    store.list_posts(Some(ana), Some(ben), Some(Cursor(99)), limit()).await.unwrap();
    store.list_liked_posts(ben, Some(ana), None, limit()).await.unwrap();
    store.list_likers(post, None, limit()).await.unwrap();
    store.find_counts(&[post]).await.unwrap();
    store.find_seen(&[post], ben).await.unwrap();
    store.find_user("ana").await.unwrap();
    store.find_credentials("ana").await.unwrap();
    store.find_person(ana).await.unwrap();
    store.find_session(TokenHash([1; 32]), NOW).await.unwrap();
    store.check().await.unwrap();
    store.find_newest_time().await.unwrap();

    talk(store, ana, ben).await;
    attend(store, ana, ben).await;
    sms::text(store, ana).await;

    let report =
        |subject, reason: &str| NewReport { subject, reporter: ben, reason: reason.to_owned(), at: NOW };
    for reason in ["Once", "Twice"] {
        store.create_report(report(Subject::Post(post), reason)).await.unwrap();
        store.create_report(report(Subject::Comment(comment), reason)).await.unwrap();
    }
    store.list_complaints(None, limit()).await.unwrap();
    store.close_reports(Subject::Post(post)).await.unwrap();
    store.set_moderator(ben, true).await.unwrap();
    store.set_suspended(ben, true, NOW).await.unwrap();
    store.set_suspended(ben, false, NOW).await.unwrap();
    store
        .update_profile(ana, ProfileChange { name: Some("B".to_owned()), ..Default::default() })
        .await
        .unwrap();
    store.create_session(ana, session(4), None, Some("hash".to_owned())).await.unwrap();
    store.touch_session(SessionId(1), NOW).await.unwrap();
    store.change_password(ana, "other".to_owned(), Some(session(5)), None).await.unwrap();
    traced.comment(post, guest.user.id, None).await;
    store.create_session(ana, session(7), Some(guest.id), None).await.unwrap();
    store.is_handle_taken("ana", NOW).await.unwrap();
    store.end_sessions(ana).await.unwrap();
    store.remove_comment(comment, NOW).await.unwrap();
    store.remove_post(post, NOW).await.unwrap();
    let another = traced.post(ben).await;
    traced.comment(another, ben, None).await;
    traced.like(another, ben, true).await;
    store.like_as_new_guest(another, session(6)).await.unwrap();
    store.erase_user(ben, NOW, None).await.unwrap();
    store.sweep(NOW.plus_seconds(IDLE_SECONDS)).await.unwrap();
}

/// Everything that two do with a conversation.
async fn talk(store: &SqliteStore, ana: UserId, ben: UserId) {
    let message = |author: UserId, to: To, key: &str| {
        let (text, key) = (key.to_owned(), key.to_owned());
        store.write_message(NewMessage { to, author, text, key, seen: None, at: NOW })
    };
    let first = message(ana, To::User(ben), "one").await.unwrap().item;
    message(ana, To::User(ben), "one").await.unwrap();
    let here = first.conversation;
    store.accept_conversation(here, ben).await.unwrap();
    let second = message(ben, To::Conversation(here), "two").await.unwrap().item;
    store.edit_message(second.id, "Other".to_owned(), NOW, None).await.unwrap();
    store.read_conversation(here, ana, second.seq).await.unwrap();
    store.hide_conversation(here, ana).await.unwrap();
    message(ben, To::Conversation(here), "three").await.unwrap();
    store.remove_message(second.id, NOW).await.unwrap();
    store.find_message(first.id).await.unwrap();
    store.find_conversation(here, ana).await.unwrap();
    store.find_conversation_with(ben, ana).await.unwrap();
    for requests in [true, false] {
        store.list_conversations(ana, requests, Some(Cursor(9)), limit()).await.unwrap();
    }
    for order in [Order::Oldest, Order::Newest] {
        store.list_messages(here, order, Some(Cursor(1)), limit()).await.unwrap();
    }
    store.read_message_tail(here).await.unwrap();
    store.read_conversation_tail(ana).await.unwrap();
    store.find_receipts(here).await.unwrap();
    store.find_unread(&[ana, ben]).await.unwrap();
    store.set_block(ana, ben, true).await.unwrap();
    store.list_blocks(ana, None, limit()).await.unwrap();
    store.set_block(ana, ben, false).await.unwrap();
}

/// Everything that agents do with a case, and what a member hears of.
async fn attend(store: &SqliteStore, ana: UserId, customer: UserId) {
    let (handle, name) = ("shop".to_owned(), "Shop".to_owned());
    let inbox = store.create_inbox(NewInbox { handle, name, agent: ana, at: NOW }).await.unwrap().user.id;
    let message = |author: UserId, to: To, key: &str| {
        let (text, key) = (key.to_owned(), key.to_owned());
        store.write_message(NewMessage { to, author, text, key, seen: Some(1), at: NOW })
    };
    let asked = message(customer, To::User(inbox), "asked").await.unwrap().item;
    let here = asked.conversation;
    message(ana, To::Conversation(here), "answered").await.unwrap();
    store.remove_message(asked.id, NOW).await.unwrap();
    store.find_case(here, ana).await.unwrap();
    store.may_read(here, ana).await.unwrap();
    store.read_conversation(here, ana, 1).await.unwrap();
    let all = CaseFilter::default();
    for filter in [
        all,
        CaseFilter { status: Some(Status::Open), ..all },
        CaseFilter { assignee: Some(Some(ana)), ..all },
        CaseFilter { waiting: true, ..all },
        CaseFilter { order: CaseOrder::Longest, ..all },
    ] {
        store.list_cases(inbox, ana, filter, Some(Cursor(99)), limit()).await.unwrap();
    }
    let query = Query::parse("yes answered").unwrap().unwrap();
    store.search_cases(inbox, ana, query, all, Some(Cursor(99)), limit()).await.unwrap();
    let assignment = Assignment { conversation: here, by: ana, agent: None, expect: Some(ana), at: NOW };
    store.assign_case(assignment).await.unwrap();
    store.set_case_status(here, ana, Status::Snoozed, Some(NOW), NOW).await.unwrap();
    store.wake_cases(NOW).await.unwrap();
    let note = NewNote { conversation: here, author: ana, text: "A".into(), key: "k".into(), at: NOW };
    store.write_note(note).await.unwrap();
    for order in [Order::Oldest, Order::Newest] {
        store.list_notes(here, order, Some(Cursor(1)), limit()).await.unwrap();
    }
    store.read_case_tail(inbox).await.unwrap();
    store.read_note_tail(here).await.unwrap();
    store.find_waiting(&[inbox]).await.unwrap();
    store.find_figures(inbox, 7, NOW).await.unwrap();
    store.find_role(inbox, ana).await.unwrap();
    store.list_inboxes(Some(ana)).await.unwrap();
    let reply = store.create_reply(inbox, "a".into(), "A".into()).await.unwrap();
    store.update_reply(reply.id, None, Some("B".into())).await.unwrap();
    store.list_replies(inbox).await.unwrap();
    store.delete_reply(reply.id).await.unwrap();
    let first = store.write_as_new_guest(inbox, "Hello".into(), "first".into(), session(21));
    let guest = first.await.unwrap().0.id;
    store.create_session(customer, session(22), Some(guest), None).await.unwrap();
    store.list_notifications(ana, Some(Cursor(9)), limit()).await.unwrap();
    store.read_notification_tail(ana).await.unwrap();
    store.delete_inbox(inbox, NOW).await.unwrap();
}

#[tokio::test]
async fn no_statement_reads_a_large_table_from_end_to_end_or_sorts() {
    let traced = Traced::new().await;
    call_everything(&traced).await;
    let texts: Vec<String> = traced.costs.lock().unwrap().keys().cloned().collect();
    assert!(texts.len() > 80, "only {} statements were seen", texts.len());
    let db = Connection::open(&traced.options.path).unwrap();
    let mut bad = Vec::new();
    for text in texts {
        if ["BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA"]
            .iter()
            .any(|word| text.starts_with(word))
        {
            continue;
        }
        let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
        let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps =
            plan.query_map(rusqlite::params_from_iter(nothing), |row| row.get::<_, String>(3)).unwrap();
        // Of an INSERT with RETURNING the plan says that the table is scanned; it is not.
        if text.starts_with("INSERT") && text.contains("VALUES") && !text.contains("SELECT") {
            continue;
        }
        for step in steps.map(Result::unwrap) {
            let scans = step.starts_with("SCAN") && !SMALL.iter().any(|small| step.starts_with(small));
            if scans || step.contains("TEMP B-TREE") || step.contains("AUTOMATIC") {
                bad.push(format!("{step}: {text}"));
            }
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n\n"));
}

#[tokio::test]
async fn lists_cost_the_same_however_much_was_removed_on_top() {
    let traced = Traced::new().await;
    let (ana, ben) = (traced.member("ana").await, traced.member("ben").await);
    let mut posts = Vec::new();
    for _ in 0..30 {
        let post = traced.post(ana).await;
        traced.like(post, ben, true).await;
        posts.push(post);
    }
    for _ in 0..30 {
        traced.comment(posts[0], ben, None).await;
    }
    let lists = async |store: &SqliteStore| {
        store.list_posts(None, Some(ben), None, limit()).await.unwrap();
        store.list_posts(Some(ana), None, None, limit()).await.unwrap();
        store.list_liked_posts(ben, None, None, limit()).await.unwrap();
        store.list_comments(posts[0], Order::Newest, None, limit()).await.unwrap();
    };
    let before = traced.cost(lists).await;
    for _ in 0..100 {
        let post = traced.post(ana).await;
        traced.like(post, ben, true).await;
        traced.store.remove_post(post, NOW).await.unwrap();
        let comment = traced.comment(posts[0], ben, None).await;
        traced.store.remove_comment(comment, NOW).await.unwrap();
    }
    let after = traced.cost(lists).await;
    assert!(after <= before + before / 20, "{before} steps before, {after} after");
}

#[tokio::test]
async fn a_sweep_costs_the_same_however_many_guests_there_are() {
    let traced = Traced::new().await;
    let post = traced.post(traced.member("ana").await).await;
    let later = NOW.plus_seconds(7 * 24 * 3600);
    let sweep = async |store: &SqliteStore| store.sweep(later).await.unwrap();
    let before = traced.cost(sweep).await;
    for number in 0..200 {
        let (guest, _) = traced.store.like_as_new_guest(post, session(number)).await.unwrap();
        if number % 2 == 0 {
            traced.store.end_session(guest.id).await.unwrap();
        }
    }
    // Whoever was noted is looked at once, and not again.
    assert!(traced.cost(sweep).await > before);
    let after = traced.cost(sweep).await;
    assert!(after <= before + 20, "{before} steps before, {after} after");
}
