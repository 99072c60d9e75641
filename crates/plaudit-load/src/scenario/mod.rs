//! The scenarios: each makes a load, measures it, and proves that what was received is what must have been received.

mod author;
mod bare;
mod comments;
mod feed;
mod figures;
mod idle;
mod inbox;
mod messages;
mod pages;
mod reconnect;
mod returners;
mod slow;
mod soak;
mod storm;
mod stream;
mod watch;
mod write;

pub(crate) use author::author;
pub(crate) use bare::bare;
pub(crate) use comments::comments;
pub(crate) use feed::feed;
pub(crate) use figures::Load;
pub(crate) use idle::idle;
pub(crate) use inbox::inbox;
pub(crate) use messages::messages;
pub(crate) use pages::pages;
pub(crate) use reconnect::{Acknowledged, reconnect_storm};
pub(crate) use slow::slow_readers;
pub(crate) use soak::soak;
pub(crate) use storm::like_storm;
pub(crate) use watch::watch;
pub(crate) use write::write;
