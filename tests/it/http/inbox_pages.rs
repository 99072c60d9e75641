//! The agents' pages without a script: who may see them, and what their forms do.

use serde_json::json;

use super::inboxes::Shop;
use crate::support::Actor;
use crate::support::actor::Answer;

impl Shop {
    fn page(&self) -> String {
        format!("/inboxes/shop/{}", self.id)
    }

    async fn form(&self, who: &Actor, part: &str, fields: &str) -> Answer {
        who.post_form(&format!("{}{part}", self.page()), format!("user={}&{fields}", who.id)).await
    }

    async fn shown(&self, who: &Actor) -> String {
        let page = who.get(&self.page()).await;
        assert_eq!(page.status, 200, "{page:?}");
        page.text
    }
}

#[tokio::test]
async fn only_agents_see_an_inboxs_pages() {
    let shop = Shop::open().await;
    let case = shop.page();
    for path in ["/inboxes/shop", "/inboxes/shop?show=all", "/inboxes/shop/replies", &case] {
        assert_eq!(shop.ben.get(path).await.status, 200, "{path}");
        assert_eq!(shop.eva.get(path).await.status, 404, "{path}");
        let nobody = shop.app.visitor().get(path).await;
        assert_eq!(
            (nobody.status.as_u16(), nobody.header("location").starts_with("/log-in")),
            (303, true),
            "{path}"
        );
    }
    assert_eq!(shop.ben.get("/inboxes").await.header("location"), "/inboxes/shop", "the only one");
    assert!(shop.eva.get("/inboxes").await.text.contains("You answer for no inbox"));
    for wrong in ["/inboxes/eva", "/inboxes/shop/999", "/inboxes/shop/x", "/inboxes/nobody"] {
        assert_eq!(shop.ben.get(wrong).await.status, 404, "{wrong}");
    }
    assert_eq!(shop.ben.get("/inboxes/shop?after=x").await.status, 400);
    // Where a link leads that was meant for the customer.
    let led = shop.ben.get(&format!("/messages/{}", shop.id)).await;
    assert_eq!((led.status.as_u16(), led.header("location")), (303, shop.page().as_str()));
    assert_eq!(shop.eva.get(&format!("/messages/{}", shop.id)).await.status, 200);
    assert!(shop.ben.get("/messages").await.text.contains("href=\"/inboxes\""));
    assert!(!shop.eva.get("/messages").await.text.contains("href=\"/inboxes\""));
}

#[tokio::test]
async fn a_case_is_taken_answered_noted_snoozed_and_closed_by_forms() {
    let shop = Shop::open().await;
    let list = shop.ana.get("/inboxes/shop").await.text;
    assert!(list.contains("Is it open on Sunday?") && list.contains("no answer yet"), "{list}");

    assert_eq!(shop.form(&shop.ana, "/assignee", "agent=ana&expect=").await.status, 303);
    let late = shop.form(&shop.ben, "/assignee", "agent=ben&expect=").await;
    assert!(
        late.status == 409 && late.text.contains("ana") && late.text.contains("Look once more"),
        "{late:?}"
    );
    assert!(shop.shown(&shop.ana).await.contains(">Yours<"));

    let note = shop.form(&shop.ben, "/note", "text=Ask+the+baker&key=n1").await;
    assert!(note.status == 303 && note.header("location").contains("#note-"), "{note:?}");
    assert_eq!(
        shop.form(&shop.ben, "/note", "text=Ask+the+baker&key=n1").await.status,
        303,
        "a double click"
    );
    let empty = shop.form(&shop.ben, "/note", "text=+&key=n2").await;
    assert!(empty.status == 400 && empty.text.contains("note-box\" open"), "{empty:?}");

    let answer = shop.form(&shop.ana, "", "text=Yes,+it+is&key=a1&seen=1").await;
    assert!(answer.status == 303 && answer.header("location").contains("#message-"), "{answer:?}");
    let page = shop.shown(&shop.ben).await;
    for part in ["Ask the baker", "Yes, it is", "ana took this", ">ana:</bdi>"] {
        assert!(page.contains(part), "{part} is missing: {page}");
    }
    assert_eq!(page.matches("Ask the baker").count(), 1, "once");
    let customers = shop.eva.get(&format!("/messages/{}", shop.id)).await.text;
    assert!(
        customers.contains("Yes, it is") && !customers.contains("baker") && !customers.contains("took this")
    );

    assert!(shop.ana.get("/inboxes/shop").await.text.contains("Nobody waits"));
    assert!(shop.ana.get("/inboxes/shop?show=mine").await.text.contains("Yes, it is"));
    assert_eq!(shop.form(&shop.ana, "/status", "status=snoozed&seconds=3600").await.status, 303);
    assert!(shop.shown(&shop.ana).await.contains("Snoozed until"));
    for wrong in
        ["status=snoozed", "status=snoozed&seconds=x", "status=snoozed&seconds=99999999", "status=lost"]
    {
        assert_eq!(shop.form(&shop.ana, "/status", wrong).await.status, 400, "{wrong}");
    }
    assert!(shop.ben.get("/inboxes/shop?show=snoozed").await.text.contains("/inboxes/shop/"));
    assert_eq!(shop.form(&shop.ana, "/status", "status=closed").await.status, 303);
    assert!(shop.ben.get("/inboxes/shop?show=closed").await.text.contains(">Closed</span>"));
    assert_eq!(shop.form(&shop.eva, "/note", "text=Mine&key=e2").await.status, 404);
    assert_eq!(shop.form(&shop.eva, "", "text=Mine&key=e3").await.status, 404);
}

#[tokio::test]
async fn an_answer_that_another_one_has_overtaken_stays_in_its_form() {
    let shop = Shop::open().await;
    assert_eq!(shop.form(&shop.ana, "", "text=At+ten&key=a1&seen=1").await.status, 303);
    let late = shop.form(&shop.ben, "", "text=At+nine,+I+think&key=b1&seen=1").await;
    assert_eq!(late.status, 409);
    for part in [
        "At nine, I think",
        "Another agent has answered meanwhile",
        "name=\"seen\" value=\"2\"",
        "value=\"b1\"",
    ] {
        assert!(late.text.contains(part), "{part} is missing: {}", late.text);
    }
    assert_eq!(shop.form(&shop.ben, "", "text=At+nine,+I+think&key=b1&seen=2").await.status, 303);
    assert_eq!(shop.form(&shop.ben, "", "text=At+nine&key=b2&seen=x").await.status, 400);
}

#[tokio::test]
async fn replies_are_kept_changed_and_removed() {
    let shop = Shop::open().await;
    let post = async |path: &str, fields: &str| {
        shop.ben.post_form(path, format!("user={}&{fields}", shop.ben.id)).await
    };
    let all = "/inboxes/shop/replies";
    assert_eq!(post(all, "shortcut=hours&text=Ten+to+four.").await.status, 303);
    let twice = post(all, "shortcut=hours&text=Another").await;
    assert!(twice.status == 409 && twice.text.contains("Another"), "{twice:?}");
    assert_eq!(post(all, "shortcut=Not+one&text=A").await.status, 400);
    let id = shop.ana.get("/api/inboxes/shop/replies").await.ok()["items"][0]["id"].as_u64().unwrap();
    let one = format!("{all}/{id}");
    assert_eq!(post(&one, "shortcut=open&text=Ten+to+five.").await.status, 303);
    assert!(shop.ana.get(all).await.text.contains("Ten to five."));
    assert_eq!(post(&one, "shortcut=open&text=").await.status, 400);
    assert_eq!(post(&format!("{one}/delete"), "").await.status, 303);
    assert!(shop.ana.get(all).await.text.contains("None yet"));
    assert_eq!(post(&format!("{one}/delete"), "").await.status, 404);
}

#[tokio::test]
async fn what_was_noted_long_ago_stands_among_the_messages_of_its_time() {
    let shop = Shop::open().await;
    for number in 0..70 {
        shop.app.clock.advance(60);
        assert_eq!(
            shop.form(&shop.ana, "/note", &format!("text=Note+{number}.&key=n{number}")).await.status,
            303
        );
        let path = format!("/api/conversations/{}/messages", shop.id);
        shop.app.clock.advance(30);
        shop.eva
            .post(&path, &json!({"text": format!("Say {number}."), "key": format!("m{number}")}))
            .await
            .ok();
    }
    let newest = shop.shown(&shop.ben).await;
    let at = |page: &str, text: &str| page.find(&format!(">{text}</div>")).or_else(|| page.find(text));
    for (before, after) in [("Note 21.", "Say 21."), ("Say 21.", "Note 22."), ("Note 69.", "Say 69.")] {
        assert!(at(&newest, before).unwrap() < at(&newest, after).unwrap(), "{before} {after}");
    }
    assert!(at(&newest, "Note 15.").is_none() && at(&newest, "Say 15.").is_none());
    let before = newest.split("?before=").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let earlier = shop.ben.get(&format!("{}?before={before}", shop.page())).await.text;
    for (before, after) in [("Is it open", "Note 0."), ("Note 0.", "Say 0."), ("Say 15.", "Note 16.")] {
        assert!(at(&earlier, before).unwrap() < at(&earlier, after).unwrap(), "{before} {after}");
    }
    assert!(at(&earlier, "Note 60.").is_none());
}
