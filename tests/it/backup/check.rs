//! `plaudit check`: finds what is planted, says it, and mends what can be counted.

use rusqlite::Connection;

use super::{folder, member, role, says, serve};

#[tokio::test]
async fn planted_numbers_are_found_said_and_mended() {
    let here = folder();
    let process = serve(here.path());
    let ana = member(&process, "ana").await;
    let post = ana.write("A post").await;
    ana.like(post).await;
    process.visitor().put(&format!("/api/posts/{post}/like")).await.ok();
    for text in ["One", "Two"] {
        let comment = serde_json::json!({"text": text});
        assert_eq!(ana.post(&format!("/api/posts/{post}/comments"), &comment).await.status, 201);
    }
    let ben = member(&process, "ben").await;
    member(&process, "cem").await;
    ben.write("Hello @cem").await;
    for (from, to) in [(&ana, "ben"), (&ben, "ana"), (&ben, "cem"), (&ana, "cem")] {
        let message = serde_json::json!({"to": to, "text": "Hello", "key": to});
        assert_eq!(from.post("/api/conversations", &message).await.status, 201);
    }
    role(here.path(), &["inbox", "create", "shop", "--agent", "ana"], 0);
    let message = serde_json::json!({"to": "shop", "text": "Hello", "key": "shop"});
    assert_eq!(ben.post("/api/conversations", &message).await.status, 201);
    let note = serde_json::json!({"text": "Hm", "key": "n1"});
    assert_eq!(ana.post("/api/conversations/4/notes", &note).await.status, 201);
    says(&role(here.path(), &["check"], 0), &["All is well"]);
    says(&role(here.path(), &["check", "--repair"], 1), &["stop the server"]);
    assert_eq!(process.terminate().await, Some(0));
    let plant = |sql: &str| {
        let db = Connection::open(here.path().join("data/plaudit.db")).unwrap();
        db.pragma_update(None, "foreign_keys", false).unwrap();
        db.execute_batch(sql).unwrap();
    };
    for (sql, words) in [
        ("UPDATE posts SET likes = 41 WHERE id = 2", "likes of post 2: 41 is kept, 2 is right"),
        ("UPDATE posts SET comments = 0 WHERE id = 2", "comments of post 2: 0 is kept, 2 is right"),
        ("UPDATE posts SET version = 1 WHERE id = 2", "version of post 2: 1 is kept, 3 is right"),
        ("UPDATE posts SET comments_seq = 9 WHERE id = 2", "comments of post 2: 9 is kept, 2 is right"),
        ("UPDATE streams SET head = 99", "head of feed:latest: 99 is kept, 3 is right"),
        ("UPDATE conversations SET head = 9 WHERE id = 1", "head of conversation 1: 9 is kept, 2 is right"),
        (
            "UPDATE sides SET unread = 7 WHERE conversation = 1 AND user = 2",
            "in conversation 1: 7 is kept, 1 is right",
        ),
        (
            "UPDATE unread SET conversations = 0 WHERE user = 2",
            "conversations of user 2: 0 is kept, 1 is right",
        ),
        (
            "UPDATE unread SET notifications = 7 WHERE user = 5",
            "notifications of user 5: 7 is kept, 1 is right",
        ),
        (
            "UPDATE unread SET notifications_seq = 0 WHERE user = 5",
            "notifications of user 5: 0 is kept, 1 is right",
        ),
        ("UPDATE notifications SET count = 3 WHERE kind = 'mention'", ": 3 is kept, 1 is right"),
        ("UPDATE unread SET requests = 5 WHERE user = 5", "requests of user 5: 5 is kept, 2 is right"),
        (
            "UPDATE streams SET head = 1 WHERE name = 'conversations'",
            "activity of conversations: 1 is kept, 5 is right",
        ),
        ("UPDATE inboxes SET waiting = 4", "waiting cases of inbox 6: 4 is kept, 1 is right"),
        ("UPDATE inboxes SET unassigned = 0", "unassigned cases of inbox 6: 0 is kept, 1 is right"),
        ("UPDATE inboxes SET head = 0", "head of inbox 6: 0 is kept, 2 is right"),
        ("UPDATE cases SET notes_head = 7", "head of the notes of case 4: 7 is kept, 1 is right"),
        (
            "UPDATE unread SET conversations_seq = 0 WHERE user = 4",
            "conversations of user 4: 0 is kept, 4 is right",
        ),
    ] {
        plant(sql);
        says(&role(here.path(), &["check"], 1), &["wrong: ", words]);
        says(&role(here.path(), &["check", "--repair"], 0), &["mended: ", words, "All is well now"]);
        says(&role(here.path(), &["check"], 0), &["All is well"]);
    }
    for (sql, words) in [
        ("DELETE FROM search_docsize", "3 texts are missing in the search"),
        ("INSERT INTO search (rowid, text) VALUES (7, 'Nothing')", "1 texts in the search are not there"),
        ("DELETE FROM search_data WHERE id > 10", "search"),
    ] {
        plant(sql);
        says(&role(here.path(), &["check"], 1), &["wrong: ", words]);
        says(&role(here.path(), &["check", "--repair"], 0), &["mended: ", words, "All is well now"]);
        says(&role(here.path(), &["check"], 0), &["All is well"]);
    }
    // What is no number is said, and stays.
    plant(
        "INSERT INTO likes (user, post, at, place) VALUES (4711, 1, 0, 1); UPDATE posts SET likes = 1 WHERE id = 1",
    );
    for arguments in [&["check"][..], &["check", "--repair"]] {
        says(
            &role(here.path(), arguments, 1),
            &["a row of likes points to a row of users that is not there"],
        );
    }
    plant("DELETE FROM likes WHERE user = 4711; UPDATE posts SET likes = 0 WHERE id = 1");
    // Each mended count has moved the version: pages believe only what is newer.
    let process = serve(here.path());
    let post = process.visitor().get("/api/posts/2").await.ok();
    assert_eq!(post["post"]["likes"], 2);
    assert!(post["post"]["version"].as_u64().unwrap() > 3, "{post}");
}

#[tokio::test]
async fn a_damaged_file_is_found() {
    let here = folder();
    assert_eq!(serve(here.path()).terminate().await, Some(0));
    let database = here.path().join("data/plaudit.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    std::fs::write(&database, bytes).unwrap();
    let said = role(here.path(), &["check"], 1);
    assert!(said.contains("wrong") || said.contains("damaged"), "{said}");
}
