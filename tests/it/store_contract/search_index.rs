//! The index of what agents search, in the file: it is what a new one would be, whatever was done, and no word stays in it.

use std::collections::BTreeSet;
use std::path::Path;

use plaudit::domain::search::searchable;
use plaudit::domain::{ConversationId, MessageId, UserId};
use plaudit::store::{ProfileChange, To};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rusqlite::Connection;

use super::search::Desk;
use super::sqlite::SqliteFixture;
use super::world::{Fixture as _, NOW};

type Entry = (String, u64, u64);

/// Every word of the index with its text and its place in it.
fn entries(db: &Connection) -> BTreeSet<Entry> {
    db.execute_batch(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.entries USING fts5vocab('main', 'search', 'instance')",
    )
    .unwrap();
    let mut all = db.prepare("SELECT term, doc, offset FROM entries").unwrap();
    let all = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    all.map(Result::unwrap).collect()
}

/// What a new index of what stands in the tables would hold.
fn fresh(db: &Connection) -> BTreeSet<Entry> {
    let mut texts: Vec<(u64, String)> = Vec::new();
    for sql in [
        "SELECT m.conversation * 16777216 + m.seq * 2, m.text FROM messages m WHERE m.removed_at IS NULL
            AND m.conversation IN (SELECT conversation FROM cases)",
        "SELECT conversation * 16777216 + seq * 2 + 1, text FROM notes WHERE kind = 'note'",
        "SELECT k.conversation * 16777216, u.name || ' ' || u.handle FROM cases k JOIN users u ON u.id = k.customer
            WHERE u.erased_at IS NULL",
    ] {
        let mut rows = db.prepare(sql).unwrap();
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        texts.extend(rows.map(Result::unwrap));
    }
    db.execute("INSERT INTO search (search) VALUES ('delete-all')", []).unwrap();
    for (place, text) in texts {
        db.execute("INSERT INTO search (rowid, text) VALUES (?1, ?2)", (place, searchable(&text))).unwrap();
    }
    entries(db)
}

fn open(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

#[derive(Debug, Clone)]
enum Act {
    Ask(usize, String),
    Answer(usize, String),
    Note(usize, String),
    Edit(usize, String),
    Remove(usize),
    Rename(usize, String),
    Erase(usize),
    Whisper(usize, String),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let text = || prop_oneof!["[a-d]{1,3}( [a-dé]{1,3}){0,4}", "[東京都ア]{1,6}", "#[0-9]{1,3}-x", "🙂!"];
    let who = 0..4_usize;
    let act = prop_oneof![
        4 => (who.clone(), text()).prop_map(|(who, text)| Act::Ask(who, text)),
        2 => (any::<usize>(), text()).prop_map(|(at, text)| Act::Answer(at, text)),
        2 => (any::<usize>(), text()).prop_map(|(at, text)| Act::Note(at, text)),
        2 => (any::<usize>(), text()).prop_map(|(at, text)| Act::Edit(at, text)),
        2 => any::<usize>().prop_map(Act::Remove),
        1 => (who.clone(), "[a-d]{1,4}").prop_map(|(who, name)| Act::Rename(who, name)),
        1 => who.clone().prop_map(Act::Erase),
        1 => (who, text()).prop_map(|(who, text)| Act::Whisper(who, text)),
    ];
    prop::collection::vec(act, 1..40)
}

/// Does all of it; what cannot be done is refused, as it should be.
async fn drive(desk: &Desk, acts: Vec<Act>) {
    let mut customers: Vec<UserId> = Vec::new();
    for name in ["eva", "tom", "kim", "pia"] {
        customers.push(desk.world.member(name).await);
    }
    let (mut erased, mut written): (Vec<usize>, Vec<(MessageId, ConversationId)>) = (Vec::new(), Vec::new());
    let store = &desk.world.store;
    for act in acts {
        let pick = |at: usize| (!written.is_empty()).then(|| written[at % written.len()]);
        let said = match act {
            Act::Ask(who, text) if !erased.contains(&who) => {
                Some(desk.say(customers[who], To::User(desk.inbox), &text).await)
            }
            Act::Answer(at, text) => match pick(at) {
                Some((_, id)) => desk.try_say(desk.ben, To::Conversation(id), &text).await,
                None => None,
            },
            Act::Note(at, text) => {
                if let Some((_, id)) = pick(at) {
                    desk.note(id, &text).await;
                }
                None
            }
            Act::Edit(at, text) => {
                if let Some((message, _)) = pick(at) {
                    let _ = store.edit_message(message, text, NOW, None).await;
                }
                None
            }
            Act::Remove(at) => {
                if let Some((message, _)) = pick(at) {
                    let _ = store.remove_message(message, NOW).await;
                }
                None
            }
            Act::Rename(who, name) => {
                let change = ProfileChange { name: Some(name), ..ProfileChange::default() };
                let _ = store.update_profile(customers[who], change).await;
                None
            }
            Act::Erase(who) => {
                store.erase_user(customers[who], NOW, None).await.unwrap();
                erased.push(who);
                None
            }
            Act::Whisper(who, text) if !erased.contains(&who) => {
                // A request stands alone until it is answered.
                let _ = desk.try_say(customers[who], To::User(desk.ana), &text).await;
                None
            }
            Act::Ask(..) | Act::Whisper(..) => None,
        };
        written.extend(said.map(|message| (message.id, message.conversation)));
    }
}

#[test]
fn the_index_is_what_a_new_one_would_be() {
    let config = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let seen = std::cell::Cell::new(0);
    TestRunner::new(config)
        .run(&acts(), |acts| {
            let fixture = SqliteFixture::new();
            runtime.block_on(async {
                let desk = Desk::open(&fixture).await;
                drive(&desk, acts).await;
                desk.world.store.close().await;
            });
            let db = open(&fixture.path());
            let (is, wanted) = (entries(&db), fresh(&db));
            seen.set(seen.get() + wanted.len());
            prop_assert_eq!(is, wanted);
            Ok(())
        })
        .unwrap();
    assert!(seen.get() > 100, "{}", seen.get());
}

#[tokio::test]
async fn no_word_of_what_was_removed_stays_in_the_file() {
    let fixture = SqliteFixture::new();
    let desk = Desk::open(&fixture).await;
    let (eva, asked) = desk.ask("eva", "zyxnobodymayread").await;
    let edited = desk.say(eva, To::User(desk.inbox), "wvunobodymayread").await;
    desk.say(eva, To::User(desk.inbox), "This may stay").await;
    desk.note(asked.conversation, "qponobodymayread").await;
    let renamed = ProfileChange { name: Some("kjinobodymayread".into()), ..ProfileChange::default() };
    desk.world.store.update_profile(eva, renamed).await.unwrap();
    assert_eq!(desk.find("zyxnobody wvunobody qponobody kjinobody").await, [asked.conversation]);
    desk.world.store.remove_message(asked.id, NOW).await.unwrap();
    desk.world.store.edit_message(edited.id, "Fine".into(), NOW, None).await.unwrap();
    desk.world.store.erase_user(desk.ben, NOW, None).await.unwrap();
    desk.world.store.erase_user(eva, NOW, None).await.unwrap();
    desk.world.store.close().await;
    fixture.is_not_to_be_found("nobodymayread");
}

#[tokio::test]
async fn an_inbox_of_the_version_before_is_indexed() {
    let fixture = SqliteFixture::new();
    let desk = Desk::open(&fixture).await;
    let (eva, asked) = desk.ask("eva", "Is it open in 東京?").await;
    desk.note(asked.conversation, "A regular").await;
    let removed = desk.say(eva, To::User(desk.inbox), "Never mind").await;
    desk.world.store.remove_message(removed.id, NOW).await.unwrap();
    desk.world.store.close().await;
    let db = open(&fixture.path());
    db.execute_batch(
        "DROP TABLE search; ALTER TABLE cases DROP COLUMN names;
         DROP INDEX cases_by_wait; ALTER TABLE cases DROP COLUMN asked;
         DROP TABLE sms_queue; DROP TABLE sms_numbers; DROP TABLE sms_redactions; DROP TABLE sms_opt_outs;
         DROP TABLE sms_key; DROP TABLE sms; DROP TABLE phones;
         ALTER TABLE messages DROP COLUMN delivery_reason; ALTER TABLE messages DROP COLUMN delivery_at;
         ALTER TABLE messages DROP COLUMN delivery;
         ALTER TABLE inboxes DROP COLUMN retention_days; ALTER TABLE inboxes DROP COLUMN kept_messages;
         ALTER TABLE inboxes DROP COLUMN kept_notes;
         DELETE FROM refinery_schema_history WHERE version >= (SELECT version FROM refinery_schema_history
            WHERE name = 'who_waits_longest');",
    )
    .unwrap();
    drop(db);
    let desk = desk.again(fixture.open().await);
    assert_eq!(desk.find("eva open regular 東京").await, [asked.conversation]);
    assert_eq!(desk.find("never").await, []);
    let case = desk.world.store.find_case(asked.conversation, desk.ana).await.unwrap().unwrap();
    assert_eq!(case.asked, Some(asked.id));
    desk.world.store.close().await;
    let db = open(&fixture.path());
    let (is, wanted) = (entries(&db), fresh(&db));
    assert_eq!(is, wanted);
}
