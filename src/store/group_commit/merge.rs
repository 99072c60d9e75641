//! A batch's events, merged: of many counts of one post the last is told. The writer drives it.

use std::collections::HashSet;

use crate::domain::{Event, FeedChange};

/// Leaves one `CountsChanged` per post, the last, behind all other events in the order of their last changes.
/// Of a removed post neither counts nor comments are left to be told: its streams end with the removal.
pub(super) fn merge(events: Vec<Event>) -> Vec<Event> {
    let (mut removed, mut counted) = (HashSet::new(), HashSet::new());
    let (mut acts, mut counts) = (Vec::new(), Vec::new());
    for event in events.into_iter().rev() {
        match &event {
            Event::CountsChanged { post, .. } => {
                if !removed.contains(post) && counted.insert(*post) {
                    counts.push(event);
                }
            }
            Event::CommentsChanged { post, .. } => {
                if !removed.contains(post) {
                    acts.push(event);
                }
            }
            Event::FeedChanged(FeedChange::Removed { id, .. }) => {
                removed.insert(*id);
                acts.push(event);
            }
            Event::FeedChanged(FeedChange::Added { .. } | FeedChange::Edited { .. })
            | Event::LikeSet { .. }
            | Event::UserChanged { .. }
            | Event::MessagesChanged { .. }
            | Event::ConversationChanged { .. }
            | Event::BlockSet { .. }
            | Event::NotificationChanged { .. }
            | Event::NotificationsRead { .. }
            | Event::UnreadChanged { .. }
            | Event::SmsQueued
            | Event::CaseChanged { .. }
            | Event::WaitingChanged { .. }
            | Event::NotesChanged { .. }
            | Event::CaseRead { .. }
            | Event::AgentRemoved { .. }
            | Event::SessionsEnded { .. } => {
                acts.push(event);
            }
        }
    }
    acts.reverse();
    acts.extend(counts.into_iter().rev());
    acts
}
