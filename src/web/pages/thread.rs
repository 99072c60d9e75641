//! Comments as a page shows them: one after the other, answers under what they answer.
//!
//! `browser/elements/comment-list.js` builds the same from comments that arrive live; the browser test compares the two.

use super::rich::{self, Part};
use super::view::{Author, When};
use super::words::is_long;
use crate::app::Caller;
use crate::app::rights::CommentRights;
use crate::domain::{Comment, Post};
use crate::web::Site;

/// One comment.
#[expect(clippy::struct_excessive_bools, reason = "each is a mark of its own, and they combine freely")]
pub(super) struct Said {
    pub(super) id: u64,
    pub(super) post: u64,
    pub(super) seq: u64,
    pub(super) author: Author,
    pub(super) author_id: u64,
    /// Whether the post is its author's too.
    pub(super) by_author: bool,
    /// Whether its author is a moderator.
    pub(super) by_moderator: bool,
    pub(super) when: When,
    /// When it was last edited.
    pub(super) edited: Option<When>,
    pub(super) parts: Vec<Part>,
    /// Whether it takes much room.
    pub(super) long: bool,
    /// As it was written: what an editor is filled with.
    pub(super) text: String,
    pub(super) may: CommentRights,
    /// It is from an earlier page, and stands here because it is answered here.
    pub(super) is_earlier: bool,
}

impl Said {
    pub(super) fn of(site: &Site, caller: &Caller, post: &Post, comment: &Comment) -> Self {
        Self {
            id: comment.id.0,
            post: comment.post.0,
            seq: comment.seq,
            author: Author::of(&comment.author),
            author_id: comment.author.id.0,
            by_author: comment.author.id == post.author.id,
            by_moderator: comment.author.moderator,
            when: When::of(comment.created_at),
            edited: comment.edited_at.map(When::of),
            parts: rich::parts(&comment.text),
            long: is_long(&comment.text),
            text: comment.text.clone(),
            may: site.app().comment_rights(caller, post.author.id, comment),
            is_earlier: false,
        }
    }

    /// The comment that stands in a page's `<template>`, for comments that arrive live: with everything that
    /// anybody may do, of which the script hides what this visitor may not.
    pub(super) fn blank(post: &Post) -> Self {
        let when =
            When { machine: String::new(), people: String::new(), day: String::new(), clock: String::new() };
        Self {
            id: 0,
            post: post.id.0,
            seq: 0,
            author: Author { name: String::new(), handle: Some(String::new()) },
            author_id: 0,
            by_author: true,
            by_moderator: true,
            when,
            edited: None,
            parts: Vec::new(),
            long: false,
            text: String::new(),
            may: CommentRights { answer: true, edit: true, remove: true, report: true },
            is_earlier: false,
        }
    }
}

/// The names of what may be done, for the script.
pub(super) fn names(may: CommentRights) -> String {
    let CommentRights { answer, edit, remove, report } = may;
    let names = [("answer", answer), ("edit", edit), ("remove", remove), ("report", report)];
    names.into_iter().filter_map(|(name, may)| may.then_some(name)).collect::<Vec<_>>().join(" ")
}

/// A comment with its answers.
pub(super) struct Thread {
    /// Of the comment.
    pub(super) id: u64,
    /// None where it was removed, and answers to it stay.
    pub(super) said: Option<Said>,
    /// Oldest first.
    pub(super) answers: Vec<Said>,
}

impl Thread {
    /// What is said in some of them.
    pub(super) fn texts(threads: &[Self]) -> impl Iterator<Item = &str> {
        threads
            .iter()
            .flat_map(|thread| thread.said.iter().chain(&thread.answers))
            .map(|said| said.text.as_str())
    }

    /// Sorts comments, oldest first, under what they answer. What is answered and is not among them has its place by
    /// its id, which only grows.
    pub(super) fn sort(comments: Vec<(Option<u64>, Said)>) -> Vec<Self> {
        let mut threads: Vec<Self> = Vec::new();
        for (parent, said) in comments {
            let Some(parent) = parent else {
                threads.push(Self { id: said.id, said: Some(said), answers: Vec::new() });
                continue;
            };
            if let Some(thread) = threads.iter_mut().find(|thread| thread.id == parent) {
                thread.answers.push(said);
                continue;
            }
            let place = threads.iter().position(|thread| thread.id > parent).unwrap_or(threads.len());
            threads.insert(place, Self { id: parent, said: None, answers: vec![said] });
        }
        threads
    }
}
