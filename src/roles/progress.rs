//! How far a role is: a bar on a terminal, nothing anywhere else.

use indicatif::{ProgressBar, ProgressStyle};

/// Parts of the whole.
const STEPS: u64 = 1000;

/// Gone from the screen when it is dropped.
pub(super) struct Bar(ProgressBar, &'static str);

impl Bar {
    /// A bar for what is being done.
    pub(super) fn new(what: &'static str) -> Self {
        let bar = ProgressBar::new(STEPS);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {wide_msg}") {
            bar.set_style(style);
        }
        Self(bar, what)
    }

    /// How much of it is done, 0 to 1, and what is looked at.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    pub(super) fn at(&self, share: f64, what: &str) {
        self.0.set_message(format!("{} {what}", self.1));
        self.0.set_position((share.clamp(0.0, 1.0) * 1000.0) as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
