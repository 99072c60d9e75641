//! The live protocol, spoken to a real server by a client that is not ours.

mod agents;
mod commands;
mod comments;
mod converge;
mod feed;
mod fresh;
mod inboxes;
mod leaks;
mod likers;
mod likes;
mod messages;
mod mistakes;
mod notifications;
mod presence;
mod private;
mod sessions;
mod shared;
mod slow;
mod suspended;
