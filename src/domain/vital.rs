//! A part without which the site cannot go on: a shard of the hub, presence. Its thread holds a
//! [`Vital`] as long as it lives; whoever made it hears of the end, whether the thread returned or panicked.

use std::sync::Arc;

/// Hears that a part has ended: its name.
pub type Ended = Arc<dyn Fn(&str) + Send + Sync>;

/// Move it into the part's thread. When it is dropped, the part has ended.
pub struct Vital {
    part: String,
    ended: Ended,
}

impl Vital {
    /// A part with this name; `ended` is called on its thread, so it must not wait.
    pub fn new(part: impl Into<String>, ended: Ended) -> Self {
        Self { part: part.into(), ended }
    }
}

impl Drop for Vital {
    fn drop(&mut self) {
        (self.ended)(&self.part);
    }
}
