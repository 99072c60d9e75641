//! Every order in which commits, events, reads and subscribers can meet: whatever it is, who subscribes is answered
//! with all that was published before, as it stood at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use tokio::sync::watch;

use super::*;
use crate::domain::{
    Comment, CommentChange, CommentId, CommentTail, PostId, Timestamp, User, UserId, UserKind,
};

fn topic() -> Topic {
    Kinds::default().parse("post:1/comments", None).unwrap()
}

#[derive(Debug, Clone)]
enum Step {
    /// Something is committed: a new comment, or (modulo what is there) an edit or a removal.
    Commit(u8, usize),
    /// The next committed change reaches the relay.
    Publish,
    /// This one subscribes, or leaves.
    Subscribe(u32),
    Leave(u32),
    /// This one asks, from so far back; perhaps it has to read.
    Ask(u32, u64),
    /// A read that is under way sees the store; is finished; fails. Modulo how many there are.
    See(usize),
    Finish(usize),
    Fail(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..4_u8, any::<usize>()).prop_map(|(kind, which)| Step::Commit(kind, which)),
        3 => Just(Step::Publish),
        3 => (0..2_u32).prop_map(Step::Subscribe),
        3 => (0..2_u32).prop_map(Step::Leave),
        6 => (0..2_u32, 0..12_u64).prop_map(|(who, back)| Step::Ask(who, back)),
        3 => any::<usize>().prop_map(Step::See),
        3 => any::<usize>().prop_map(Step::Finish),
        1 => any::<usize>().prop_map(Step::Fail),
    ]
}

/// A task that reads for one who asked. It may outlive its subscriber and the entry.
struct Task {
    reading: Reading,
    _sender: watch::Sender<()>,
    seen: Option<Tail<Comment>>,
    since: u64,
    /// What was published when its subscriber came: it must be told that.
    least: u64,
}

#[derive(Default)]
struct World {
    entries: Entries,
    committed: Vec<CommentChange>,
    published: usize,
    /// By subscriber: what was published when it came.
    subscribers: BTreeMap<u32, u64>,
    tasks: Vec<Task>,
}

fn comment(id: u64, seq: u64, text: String) -> Arc<Comment> {
    let (handle, name, bio) = (Some("ana".to_owned()), "Ana".to_owned(), String::new());
    let author = User { id: UserId(1), handle, name, bio, kind: UserKind::Member, moderator: false };
    let (id, post, parent, created_at, edited_at) = (CommentId(id), PostId(1), None, Timestamp(0), None);
    Arc::new(Comment { id, post, parent, author, text, created_at, edited_at, seq })
}

impl World {
    /// What stands there after the first changes: by id, the comment and the place of its last change.
    fn comments(&self, seq: u64) -> BTreeMap<u64, (u64, Option<Arc<Comment>>)> {
        let mut all = BTreeMap::new();
        for change in self.committed.iter().take_while(|change| change.seq() <= seq) {
            match change {
                CommentChange::Added { seq, item: comment }
                | CommentChange::Edited { seq, item: comment } => {
                    all.insert(comment.id.0, (*seq, Some(comment.clone())));
                }
                CommentChange::Removed { seq, id } => {
                    all.insert(id.0, (*seq, None));
                }
            }
        }
        all
    }

    fn head(&self) -> u64 {
        self.committed.len() as u64
    }

    fn commit(&mut self, kind: u8, which: usize) {
        let seq = self.head() + 1;
        let there = self.comments(self.head());
        let there: Vec<Arc<Comment>> = there.into_values().filter_map(|(_, comment)| comment).collect();
        let chosen = (!there.is_empty()).then(|| there[which % there.len()].clone());
        self.committed.push(match chosen {
            Some(old) if kind == 0 => CommentChange::Removed { seq, id: old.id },
            Some(old) if kind == 1 => {
                let comment = comment(old.id.0, old.seq, format!("edited at {seq}"));
                CommentChange::Edited { seq, item: comment }
            }
            _ => CommentChange::Added { seq, item: comment(100 + seq, seq, format!("written at {seq}")) },
        });
    }

    fn tail(&self) -> Tail<Comment> {
        let all = self.comments(self.head());
        let mut changed: Vec<_> = all
            .iter()
            .map(|(id, (place, comment))| (*place, comment.clone().ok_or(CommentId(*id))))
            .collect();
        changed.sort_by_key(|(place, _)| *place);
        let mut page: Vec<_> = all.into_values().filter_map(|(_, comment)| comment).collect();
        page.sort_by_key(|comment| comment.seq);
        Tail::of(CommentTail { seq: self.head(), since: 0, changed, page, more: false }, |CommentId(id)| id)
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Commit(kind, which) => self.commit(kind, which),
            Step::Publish => {
                if let Some(change) = self.committed.get(self.published).cloned() {
                    self.published += 1;
                    let event = Event::CommentsChanged { post: PostId(1), change };
                    self.entries.apply(&Kinds::default(), &event, &mut Vec::new(), &mut Vec::new());
                }
            }
            Step::Subscribe(who) => {
                self.entries.hold(&Kinds::default(), topic(), who);
                self.subscribers.insert(who, self.published as u64);
            }
            Step::Leave(who) => {
                self.entries.release(topic(), who);
                self.subscribers.remove(&who);
            }
            Step::Ask(who, back) => {
                let Some(least) = self.subscribers.get(&who).copied() else { return };
                let since = least.saturating_sub(back);
                match self.entries.find::<Comment>(topic(), Some(since), usize::MAX) {
                    Found::Here(answer) => self.check(&answer, since, least),
                    Found::Missing => panic!("the post is there"),
                    Found::Unknown => {
                        let (sender, reading) = watch::channel(());
                        let entry = self.entries.get_mut(topic()).unwrap();
                        if entry.claim(&reading).is_none() {
                            self.tasks.push(Task { reading, _sender: sender, seen: None, since, least });
                        }
                    }
                }
            }
            Step::See(which) => {
                let tail = self.tail();
                if let Some(task) = nth(&mut self.tasks, which) {
                    task.seen.get_or_insert(tail);
                }
            }
            Step::Finish(which) => {
                let Some(at) = which.checked_rem(self.tasks.len()) else { return };
                if self.tasks[at].seen.is_none() {
                    return;
                }
                let task = self.tasks.remove(at);
                let asked = (Some(task.since), usize::MAX);
                let found = self.entries.fill(topic(), &task.reading, task.seen, asked);
                if let Some(entry) = self.entries.get_mut(topic()) {
                    entry.end_claim(&task.reading);
                }
                if let Found::Here(answer) = found {
                    self.check(&answer, task.since, task.least);
                }
            }
            Step::Fail(which) => {
                let Some(at) = which.checked_rem(self.tasks.len()) else { return };
                let task = self.tasks.remove(at);
                if let Some(entry) = self.entries.get_mut(topic()) {
                    entry.end_claim(&task.reading);
                }
            }
        }
    }

    /// What was published before its subscriber came is in it, and it is how things stood at its `seq`.
    fn check(&self, answer: &crate::live::stream::Answer, since: u64, least: u64) {
        assert!((least..=self.head()).contains(&answer.seq), "{} is not from {least} on", answer.seq);
        assert!(!answer.reset);
        let mut wanted = BTreeMap::new();
        for (id, (place, comment)) in self.comments(answer.seq) {
            match comment {
                _ if place <= since => {}
                None => drop(wanted.insert(place, format!("removed {id}"))),
                Some(comment) if comment.seq > since => {
                    wanted.insert(comment.seq, format!("added {id} {}", comment.text));
                }
                Some(comment) => drop(wanted.insert(place, format!("edited {id} {}", comment.text))),
            }
        }
        let told: Vec<serde_json::Value> = serde_json::from_str(answer.changes.get()).unwrap();
        let told = told.iter().map(|change| {
            let kind = change["type"].as_str().unwrap().trim_start_matches("comment.");
            let comment = &change["comment"];
            let what = match comment["text"].as_str() {
                Some(text) => format!("{kind} {} {text}", comment["id"]),
                None => format!("{kind} {}", change["id"]),
            };
            (change["seq"].as_u64().unwrap(), what)
        });
        assert_eq!(told.collect::<Vec<_>>(), wanted.into_iter().collect::<Vec<_>>());
    }
}

fn nth(tasks: &mut [Task], which: usize) -> Option<&mut Task> {
    let at = which.checked_rem(tasks.len())?;
    tasks.get_mut(at)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn who_subscribes_is_answered_with_all_that_was_published_before(
        steps in prop::collection::vec(any_step(), 1..100),
        room in prop_oneof![Just(STREAM_BYTES), 0..3000_usize],
    ) {
        let mut world = World::default();
        world.entries.room = room;
        for step in &steps {
            world.step(step);
        }
    }
}
