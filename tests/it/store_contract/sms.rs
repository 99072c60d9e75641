//! Text messages: each comes in once, each is sent once; states whatever is reported in whatever order; who wants no more.

use futures_util::future::join_all;
use plaudit::domain::inbox::{Case, CaseFilter, Role};
use plaudit::domain::{
    ConversationId, Delivery, DeliveryState, Error, Event, Limit, Message, MessageChange, MessageId, Order,
    Phone, Result, Sender, Timestamp, UserId,
};
use plaudit::store::{
    Created, FirstSms, IncomingSms, NewInbox, NewMessage, OutgoingSms, SmsOutcome, SmsReport, To,
};

use super::world::{Fixture, NOW, World};

pub(super) const EVA: &str = "+15550111";
pub(super) const TOM: &str = "+15550122";

/// An inbox with an agent.
pub(super) struct Shop {
    pub(super) world: World,
    pub(super) inbox: UserId,
    pub(super) ana: UserId,
}

impl Shop {
    pub(super) async fn open(fixture: &dyn Fixture) -> Self {
        let world = fixture.open().await;
        let ana = world.member("ana").await;
        let new = NewInbox { handle: "shop".into(), name: "The Shop".into(), agent: ana, at: NOW };
        let inbox = world.store.create_inbox(new).await.unwrap().user.id;
        Self { world, inbox, ana }
    }

    pub(super) async fn receive(&self, from: &str, remote: &str, text: &str) -> bool {
        let opts_out = match text {
            "STOP" => Some(true),
            "START" => Some(false),
            _ => None,
        };
        let sms = IncomingSms {
            inbox: self.inbox,
            provider: "twilio",
            remote: remote.into(),
            from: Sender::read(from),
            text: text.into(),
            opts_out,
            at: NOW,
        };
        self.world.store.receive_sms(sms).await.unwrap()
    }

    pub(super) async fn cases(&self) -> Vec<Case> {
        let (filter, limit) = (CaseFilter::default(), Limit::at_most(100));
        self.world.store.list_cases(self.inbox, self.ana, filter, None, limit).await.unwrap().items
    }

    pub(super) async fn case_of(&self, phone: &str) -> Case {
        self.cases().await.into_iter().find(|case| case.phone.as_deref() == Some(phone)).unwrap()
    }

    pub(super) async fn texts(&self, id: ConversationId) -> Vec<String> {
        let page = self.world.store.list_messages(id, Order::Oldest, None, Limit::at_most(100)).await;
        page.unwrap().items.into_iter().map(|message| message.text).collect()
    }

    pub(super) async fn answer(&self, id: ConversationId, text: &str) -> Result<Created<Message>> {
        let key = format!("k{}-{}", id.0, text.len());
        let (to, text) = (To::Conversation(id), text.to_owned());
        let new = NewMessage { to, author: self.ana, text, key, seen: None, at: NOW };
        self.world.store.write_message(new).await
    }

    pub(super) async fn sent(&self, id: ConversationId, text: &str) -> MessageId {
        self.answer(id, text).await.unwrap().item.id
    }

    pub(super) async fn take(&self, now: Timestamp) -> Vec<OutgoingSms> {
        self.world.store.take_sms(vec![self.inbox], 10, now).await.unwrap()
    }

    pub(super) async fn settle(&self, message: MessageId, outcome: SmsOutcome) {
        self.world.store.settle_sms(message, 1, outcome, NOW).await.unwrap();
    }

    pub(super) async fn state(&self, message: MessageId) -> (DeliveryState, Option<String>) {
        let message = self.world.store.find_message(message).await.unwrap().unwrap();
        let Delivery { state, reason, .. } = message.delivery.unwrap();
        (state, reason)
    }

    pub(super) async fn report(&self, message: MessageId, attempt: u32, remote: &str, state: DeliveryState) {
        let reason = (state == DeliveryState::Failed).then(|| format!("{remote} failed"));
        let report = SmsReport {
            inbox: self.inbox,
            provider: "twilio",
            remote: remote.into(),
            message: Some((message, attempt)),
            delivery: Delivery { state, at: NOW, reason },
            opted_out: false,
        };
        self.world.store.report_sms(report).await.unwrap();
    }
}

pub(super) fn accepted(remote: &str) -> SmsOutcome {
    SmsOutcome::Accepted { provider: "twilio", remote: remote.into() }
}

fn ids(taken: &[OutgoingSms]) -> Vec<MessageId> {
    taken.iter().map(|sms| sms.message).collect()
}

pub(super) async fn a_text_comes_in_once_and_a_number_is_one_customer(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    // Each five times, from two numbers, all at once.
    let remotes: Vec<String> = (0..50).map(|turn| format!("SM{}", turn % 10)).collect();
    let received = join_all(remotes.iter().map(|remote| {
        let from = if remote.ends_with(['0', '1', '2']) { EVA } else { TOM };
        shop.receive(from, remote, remote)
    }));
    assert_eq!(received.await.into_iter().filter(|fresh| *fresh).count(), 10);
    let cases = shop.cases().await;
    assert_eq!(cases.len(), 2, "one customer for each number");
    let eva = shop.case_of(EVA).await;
    let mut texts = shop.texts(eva.id).await;
    texts.sort();
    assert_eq!(texts, ["SM0", "SM1", "SM2"]);
    assert_eq!((eva.customer.name.as_str(), eva.customer.kind.as_str()), (EVA, "customer"));
    assert!(eva.waiting_since.is_some() && eva.last.unwrap().delivery.is_none());

    // Another inbox has its own customer of that number, and the same id of another provider is another message.
    let new = NewInbox { handle: "other".into(), name: "O".into(), agent: shop.ana, at: NOW };
    let other = shop.world.store.create_inbox(new).await.unwrap().user.id;
    let sms = IncomingSms {
        inbox: other,
        provider: "telnyx",
        remote: "SM0".into(),
        from: Sender::read(EVA),
        text: "Hello".into(),
        opts_out: None,
        at: NOW,
    };
    assert!(shop.world.store.receive_sms(sms).await.unwrap());
    assert_eq!(shop.cases().await.len(), 2);

    // As it would be after a kill: nothing is half there, and a repetition is known.
    let found = fixture.killed().await;
    let killed = Shop { world: found.open().await, ..shop };
    assert!(!killed.receive(EVA, "SM0", "SM0").await);
    assert_eq!(killed.texts(killed.case_of(TOM).await.id).await.len(), 7);
}

pub(super) async fn texts_to_one_number_go_one_at_a_time_and_in_order(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    shop.receive(EVA, "SM1", "Hello").await;
    shop.receive(TOM, "SM2", "Hello").await;
    let (eva, tom) = (shop.case_of(EVA).await.id, shop.case_of(TOM).await.id);
    shop.world.seen.take();
    let first = shop.sent(eva, "1").await;
    assert!(shop.world.seen.take_events().contains(&Event::SmsQueued), "who sends is woken");
    let (second, third) = (shop.sent(eva, "22").await, shop.sent(tom, "333").await);
    assert_eq!(shop.state(first).await, (DeliveryState::Queued, None));
    let taken = shop.take(NOW).await;
    assert_eq!(ids(&taken), [first, third], "one for each number");
    assert_eq!(
        (taken[0].to.as_str(), taken[0].text.as_str(), taken[0].attempt, taken[0].tries),
        (EVA, "1", 1, 1)
    );
    assert_eq!(shop.take(NOW).await, [], "the next one waits until this is settled");
    let later = NOW.plus_seconds(5);
    shop.settle(first, SmsOutcome::Later(later)).await;
    assert_eq!(shop.take(NOW).await, [], "and while the first one waits for its next try");
    assert_eq!(shop.world.store.find_next_sms(NOW).await.unwrap(), Some(later));
    let again = shop.take(later).await;
    assert_eq!((ids(&again), again[0].tries), (vec![first], 2));
    shop.settle(first, accepted("SMa")).await;
    assert_eq!(shop.state(first).await, (DeliveryState::Sent, None));
    assert_eq!(ids(&shop.take(NOW).await), [second]);
    shop.settle(second, SmsOutcome::Unknown).await;
    assert_eq!(shop.state(second).await, (DeliveryState::Unsure, None));
    let refused = SmsOutcome::Refused { reason: "Not a number (1)".into(), opted_out: false };
    shop.settle(third, refused).await;
    assert_eq!(shop.state(third).await, (DeliveryState::Failed, Some("Not a number (1)".into())));
    let fourth = shop.sent(eva, "4444").await;
    assert_eq!(ids(&shop.take(later).await), [fourth], "an unsure one holds up nobody and is not sent again");
    assert_eq!(shop.world.store.find_next_sms(NOW).await.unwrap(), None);
}

pub(super) async fn what_was_under_way_at_a_kill_is_unsure_and_the_rest_is_sent(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    shop.receive(EVA, "SM1", "Hello").await;
    let eva = shop.case_of(EVA).await.id;
    let (first, second) = (shop.sent(eva, "1").await, shop.sent(eva, "22").await);
    assert_eq!(ids(&shop.take(NOW).await), [first]);
    let found = fixture.killed().await;
    let killed = Shop { world: found.open().await, ..shop };
    killed.world.store.give_up_sms(NOW).await.unwrap();
    assert_eq!(killed.state(first).await.0, DeliveryState::Unsure);
    assert_eq!(ids(&killed.take(NOW).await), [second]);
}

pub(super) async fn reports_come_in_any_order(fixture: &dyn Fixture) {
    use DeliveryState::{Delivered, Failed, Queued, Sent};
    let shop = Shop::open(fixture).await;
    shop.receive(EVA, "SM1", "Hello").await;
    let eva = shop.case_of(EVA).await.id;
    // Before the answer that says the provider's id.
    let first = shop.sent(eva, "1").await;
    shop.take(NOW).await;
    shop.report(first, 1, "SMa", Delivered).await;
    assert_eq!(shop.state(first).await, (Delivered, None));
    shop.settle(first, accepted("SMa")).await;
    shop.report(first, 1, "SMa", Sent).await;
    shop.report(first, 1, "SMa", Failed).await;
    assert_eq!(shop.state(first).await, (Delivered, None), "never back, and the first end stays");

    let second = shop.sent(eva, "22").await;
    shop.take(NOW).await;
    shop.settle(second, accepted("SMb")).await;
    shop.report(second, 1, "SMother", Failed).await;
    shop.report(second, 2, "SMb", Failed).await;
    shop.report(first, 1, "SMb", Failed).await;
    assert_eq!(shop.state(second).await.0, Sent, "what names another message is not meant");
    shop.world.seen.take();
    shop.report(second, 1, "SMb", Failed).await;
    let edited = shop.world.seen.take_events().into_iter().any(|event| {
        matches!(event, Event::MessagesChanged { change: MessageChange::Edited { item, .. }, .. }
            if item.id == second && item.edited_at.is_none())
    });
    assert!(edited, "both sides are told");
    shop.report(second, 1, "SMb", Delivered).await;
    assert_eq!(shop.state(second).await, (Failed, Some("SMb failed".into())));
    let case = shop.case_of(EVA).await;
    assert_eq!(case.last.unwrap().delivery.unwrap().state, Failed, "and the agents");
    assert_eq!(case.seq, 3 + 3, "three messages and three changes");

    // An agent lets it be sent again; that the first attempt failed once more says nothing of the second.
    let again = shop.world.store.send_sms_again(second, shop.ana, NOW).await.unwrap();
    assert_eq!(again.delivery.unwrap(), Delivery { state: Queued, at: NOW, reason: None });
    shop.world.store.send_sms_again(second, shop.ana, NOW).await.unwrap();
    shop.report(second, 1, "SMb", Failed).await;
    let taken = shop.take(NOW).await;
    assert_eq!((ids(&taken), taken[0].attempt), (vec![second], 2), "once, however often it is pressed");
    shop.world.store.settle_sms(second, 2, accepted("SMc"), NOW).await.unwrap();
    assert_eq!(shop.state(second).await, (Sent, None));
    let sent = shop.world.store.send_sms_again(second, shop.ana, NOW).await.unwrap_err();
    assert_eq!(sent.code(), "forbidden");
    shop.report(second, 1, "SMb", Delivered).await;
    assert_eq!(shop.state(second).await.0, Delivered, "it has arrived, by whichever attempt");
}

pub(super) async fn who_wants_no_more_is_sent_nothing(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    shop.receive(EVA, "SM1", "Hello").await;
    let eva = shop.case_of(EVA).await.id;
    let (under_way, waiting) = (shop.sent(eva, "1").await, shop.sent(eva, "22").await);
    shop.take(NOW).await;
    shop.receive(EVA, "SM2", "STOP").await;
    assert!(shop.case_of(EVA).await.opted_out);
    assert_eq!(shop.state(waiting).await.0, DeliveryState::Failed);
    shop.settle(under_way, accepted("SMa")).await;
    assert_eq!(shop.state(under_way).await.0, DeliveryState::Sent);
    assert_eq!(shop.answer(eva, "Why?").await.unwrap_err().code(), "forbidden");
    let again = shop.world.store.send_sms_again(waiting, shop.ana, NOW).await.unwrap_err();
    assert_eq!(again.code(), "forbidden");
    shop.receive(EVA, "SM3", "START").await;
    assert!(!shop.case_of(EVA).await.opted_out);
    let last = shop.sent(eva, "4444").await;
    shop.take(NOW).await;
    let refused = SmsOutcome::Refused { reason: "Opted out (21610)".into(), opted_out: true };
    shop.settle(last, refused).await;
    assert!(shop.case_of(EVA).await.opted_out, "the provider's word means the same");
    let too_long = "x".repeat(1601);
    shop.receive(EVA, "SM4", "START").await;
    assert_eq!(shop.answer(eva, &too_long).await.unwrap_err().code(), "bad_request");
    assert!(shop.answer(eva, &too_long[1..]).await.is_ok());
    // A sender that is no number can't be answered.
    shop.receive("Parcels", "SM5", "It is at the door").await;
    assert_eq!(shop.answer(shop.case_of("Parcels").await.id, "Yes").await.unwrap_err().code(), "forbidden");
}

pub(super) async fn an_inbox_writes_first_to_a_number(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let ben = shop.world.member("ben").await;
    let first = |author: UserId, text: &str, key: &str| {
        let (text, key) = (text.to_owned(), key.to_owned());
        let to = Phone::parse(EVA).unwrap();
        shop.world.store.write_first_sms(FirstSms { inbox: shop.inbox, author, to, text, key, at: NOW })
    };
    assert_eq!(first(ben, "Hi", "k").await, Err(Error::no_inbox()));
    assert_eq!(shop.cases().await, [], "what is refused makes no customer");
    let made = first(shop.ana, "Your lamp is here.", "k").await.unwrap();
    assert!(made.fresh && made.item.delivery.is_some());
    let again = first(shop.ana, "Your lamp is here.", "k").await.unwrap();
    assert!(!again.fresh && again.item.id == made.item.id);
    assert_eq!(first(shop.ana, "Another", "k").await, Err(Error::KeyReused));
    shop.receive(EVA, "SM1", "Great").await;
    let case = shop.case_of(EVA).await;
    assert_eq!(shop.texts(case.id).await, ["Your lamp is here.", "Great"], "one conversation");
    assert_eq!(shop.cases().await.len(), 1);

    let name = |by| shop.world.store.name_customer(case.id, by, "Eva".into());
    assert_eq!(name(ben).await, Err(Error::no_conversation()));
    assert_eq!(name(shop.ana).await.unwrap().customer.name, "Eva");
    shop.receive(EVA, "SM2", "Hello?").await;
    assert_eq!(shop.case_of(EVA).await.customer.name, "Eva", "it stays");
    let web = shop.world.member("tom").await;
    let (to, text, key) = (To::User(shop.inbox), "Hi".to_owned(), "t".to_owned());
    let new = NewMessage { to, author: web, text, key, seen: None, at: NOW };
    let id = shop.world.store.write_message(new).await.unwrap().item.conversation;
    let refused = shop.world.store.name_customer(id, shop.ana, "Tom".into()).await.unwrap_err();
    assert_eq!(refused.code(), "forbidden");
    shop.world.store.set_agent(shop.inbox, ben, Role::Agent).await.unwrap();
    assert!(name(ben).await.is_ok());
}

pub(super) async fn a_number_belongs_to_its_inbox_since_the_first_start(fixture: &dyn Fixture) {
    let shop = Shop::open(fixture).await;
    let begin =
        |at| shop.world.store.begin_number(shop.inbox, "twilio", Phone::parse("+15550100").unwrap(), at);
    assert_eq!(begin(NOW).await.unwrap(), NOW);
    assert_eq!(begin(NOW.plus_seconds(60)).await.unwrap(), NOW);
    // What an inbox has to send that has no number any more is not kept waiting.
    shop.receive(EVA, "SM1", "Hello").await;
    let message = shop.sent(shop.case_of(EVA).await.id, "1").await;
    assert_eq!(shop.world.store.take_sms(Vec::new(), 10, NOW).await.unwrap(), []);
    assert_eq!(shop.state(message).await.0, DeliveryState::Failed);
}
