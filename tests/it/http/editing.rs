//! The pages that give a post or a comment another text: for whom, for how long, and which text they began from.

use crate::support::actor::Answer;
use crate::support::{Actor, TestApp};

/// The value of the form's field `edited_at`.
#[track_caller]
fn base(page: &Answer) -> String {
    let (_, rest) = page.text.split_once("name=\"edited_at\" value=\"").unwrap_or_else(|| panic!("{page:?}"));
    rest.split('"').next().unwrap().to_owned()
}

fn typed(page: &Answer) -> &str {
    let form = page.text.split("name=\"text\"").nth(1).unwrap_or_default();
    form.split(">\n").nth(1).unwrap_or_default().split("</textarea").next().unwrap_or_default()
}

async fn save(who: &Actor, path: &str, text: &str, base: &str) -> Answer {
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("text", text)
        .append_pair("edited_at", base)
        .finish();
    who.post_form(path, form).await
}

#[tokio::test]
async fn an_author_edits_a_post_on_its_own_page_for_fifteen_minutes() {
    let app = TestApp::start().await;
    let (ana, ben) = (app.member("ana").await, app.member("ben").await);
    let id = ana.write("Helo <b>\r\n👏").await;
    let (page, path) = (format!("/posts/{id}"), format!("/posts/{id}/edit"));
    let offered =
        async |who: &Actor| !who.get(&page).await.text.contains(&format!("href=\"{path}\" hidden>"));
    assert!(offered(&ana).await && !offered(&ben).await && !offered(&app.visitor()).await);
    let form = ana.get(&path).await;
    assert_eq!((form.status.as_u16(), typed(&form), base(&form).as_str()), (200, "Helo &#60;b&#62;\n👏", ""));
    assert!(form.text.contains(&format!("<a class=\"quiet cancel\" href=\"{page}\">")));
    app.clock.advance(15 * 60);
    let saved = save(&ana, &path, "Hello", "").await;
    assert_eq!((saved.status.as_u16(), saved.header("location")), (303, page.as_str()), "{saved:?}");
    let shown = app.visitor().get(&page).await.text;
    assert!(shown.contains("Hello") && shown.contains("<span class=\"edited\"> · edited"), "{shown}");
    let long = save(&ana, &path, &"x".repeat(501), "").await;
    assert!(long.status == 400 && long.text.contains("role=\"alert\">1 to 500 characters, this has 501."));
    assert_eq!((typed(&long).len(), base(&long).as_str()), (501, ""), "it began from the first text still");
    for (who, status) in [(&ben, 403), (&app.guest().await, 403), (&app.visitor(), 401)] {
        assert_eq!(who.get(&path).await.status, status);
        assert_eq!(save(who, &path, "Mine", "").await.status, status);
    }
    for (path, form, status) in [
        (path.as_str(), "text=x&edited_at=yesterday", 400),
        (&path, "text=x&other=1", 400),
        (&path, "edited_at=", 400),
        ("/posts/999/edit", "text=x", 404),
        ("/posts/0/edit", "text=x", 404),
    ] {
        assert_eq!(ana.post_form(path, form).await.status, status, "{path} {form}");
    }
    app.clock.advance(1);
    assert!(!offered(&ana).await);
    assert_eq!(ana.get(&path).await.status, 403);
    assert_eq!(save(&ana, &path, "Late", "").await.status, 403);
    assert!(app.visitor().get(&page).await.text.contains("Hello"));
}

#[tokio::test]
async fn a_newer_edit_stands_above_the_form_and_is_replaced_only_by_whoever_has_seen_it() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    let post = ana.write("One").await;
    let comment = ana.comment(post, "One").await;
    for path in [format!("/posts/{post}/edit"), format!("/comments/{comment}/edit")] {
        let opened = base(&ana.get(&path).await);
        assert_eq!(save(&ana, &path, "From the phone", &opened).await.status, 303);
        app.clock.advance(1);
        let late = save(&ana, &path, "From the desk", &opened).await;
        assert_eq!(late.status, 409, "{path}: {late:?}");
        assert_eq!(typed(&late), "From the desk");
        assert!(late.text.contains("From the phone</div>"), "{path}: both texts stand there: {}", late.text);
        assert!(late.text.contains("role=\"alert\">It was edited in another place"), "{}", late.text);
        assert!(
            ana.get(&format!("/posts/{post}")).await.text.contains("From the phone</div>"),
            "not overwritten"
        );
        // The same form sent twice is one edit.
        assert_eq!(save(&ana, &path, "From the phone", &opened).await.status, 303);
        assert_eq!(save(&ana, &path, "From the desk", &base(&late)).await.status, 303);
        assert!(ana.get(&format!("/posts/{post}")).await.text.contains("From the desk</div>"), "{path}");
        // A form from before an update names no version.
        assert_eq!(ana.post_form(&path, "text=Plainly").await.status, 303);
    }
}
