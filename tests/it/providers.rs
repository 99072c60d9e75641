//! The providers of text messages against a stand-in for one: what it takes, what it refuses, what nobody knows, what it
//! tells and how that is signed.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use parking_lot::Mutex;
use plaudit::domain::clock::SystemClock;
use plaudit::domain::{Clock, DeliveryState, Phone, Timestamp};
use plaudit::sms::{
    Heard, Hook, Inbound, NotListed, Outbound, Provider, ProviderKind, Secret, Secrets, Sent, Setup,
    StatusReport,
};
use plaudit_sandbox::{AnswerFault, Faults, Sandbox, Settings};
use tokio::net::TcpListener;

use crate::support::eventually;

const SECRET: &str = "0123456789abcdef";
const OURS: &str = "+15550100";
const THEIRS: &str = "+12025550143";

async fn port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn twilio(api: &str, secret: &str) -> Arc<dyn Provider> {
    let setup = Setup {
        kind: ProviderKind::Twilio,
        number: Phone::parse(OURS).unwrap(),
        account: Some("AC0123".to_owned()),
        secrets: Secrets { current: Secret::new(secret), other: None },
        public_keys: None,
        api: Some(api.parse().unwrap()),
    };
    setup.provider().unwrap()
}

fn outbound(message: u64, to: &str, text: &str, callback: &str) -> Outbound {
    Outbound {
        message,
        to: Phone::parse(to).unwrap(),
        text: text.to_owned(),
        callback: format!("{callback}/status?m={message}"),
    }
}

/// What a provider has called, as it came.
type Call = (String, HeaderMap, Bytes);

/// A site that only listens, and answers 200.
struct Site {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Site {
    async fn start() -> Self {
        let listener = port().await;
        let url = format!("http://{}", listener.local_addr().unwrap());
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let (into, origin) = (calls.clone(), url.clone());
        let router = Router::new().fallback(move |uri: Uri, headers: HeaderMap, body: Bytes| async move {
            into.lock().push((format!("{origin}{uri}"), headers, body));
            StatusCode::OK
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, calls }
    }

    fn hook(&self) -> String {
        format!("{}/hooks/sms/shop", self.url)
    }

    /// Everything that was called is signed; says what was heard.
    fn heard(&self, provider: &dyn Provider) -> Vec<Heard> {
        let mut heard = Vec::new();
        for (url, headers, body) in self.calls.lock().iter() {
            let hook = Hook { url, headers, body, now: SystemClock.now() };
            provider.verify(&hook).unwrap();
            heard.extend(provider.parse(&hook).unwrap());
        }
        heard
    }

    fn statuses(&self, provider: &dyn Provider) -> Vec<DeliveryState> {
        let states = self.heard(provider).into_iter().filter_map(|heard| match heard {
            Heard::Status(StatusReport { state, .. }) => Some(state),
            Heard::Inbound(_) => None,
        });
        states.collect()
    }
}

async fn sandbox(hook: &str) -> Sandbox {
    Sandbox::start(port().await, Settings::new(hook, SECRET, OURS)).unwrap()
}

#[tokio::test]
async fn a_text_is_told_signed_and_as_it_was_written() {
    let site = Site::start().await;
    let sandbox = sandbox(&site.hook()).await;
    let provider = twilio(&sandbox.api(), SECRET);
    let text = "It's 5 € + tax & more; ünï, 😀?\nYes = \"no\"";
    let sid = sandbox.text(THEIRS, text);
    eventually("the text", async || site.calls.lock().len() == 1).await;
    assert_eq!(site.heard(&*provider), [Heard::Inbound(Inbound::new(sid, THEIRS, text, &[], None))]);
    let forged = twilio(&sandbox.api(), "another secret");
    let calls = site.calls.lock();
    let (url, headers, body) = &calls[0];
    assert!(forged.verify(&Hook { url, headers, body, now: Timestamp(0) }).is_err());
    let elsewhere = url.replace("shop", "stop");
    assert!(provider.verify(&Hook { url: &elsewhere, headers, body, now: Timestamp(0) }).is_err());
}

#[tokio::test]
async fn a_message_is_taken_and_reported_with_our_id() {
    let site = Site::start().await;
    let sandbox = sandbox(&site.hook()).await;
    let provider = twilio(&sandbox.api(), SECRET);
    let text = "We open at 9 & close at 18 + 1; ok?";
    let Sent::Accepted { id, segments } = provider.send(&outbound(42, THEIRS, text, &site.hook())).await
    else {
        panic!()
    };
    assert_eq!(segments, Some(1));
    let taken = sandbox.messages().pop().unwrap();
    assert_eq!((taken.sid.as_str(), taken.to.as_str(), taken.body.as_str()), (id.as_str(), THEIRS, text));
    eventually("both reports", async || site.calls.lock().len() == 2).await;
    let report =
        |state| Heard::Status(StatusReport { id: id.clone(), message: Some(42), state, reason: None });
    assert_eq!(site.heard(&*provider), [report(DeliveryState::Sent), report(DeliveryState::Delivered)]);
}

#[tokio::test]
async fn a_telephone_that_is_off_gets_nothing_and_the_reason_is_told() {
    let site = Site::start().await;
    let sandbox = sandbox(&site.hook()).await;
    let provider = twilio(&sandbox.api(), SECRET);
    sandbox.switch(THEIRS, false);
    provider.send(&outbound(1, THEIRS, "Hello?", &site.hook())).await;
    eventually("both reports", async || site.calls.lock().len() == 2).await;
    let Heard::Status(report) = site.heard(&*provider).pop().unwrap() else { panic!() };
    let reason = report.reason.unwrap().to_string();
    assert_eq!(report.state, DeliveryState::Failed);
    assert!(reason.contains("may be off") && reason.contains("30003"), "{reason}");
}

#[tokio::test]
async fn each_answer_means_what_it_must() {
    let sandbox = sandbox("http://127.0.0.1:9/").await;
    let provider = twilio(&sandbox.api(), SECRET);
    let send = async |text: &str| provider.send(&outbound(1, THEIRS, text, "http://127.0.0.1:9")).await;
    sandbox.answer_next([AnswerFault::TooMany(7)]);
    let Sent::Later { after, .. } = send("a").await else { panic!() };
    assert_eq!(after, Some(Duration::from_secs(7)));
    for (fault, taken) in [
        (AnswerFault::ErrorBefore, 0),
        (AnswerFault::BreakBefore, 0),
        (AnswerFault::ErrorAfter, 1),
        (AnswerFault::BreakAfter, 2),
    ] {
        sandbox.answer_next([fault]);
        assert!(matches!(send("a").await, Sent::Unsure(_)), "{fault:?}");
        assert_eq!(sandbox.messages().len(), taken, "{fault:?}");
    }
    assert!(matches!(send("a").await, Sent::Accepted { .. }));
    assert_eq!(sandbox.counted("sends"), 6, "nothing is sent again by itself");
    assert!(matches!(send(&"a".repeat(1601)).await, Sent::Refused(reason) if !reason.opted_out));
    sandbox.text(THEIRS, "stop");
    assert!(matches!(send("a").await, Sent::Refused(reason) if reason.opted_out));
    sandbox.text(THEIRS, "Start");
    assert!(matches!(send("a").await, Sent::Accepted { .. }));
    let stranger = twilio(&sandbox.api(), "another secret");
    let refused = stranger.send(&outbound(1, THEIRS, "a", "http://127.0.0.1:9")).await;
    assert!(matches!(refused, Sent::Refused(reason) if reason.words.contains("credentials")));
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let closed = port().await.local_addr().unwrap();
    let provider = twilio(&format!("http://{closed}"), SECRET);
    let sent = provider.send(&outbound(1, THEIRS, "a", "http://127.0.0.1:9")).await;
    assert!(matches!(sent, Sent::Later { after: None, .. }), "{sent:?}");
    assert_eq!(provider.list(Timestamp(0), None).await, Err(NotListed::Failed("no connection")));
}

#[tokio::test]
async fn silence_and_a_redirect_are_no_answer() {
    // A provider that takes the request and closes the connection, and one that sends elsewhere.
    let silent = port().await;
    let api = format!("http://{}", silent.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = silent.accept().await {
            let mut some = [0; 64];
            let _ = socket.readable().await;
            let _ = socket.try_read(&mut some);
        }
    });
    let sent = twilio(&api, SECRET).send(&outbound(1, THEIRS, "a", "http://127.0.0.1:9")).await;
    assert!(matches!(sent, Sent::Unsure(_)), "{sent:?}");
    let (elsewhere, listener) = (Site::start().await, port().await);
    let api = format!("http://{}", listener.local_addr().unwrap());
    let location = elsewhere.url.clone();
    let router = Router::new().fallback(move || async move { (StatusCode::FOUND, [("location", location)]) });
    tokio::spawn(async move { axum::serve(listener, router).await });
    let sent = twilio(&api, SECRET).send(&outbound(1, THEIRS, "a", "http://127.0.0.1:9")).await;
    assert!(matches!(sent, Sent::Unsure(_)), "{sent:?}");
    assert!(elsewhere.calls.lock().is_empty(), "a secret went to another place");
}

#[tokio::test]
async fn the_list_has_what_was_forgotten_page_by_page() {
    let sandbox = sandbox("http://127.0.0.1:9/").await;
    let provider = twilio(&sandbox.api(), SECRET);
    sandbox.set_faults(Faults { forget: true, ..Faults::default() });
    for n in 0..450 {
        sandbox.text(&format!("+1202555{n:04}"), &format!("text {n}"));
    }
    let sent = provider.send(&outbound(7, THEIRS, "a", "http://127.0.0.1:9")).await;
    let Sent::Accepted { id, .. } = sent else { panic!() };
    eventually("delivery", async || sandbox.messages().last().unwrap().status == "delivered").await;
    let since = Timestamp(SystemClock.now().0 - 60_000);
    let (mut heard, mut page, mut pages) = (Vec::new(), None, 0);
    loop {
        let listed = provider.list(since, page.as_deref()).await.unwrap();
        heard.extend(listed.heard);
        pages += 1;
        page = listed.next;
        if page.is_none() {
            break;
        }
    }
    assert_eq!((heard.len(), pages), (451, 4));
    let Heard::Inbound(newest) = &heard[0] else { panic!() };
    assert_eq!((newest.text.as_str(), newest.from.as_str()), ("text 449", "+12025550449"));
    let report = StatusReport { id, message: None, state: DeliveryState::Delivered, reason: None };
    assert_eq!(heard[450], Heard::Status(report));
    let later = Timestamp(SystemClock.now().0 + 60_000);
    assert!(provider.list(later, None).await.unwrap().heard.is_empty(), "older than what was asked for");
    let elsewhere = provider.list(since, Some("to //example.org/x")).await;
    assert!(elsewhere.is_err(), "{elsewhere:?}");
}

#[tokio::test]
async fn a_text_is_erased_at_the_provider_and_twice_is_harmless() {
    let sandbox = sandbox("http://127.0.0.1:9/").await;
    let provider = twilio(&sandbox.api(), SECRET);
    let sid = sandbox.text(THEIRS, "my secret");
    for _ in 0..2 {
        provider.redact(&sid).await.unwrap();
        assert_eq!(sandbox.messages()[0].body, "");
    }
    provider.redact("SM0000").await.unwrap();
    assert!(provider.redact("../../evil").await.is_err());
    assert!(twilio(&sandbox.api(), "wrong").redact(&sid).await.is_err());
}

#[tokio::test]
async fn the_stand_in_doubles_forgets_reorders_and_hurries() {
    let site = Site::start().await;
    let sandbox = sandbox(&site.hook()).await;
    let provider = twilio(&sandbox.api(), SECRET);
    let send = async || provider.send(&outbound(1, THEIRS, "a", &site.hook())).await;
    let faults = Faults::default();
    sandbox.set_faults(Faults { double: true, ..faults });
    let sid = sandbox.text(THEIRS, "twice");
    eventually("two calls", async || site.calls.lock().len() == 2).await;
    sandbox.repeat(&sid);
    eventually("four calls", async || site.calls.lock().len() == 4).await;
    let heard = site.heard(&*provider);
    assert!(heard.iter().all(|each| *each == heard[0]), "{heard:?}");
    site.calls.lock().clear();
    sandbox.set_faults(Faults { early: true, reorder: true, ..faults });
    send().await;
    assert_eq!(
        site.statuses(&*provider),
        [DeliveryState::Delivered, DeliveryState::Sent],
        "both before the answer, the last first"
    );
    site.calls.lock().clear();
    sandbox.set_faults(Faults { forget: true, ..faults });
    send().await;
    eventually("delivery", async || sandbox.messages().last().unwrap().status == "delivered").await;
    sandbox.set_faults(faults);
    sandbox.text(THEIRS, "heard");
    eventually("the next one", async || !site.calls.lock().is_empty()).await;
    assert_eq!(site.statuses(&*provider), []);
}
