//! What agents search: it finds what stands in an inbox's conversations, in any language, and nothing that is gone.

use std::sync::atomic::{AtomicU64, Ordering};

use plaudit::domain::inbox::{Case, CaseFilter, CaseOrder, Role, Status};
use plaudit::domain::search::Query;
use plaudit::domain::{ConversationId, Cursor, Limit, Message, Page, UserId};
use plaudit::store::{Assignment, NewInbox, NewMessage, NewNote, ProfileChange, To};

use super::world::{Fixture, NOW, World};

/// An inbox with two agents.
pub(super) struct Desk {
    pub(super) world: World,
    pub(super) inbox: UserId,
    pub(super) ana: UserId,
    pub(super) ben: UserId,
    keys: AtomicU64,
}

impl Desk {
    pub(super) async fn open(fixture: &dyn Fixture) -> Self {
        let world = fixture.open().await;
        let (ana, ben) = (world.member("ana").await, world.member("ben").await);
        let new = NewInbox { handle: "shop".into(), name: "The Shop".into(), agent: ana, at: NOW };
        let inbox = world.store.create_inbox(new).await.unwrap().user.id;
        world.store.set_agent(inbox, ben, Role::Agent).await.unwrap();
        Self { world, inbox, ana, ben, keys: AtomicU64::new(0) }
    }

    fn key(&self) -> String {
        self.keys.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// The same inbox in a store that was opened anew.
    pub(super) fn again(self, world: World) -> Self {
        Self { world, ..self }
    }

    pub(super) async fn try_say(&self, author: UserId, to: To, text: &str) -> Option<Message> {
        let new = NewMessage { to, author, text: text.into(), key: self.key(), seen: None, at: NOW };
        self.world.store.write_message(new).await.ok().map(|created| created.item)
    }

    pub(super) async fn say(&self, author: UserId, to: To, text: &str) -> Message {
        self.try_say(author, to, text).await.unwrap()
    }

    /// Somebody new writes to the inbox.
    pub(super) async fn ask(&self, handle: &str, text: &str) -> (UserId, Message) {
        let customer = self.world.member(handle).await;
        (customer, self.say(customer, To::User(self.inbox), text).await)
    }

    pub(super) async fn note(&self, id: ConversationId, text: &str) {
        let new = NewNote { conversation: id, author: self.ben, text: text.into(), key: self.key(), at: NOW };
        self.world.store.write_note(new).await.unwrap();
    }

    async fn page(&self, q: &str, filter: CaseFilter, after: Option<Cursor>, limit: Limit) -> Page<Case> {
        let query = Query::parse(q).unwrap().unwrap();
        self.world.store.search_cases(self.inbox, self.ana, query, filter, after, limit).await.unwrap()
    }

    async fn find_by(&self, q: &str, filter: CaseFilter) -> Vec<ConversationId> {
        self.page(q, filter, None, Limit::at_most(100)).await.items.into_iter().map(|case| case.id).collect()
    }

    pub(super) async fn find(&self, q: &str) -> Vec<ConversationId> {
        self.find_by(q, CaseFilter::default()).await
    }
}

pub(super) async fn words_are_found_in_messages_notes_and_names(fixture: &dyn Fixture) {
    let desk = Desk::open(fixture).await;
    let (_, message) = desk
        .ask("zoe_king", "Where is order #A-1047? I want a Réfund, it’s late. 東京に送ってください")
        .await;
    let here = message.conversation;
    desk.ask("other", "Nothing of that").await;
    desk.say(desk.ben, To::Conversation(here), "Ваш заказ в пути. จะส่งพรุ่งนี้").await;
    desk.note(here, "Gets angry, be careful").await;
    for found in [
        "refund",
        "REFU",
        "réfund",
        "late refund",
        "order 1047",
        "#A-1047",
        "a-1047",
        "1047",
        "10",
        "it's",
        "东",
        "заказ",
        "ЗАКАЗ",
        "angry",
        "care",
        "zoe",
        "king",
        "zoe_king",
        "@zoe_king",
        "zoe refund angry",
        "東京",
        "京に送",
        "送って",
        "送ってください",
        "พรุ่งนี้",
        "ส่งพรุ่ง",
        "\"refund\"",
        "refund*",
        "ＲＥＦＵＮＤ",
        "is order",
        "refund refund",
    ] {
        let wanted = if found == "东" { vec![] } else { vec![here] };
        assert_eq!(desk.find(found).await, wanted, "{found}");
    }
    // Words of one or two letters stand for themselves; a word is found from its beginning.
    for not in ["re", "fund", "refund nothing", "京東", "refunds", "1048", "AND", "NOT refund"] {
        assert_eq!(desk.find(not).await, [], "{not}");
    }
}

pub(super) async fn whatever_is_typed_is_words(fixture: &dyn Fixture) {
    let desk = Desk::open(fixture).await;
    let (_, message) = desk.ask("eva", "Either this OR that").await;
    for nothing in [
        "\"",
        "\"\"",
        "*",
        "^",
        "()",
        "-",
        ":",
        "text:",
        "{",
        "🙂",
        "\u{0}",
        "\"*",
        "' OR 1=1 --",
        "NEAR(a b, 3)",
        "a\u{0}b",
        "text : x",
        "+",
        "\\",
        "\u{202e}",
        "%",
        "_",
        "NOT",
        "AND",
        "^\"*",
        "\u{fdfa}",
        "\u{301}",
    ] {
        assert_eq!(desk.find(nothing).await, [], "{nothing:?}");
    }
    assert_eq!(desk.find("OR").await, [message.conversation], "a word as any other");
    let long = "ab ".repeat(33);
    assert_eq!(desk.find(long.trim()).await, []);
    let each: Vec<String> = ('a'..='z').chain('0'..='9').map(String::from).collect();
    assert_eq!(desk.find(&each.join(" ")).await, []);
}

pub(super) async fn what_is_gone_is_found_no_more(fixture: &dyn Fixture) {
    let desk = Desk::open(fixture).await;
    let (eva, first) = desk.ask("eva", "Apples").await;
    let here = first.conversation;
    let second = desk.say(eva, To::Conversation(here), "Bananas and apples").await;
    let answer = desk.say(desk.ben, To::Conversation(here), "Cherries").await;
    desk.note(here, "Dates").await;
    let store = &desk.world.store;

    store.edit_message(first.id, "Elderberries".into(), NOW, None).await.unwrap();
    assert_eq!((desk.find("apples").await, desk.find("elderberries").await), (vec![here], vec![here]));
    store.remove_message(second.id, NOW).await.unwrap();
    assert_eq!((desk.find("apples").await, desk.find("bananas").await), (vec![], vec![]));

    let renamed = ProfileChange { name: Some("Figaro".into()), ..ProfileChange::default() };
    store.update_profile(eva, renamed).await.unwrap();
    assert_eq!((desk.find("figaro").await, desk.find("figaro elderberries").await), (vec![here], vec![here]));

    store.erase_user(eva, NOW, None).await.unwrap();
    for gone in ["elderberries", "figaro", "eva"] {
        assert_eq!(desk.find(gone).await, [], "{gone}");
    }
    assert_eq!((desk.find("cherries").await, desk.find("dates").await), (vec![here], vec![here]));
    store.erase_user(desk.ben, NOW, None).await.unwrap();
    assert_eq!((desk.find("cherries").await, desk.find("dates").await), (vec![], vec![]));
    assert!(store.find_message(answer.id).await.unwrap().is_none());
}

pub(super) async fn an_agent_finds_what_its_inbox_has_and_no_more(fixture: &dyn Fixture) {
    let desk = Desk::open(fixture).await;
    let (eva, message) = desk.ask("eva", "A word").await;
    let store = &desk.world.store;
    let new = NewInbox { handle: "bank".into(), name: "The Bank".into(), agent: desk.ben, at: NOW };
    let bank = store.create_inbox(new).await.unwrap().user.id;
    desk.say(eva, To::User(bank), "A word").await;
    // An agent is a customer elsewhere, and whoever becomes an agent does not see the own case.
    desk.say(desk.ana, To::User(bank), "A word").await;
    let private = desk.say(eva, To::User(desk.ben), "A private word").await;
    assert_eq!(desk.find("word").await, [message.conversation]);
    assert_eq!(desk.find("private").await, []);
    store.edit_message(private.id, "Another private word".into(), NOW, None).await.unwrap();
    store.set_agent(bank, desk.ana, Role::Agent).await.unwrap();
    let query = Query::parse("word").unwrap().unwrap();
    let found =
        store.search_cases(bank, desk.ana, query, CaseFilter::default(), None, Limit::default()).await;
    let customers: Vec<UserId> = found.unwrap().items.iter().map(|case| case.customer.id).collect();
    assert_eq!(customers, [eva]);
}

pub(super) async fn what_is_found_comes_as_the_list_does(fixture: &dyn Fixture) {
    let desk = Desk::open(fixture).await;
    let mut cases = Vec::new();
    for name in ["c1", "c2", "c3", "c4", "c5"] {
        cases.push(desk.ask(name, "Same word").await.1.conversation);
        desk.ask(&format!("{name}_other"), "Another").await;
    }
    // An old text is found where its conversation stands now.
    desk.say(desk.ben, To::Conversation(cases[1]), "Well").await;
    let newest: Vec<ConversationId> = [1, 4, 3, 2, 0].map(|at: usize| cases[at]).into();
    assert_eq!(desk.find("word").await, newest);
    for order in [CaseOrder::Newest, CaseOrder::Longest] {
        let filter = CaseFilter { order, ..CaseFilter::default() };
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = desk.page("same", filter, after, Limit::new(2).unwrap()).await;
            paged.extend(page.items.iter().map(|case| case.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let wanted = match order {
            CaseOrder::Newest => newest.clone(),
            CaseOrder::Longest => [0, 2, 3, 4].map(|at: usize| cases[at]).into(),
        };
        assert_eq!(paged, wanted);
    }
    let assignment =
        Assignment { conversation: cases[2], by: desk.ana, agent: Some(desk.ana), expect: None, at: NOW };
    desk.world.store.assign_case(assignment).await.unwrap();
    desk.world.store.set_case_status(cases[4], desk.ana, Status::Closed, None, NOW).await.unwrap();
    let all = CaseFilter::default();
    for (filter, wanted) in [
        (CaseFilter { assignee: Some(Some(desk.ana)), ..all }, vec![cases[2]]),
        (CaseFilter { assignee: Some(None), ..all }, vec![cases[4], cases[3], cases[0]]),
        (CaseFilter { status: Some(Status::Closed), ..all }, vec![cases[4]]),
        (CaseFilter { waiting: true, ..all }, vec![cases[3], cases[2], cases[0]]),
        (CaseFilter { waiting: true, assignee: Some(None), ..all }, vec![cases[3], cases[0]]),
    ] {
        assert_eq!(desk.find_by("word", filter).await, wanted, "{filter:?}");
    }
}
