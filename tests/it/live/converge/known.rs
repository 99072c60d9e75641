//! What a reader knows of the comments, kept by snapshots and pushes as a client keeps it; whatever may not come, panics.

use serde_json::Value;

use super::{Comments, Truth};

/// See the module.
#[derive(Debug, Default)]
pub struct Known {
    /// Up to where it is known.
    pub seq: u64,
    /// Comments before this place are not in it: the page began here.
    floor: u64,
    comments: Comments,
    removed: Vec<u64>,
}

impl Known {
    /// A snapshot; `since` is where it was asked from. More may have been pushed between the asking and the answer.
    pub fn take_snapshot(&mut self, topic: &Value, since: Option<u64>) {
        let seq = topic["seq"].as_u64().unwrap();
        assert!(seq >= self.seq, "a snapshot at {seq} for one who is at {}", self.seq);
        let changes = topic["changes"].as_array().unwrap();
        let seqs: Vec<u64> = changes.iter().map(|change| change["seq"].as_u64().unwrap()).collect();
        assert!(seqs.is_sorted_by(|before, after| before < after), "{seqs:?} are not in order");
        assert!(
            seqs.iter()
                .all(|at| *at <= seq && since.is_none_or(|since| *at > since || topic["reset"] == true))
        );
        if topic["reset"] == true {
            self.comments.clear();
            let oldest = seqs.first().copied().unwrap_or(seq + 1);
            self.floor = if topic["next"].is_null() { 0 } else { oldest };
            assert!(changes.len() <= 50);
            for change in changes {
                assert_eq!(change["type"], "comment.added");
                self.add(change);
            }
        } else {
            for change in changes {
                if change["type"] == "comment.added" && change["seq"].as_u64() <= Some(self.seq) {
                    // It was pushed in between.
                    self.comments.remove(&change["comment"]["id"].as_u64().unwrap());
                }
                self.take(change);
            }
        }
        self.seq = seq;
    }

    /// A push: the next one.
    pub fn take_push(&mut self, push: &Value) {
        assert_eq!(push["seq"], self.seq + 1, "a hole, or one that came before: {push}");
        self.take(push);
        self.seq += 1;
    }

    fn take(&mut self, change: &Value) {
        match change["type"].as_str().unwrap() {
            "comment.added" => self.add(change),
            "comment.edited" => {
                let (id, comment) = read(change);
                let known = self.comments.contains_key(&id);
                assert!(known || comment.0 < self.floor, "edited, and never seen: {change}");
                assert!(!self.removed.contains(&id), "removed before: {change}");
                if known {
                    self.comments.insert(id, comment);
                }
            }
            "comment.removed" => {
                let id = change["id"].as_u64().unwrap();
                self.comments.remove(&id);
                self.removed.push(id);
            }
            _ => panic!("{change}"),
        }
    }

    fn add(&mut self, change: &Value) {
        let (id, comment) = read(change);
        assert_eq!(change["seq"], comment.0, "an addition stands at the place of the creation");
        assert!(!self.removed.contains(&id), "removed before: {change}");
        assert!(self.comments.insert(id, comment).is_none(), "added twice: {change}");
    }

    /// What is in it must be what the store says, from its floor on.
    pub fn check(&self, truth: &Truth) {
        let wanted: Comments = truth
            .comments
            .iter()
            .filter(|(_, (seq, _))| *seq >= self.floor)
            .map(|(id, comment)| (*id, comment.clone()))
            .collect();
        assert_eq!((self.seq, &self.comments), (truth.head, &wanted));
    }
}

fn read(change: &Value) -> (u64, (u64, String)) {
    let comment = &change["comment"];
    let text = comment["text"].as_str().unwrap().to_owned();
    (comment["id"].as_u64().unwrap(), (comment["seq"].as_u64().unwrap(), text))
}
