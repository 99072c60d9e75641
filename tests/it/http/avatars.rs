//! Avatars: one picture for a handle, for ever, whoever has it.

use crate::support::TestApp;

#[tokio::test]
async fn an_avatar_is_drawn_for_every_handle_and_tells_nothing_of_who_has_it() {
    let app = TestApp::start().await;
    let visitor = app.visitor();
    let before = visitor.get("/avatars/ana.svg").await;
    assert_eq!((before.status.as_u16(), before.header("content-type")), (200, "image/svg+xml"));
    assert_eq!(before.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(before.header("content-security-policy").contains("default-src 'none'"));
    assert!(before.text.starts_with("<svg xmlns=") && before.text.ends_with("</svg>"), "{before:?}");
    assert_eq!(before.header("set-cookie"), "");
    let ana = app.member("ana").await;
    assert_eq!(ana.get("/avatars/ana.svg").await.text, before.text);
    assert_ne!(visitor.get("/avatars/ben.svg").await.text, before.text);
    assert!(!visitor.get("/avatars/guest.svg").await.text.contains("<text"));
}

#[tokio::test]
async fn what_can_be_no_handle_has_no_avatar() {
    let app = TestApp::start().await;
    let long = format!("{}.svg", "a".repeat(31));
    for file in [
        "ana",
        "Ana.svg",
        "a.svg",
        ".svg",
        "a%00b.svg",
        "%ff.svg",
        "a<b>.svg",
        "an%20a.svg",
        "",
        "ana.svg/",
        &long,
    ] {
        let answer = app.visitor().get(&format!("/avatars/{file}")).await;
        assert_eq!(answer.status, 404, "{file}: {answer:?}");
        assert!(!answer.header("cache-control").contains("immutable"), "{file}");
    }
}

#[tokio::test]
async fn pages_show_the_avatars_of_their_people() {
    let app = TestApp::start().await;
    let ana = app.member("ana").await;
    app.guest().await;
    ana.like(1).await;
    let front = ana.get("/").await.text;
    assert!(front.contains(r#"<img class="avatar" src="/avatars/ana.svg" alt="""#), "in the header");
    let likes = ana.get("/posts/1/likes").await.text;
    assert!(likes.contains(r#"src="/avatars/guest.svg""#), "{likes}");
}
