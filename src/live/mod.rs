//! What is live: events become frames for the hub, and subscribers get snapshots that fit to them without a gap.
//! `topics` says what there is; `relay` and `snapshot` drive it; `stream` and `state` are the two engines.

mod agents;
pub mod encode;
mod entries;
mod entry;
mod pace;
pub mod presence;
mod reads;
pub mod relay;
pub mod snapshot;
mod state;
mod stream;
pub mod topics;
mod typing;
mod value;

pub use entries::Touch;
pub use presence::Viewer;
pub use relay::Relay;
pub use state::{State, StateSource, Versioned};
pub use stream::{Change, Item, Name, Stream, StreamSource, Tail};
pub use topics::{Kinds, Topic, TopicKind};
pub use value::{Fix, Keeps, Value};
