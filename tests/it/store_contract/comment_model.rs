//! What a store must answer and tell, act by act, in plain maps: the reference for `conversations`.
//!
//! It knows no ids. It counts comments in the order in which they are written, and `conversations` says afterwards
//! which id each has got.

use std::collections::{BTreeMap, BTreeSet};

/// One act: who, where, what; all by number.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// By socket or not; with a key or without; an answer or not.
    Write {
        post: usize,
        user: usize,
        answer: Option<usize>,
        key: Option<u8>,
        text: u8,
        by_socket: bool,
    },
    Edit {
        comment: usize,
        text: u8,
    },
    Remove {
        comment: usize,
    },
    Like {
        post: usize,
        user: usize,
        on: bool,
    },
    Suspend {
        user: usize,
        on: bool,
    },
    RemovePost {
        post: usize,
    },
}

/// What it must be answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Written { comment: usize, fresh: bool, text: u8 },
    Edited { comment: usize, text: u8 },
    Liked { changed: bool, likes: u64, version: u64 },
    Done,
    Refused(&'static str),
}

/// One change of a post's comments that must be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    Added { comment: usize, text: u8 },
    Edited { comment: usize, text: u8 },
    Removed { comment: usize },
}

#[derive(Debug, Clone)]
pub(super) struct Comment {
    pub(super) post: usize,
    pub(super) parent: Option<usize>,
    pub(super) author: usize,
    pub(super) text: u8,
    pub(super) edited: bool,
    pub(super) removed: bool,
    pub(super) seq: u64,
    pub(super) changed_seq: u64,
    first_text: u8,
}

/// What a reader of a post holds: the text of each comment that is there.
pub(super) type Held = BTreeMap<usize, u8>;

#[derive(Debug, Clone)]
pub(super) struct Post {
    pub(super) removed: bool,
    pub(super) version: u64,
    pub(super) likes: BTreeSet<usize>,
    withheld: BTreeSet<usize>,
    /// What a reader holds at each seq, from 0 on.
    pub(super) history: Vec<Held>,
}

impl Post {
    pub(super) fn seq(&self) -> u64 {
        self.history.len() as u64 - 1
    }

    pub(super) fn held(&self) -> &Held {
        &self.history[self.history.len() - 1]
    }
}

#[derive(Debug)]
pub(super) struct Model {
    pub(super) posts: Vec<Post>,
    pub(super) comments: Vec<Comment>,
    keys: BTreeMap<(usize, u8), usize>,
    suspended: BTreeSet<usize>,
    /// What is told since the last wave, by post.
    pub(super) told: Vec<(usize, u64, Told)>,
}

impl Model {
    pub(super) fn new(posts: usize) -> Self {
        let post = Post {
            removed: false,
            version: 1,
            likes: BTreeSet::new(),
            withheld: BTreeSet::new(),
            history: vec![Held::new()],
        };
        Self {
            posts: vec![post; posts],
            comments: Vec::new(),
            keys: BTreeMap::new(),
            suspended: BTreeSet::new(),
            told: Vec::new(),
        }
    }

    /// Does one act. A comment that does not exist is one that no number names.
    pub(super) fn act(&mut self, act: &Act) -> Answer {
        let done = match *act {
            Act::Write { post, user, answer, key, text, .. } => self.write(post, user, answer, key, text),
            Act::Edit { comment, text } => self.edit(comment, text),
            Act::Remove { comment } => self.remove(comment),
            Act::Like { post, user, on } => self.like(post, user, on),
            Act::Suspend { user, on } => Ok(self.suspend(user, on)),
            Act::RemovePost { post } if self.posts[post].removed => Err("not_found"),
            Act::RemovePost { post } => {
                self.posts[post].removed = true;
                self.told.retain(|(of, ..)| *of != post);
                Ok(Answer::Done)
            }
        };
        done.unwrap_or_else(Answer::Refused)
    }

    fn is_there(&self, comment: usize) -> bool {
        let it = self.comments.get(comment);
        it.is_some_and(|it| !it.removed && !self.posts[it.post].removed)
    }

    fn write(
        &mut self,
        post: usize,
        author: usize,
        parent: Option<usize>,
        key: Option<u8>,
        text: u8,
    ) -> Result<Answer, &'static str> {
        if self.suspended.contains(&author) {
            return Err("no_session");
        }
        if let Some(made) = key.and_then(|key| self.keys.get(&(author, key))) {
            let comment = &self.comments[*made];
            let same = (comment.post, comment.parent, comment.first_text) == (post, parent, text);
            return match (self.is_there(*made), same) {
                (false, _) => Err("gone"),
                (true, false) => Err("key_reused"),
                (true, true) => Ok(Answer::Written { comment: *made, fresh: false, text: comment.text }),
            };
        }
        if self.posts[post].removed {
            return Err("not_found");
        }
        if let Some(parent) = parent {
            if !self.is_there(parent) || self.comments[parent].post != post {
                return Err("not_found");
            }
            if self.comments[parent].parent.is_some() {
                return Err("bad_request");
            }
        }
        let comment = self.comments.len();
        let seq = self.posts[post].seq() + 1;
        let (edited, removed, changed_seq, first_text) = (false, false, seq, text);
        self.comments.push(Comment {
            post,
            parent,
            author,
            text,
            edited,
            removed,
            seq,
            changed_seq,
            first_text,
        });
        self.keys.extend(key.map(|key| ((author, key), comment)));
        self.posts[post].version += 1;
        self.tell(comment, Told::Added { comment, text });
        Ok(Answer::Written { comment, fresh: true, text })
    }

    fn edit(&mut self, comment: usize, text: u8) -> Result<Answer, &'static str> {
        if !self.is_there(comment) {
            return Err("not_found");
        }
        let it = &mut self.comments[comment];
        if self.suspended.contains(&it.author) {
            return Err("no_session");
        }
        if it.text != text {
            (it.text, it.edited) = (text, true);
            self.tell(comment, Told::Edited { comment, text });
        }
        Ok(Answer::Edited { comment, text })
    }

    fn remove(&mut self, comment: usize) -> Result<Answer, &'static str> {
        if !self.is_there(comment) {
            return Err("not_found");
        }
        self.comments[comment].removed = true;
        self.posts[self.comments[comment].post].version += 1;
        self.tell(comment, Told::Removed { comment });
        Ok(Answer::Done)
    }

    /// Gives a change its place.
    fn tell(&mut self, comment: usize, told: Told) {
        let it = &mut self.comments[comment];
        let post = &mut self.posts[it.post];
        let mut held = post.held().clone();
        match told {
            Told::Added { text, .. } | Told::Edited { text, .. } => held.insert(comment, text),
            Told::Removed { .. } => held.remove(&comment),
        };
        post.history.push(held);
        it.changed_seq = post.seq();
        self.told.push((it.post, post.seq(), told));
    }

    fn like(&mut self, post: usize, user: usize, on: bool) -> Result<Answer, &'static str> {
        let it = &mut self.posts[post];
        if it.removed {
            return Err("not_found");
        }
        if self.suspended.contains(&user) {
            return Err("no_session");
        }
        let changed = if on { it.likes.insert(user) } else { it.likes.remove(&user) };
        it.version += u64::from(changed);
        Ok(Answer::Liked { changed, likes: it.likes.len() as u64, version: it.version })
    }

    fn suspend(&mut self, user: usize, on: bool) -> Answer {
        if on {
            self.suspended.insert(user);
        } else {
            self.suspended.remove(&user);
        }
        for post in self.posts.iter_mut().filter(|post| !post.removed) {
            let (from, to) = if on {
                (&mut post.likes, &mut post.withheld)
            } else {
                (&mut post.withheld, &mut post.likes)
            };
            if from.remove(&user) {
                to.insert(user);
                post.version += 1;
            }
        }
        Answer::Done
    }
}
