//! What came from a client and is not a complete message yet. Exists only between a read that ended
//! inside a frame (or in front of a paused reader) and the one that completes it. Bounded: one frame
//! of the longest message, or what one read brought.

use crate::decode::Assembly;

#[derive(Default)]
pub(crate) struct Input {
    /// Bytes as they came, from the start of a frame.
    pub(crate) raw: Vec<u8>,
    /// They may hold complete frames, since parsing was paused and not exhausted.
    pub(crate) unparsed: bool,
    /// The fragments of a message so far.
    pub(crate) assembly: Option<Assembly>,
    /// When (wheel time) the incomplete message or frame began; `None` while paused, for then the
    /// delay is ours.
    pub(crate) started: Option<u32>,
}
