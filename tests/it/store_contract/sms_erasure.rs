//! Text messages that are to be forgotten: a customer who is erased, and an inbox that keeps what is said for so many days.

use plaudit::domain::{ConversationId, Limit, Order, Timestamp};
use plaudit::store::{NewMessage, NewNote, To};

use super::sms::{EVA, Shop, TOM, accepted};
use super::world::{Fixture, NOW};

/// Every text, name and number that the database still holds somewhere.
async fn holds(shop: &Shop, id: ConversationId) -> Vec<String> {
    let mut held = shop.texts(id).await;
    let notes = shop.world.store.list_notes(id, Order::Oldest, None, Limit::at_most(100)).await.unwrap();
    held.extend(notes.items.into_iter().map(|note| note.text).filter(|text| !text.is_empty()));
    let case = shop.world.store.find_case(id, shop.ana).await.unwrap().unwrap();
    held.extend(case.phone);
    held.push(case.customer.name);
    held
}

pub(super) async fn an_erased_customer_leaves_nothing_here_and_nothing_at_the_provider(
    fixture: &dyn Fixture,
) {
    let shop = Shop::open(fixture).await;
    for turn in 0..60 {
        shop.receive(EVA, &format!("SM{turn}"), &format!("Question {turn}")).await;
    }
    shop.receive(TOM, "SMt", "Hello").await;
    let eva = shop.case_of(EVA).await.id;
    let sent = shop.sent(eva, "An answer").await;
    shop.take(NOW).await;
    shop.settle(sent, accepted("SMout")).await;
    let under_way = shop.sent(eva, "Another answer").await;
    shop.take(NOW).await;
    let waiting = shop.sent(eva, "And one more answer").await;
    let note = NewNote { conversation: eva, author: shop.ana, text: "Rude".into(), key: "n".into(), at: NOW };
    shop.world.store.write_note(note).await.unwrap();
    shop.receive(EVA, "SMstop", "STOP").await;

    let erase = |number: &str| shop.world.store.erase_customer(shop.inbox, number.to_owned(), NOW);
    assert!(erase(EVA).await.unwrap());
    assert!(!erase(EVA).await.unwrap() && !erase("+15559999").await.unwrap());
    assert_eq!(holds(&shop, eva).await, ["Guest"]);
    assert_eq!(shop.cases().await.len(), 2, "Tom's stays");
    assert_eq!(shop.answer(eva, "Anybody?").await.unwrap_err().code(), "forbidden");
    shop.settle(under_way, accepted("SMlate")).await;
    let redactions = shop.world.store.list_redactions(NOW, 100).await.unwrap();
    let remotes: Vec<&str> = redactions.iter().map(|redaction| redaction.remote.as_str()).collect();
    assert_eq!(remotes.len(), 63, "sixty questions, STOP and two answers");
    assert!(remotes.contains(&"SMout") && remotes.contains(&"SMlate") && !remotes.contains(&"SMt"));
    shop.world.store.settle_redaction(redactions[0].clone(), None).await.unwrap();
    shop.world.store.settle_redaction(redactions[1].clone(), Some(NOW.plus_seconds(60))).await.unwrap();
    assert_eq!(shop.world.store.list_redactions(NOW, 100).await.unwrap().len(), 61);
    assert!(shop.world.store.find_message(waiting).await.unwrap().is_none());
    assert_eq!(shop.take(NOW).await, [], "nothing is sent to it");

    // What is repeated brings nothing back; what is new is a new customer, who still wants no more.
    assert!(!shop.receive(EVA, "SM7", "Question 7").await);
    assert!(shop.receive(EVA, "SMnew", "Me again").await);
    let again = shop.case_of(EVA).await;
    assert!(again.id != eva && again.opted_out);
    shop.receive(EVA, "SMstart", "START").await;
    assert!(!shop.case_of(EVA).await.opted_out);
    assert!(erase(EVA).await.unwrap());
    shop.receive(EVA, "SMnewer", "And again").await;
    assert!(!shop.case_of(EVA).await.opted_out, "START is remembered too");
}

pub(super) async fn an_inbox_keeps_what_is_said_as_long_as_it_says(fixture: &dyn Fixture) {
    const DAY: i64 = 24 * 3600;
    let shop = Shop::open(fixture).await;
    shop.receive(EVA, "SM1", "Old").await;
    let eva = shop.case_of(EVA).await.id;
    let note = NewNote { conversation: eva, author: shop.ana, text: "Old".into(), key: "n".into(), at: NOW };
    shop.world.store.write_note(note).await.unwrap();
    let tom = shop.world.member("tom").await;
    let say = async |to: To, text: &str, at: Timestamp| {
        let (key, text) = (text.to_lowercase(), text.to_owned());
        let new = NewMessage { to, author: tom, text, key, seen: None, at };
        shop.world.store.write_message(new).await.unwrap().item
    };
    let web = say(To::User(shop.inbox), "Old", NOW).await.conversation;
    let private = say(To::User(shop.ana), "Private", NOW).await.conversation;
    let later = NOW.plus_seconds(20 * DAY);
    say(To::Conversation(web), "New", later).await;

    shop.world.store.sweep(later.plus_seconds(100 * DAY)).await.unwrap();
    assert_eq!(shop.texts(eva).await, ["Old"], "for ever, unless it says otherwise");
    shop.world.store.set_retention(shop.inbox, Some(30)).await.unwrap();
    shop.world.store.sweep(NOW.plus_seconds(30 * DAY)).await.unwrap();
    assert_eq!(shop.texts(eva).await, ["Old"]);
    shop.world.store.sweep(NOW.plus_seconds(31 * DAY)).await.unwrap();
    assert_eq!(holds(&shop, eva).await, ["Guest"], "a number of whom nothing is left goes whole");
    assert_eq!(
        (shop.texts(web).await, shop.texts(private).await),
        (vec!["New".into()], vec!["Private".into()])
    );
    shop.world.store.sweep(NOW.plus_seconds(52 * DAY)).await.unwrap();
    assert_eq!((shop.texts(web).await, shop.texts(private).await), (vec![], vec!["Private".into()]));
    let redactions = shop.world.store.list_redactions(NOW, 9).await.unwrap();
    assert_eq!(redactions[0].remote, "SM1");
}
