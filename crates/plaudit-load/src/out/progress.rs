//! How far a run is: a bar on a terminal, nothing anywhere else.

use indicatif::{ProgressBar, ProgressStyle};

/// See the module.
pub(crate) struct Progress(ProgressBar);

/// Parts of the whole.
const STEPS: u64 = 1000;

impl Progress {
    /// A bar on standard error where that is a terminal and it is wanted.
    pub(crate) fn new(wanted: bool) -> Self {
        let bar = if wanted { ProgressBar::new(STEPS) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} %  {wide_msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// What is done now.
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.0.set_message(what.into());
        self.0.tick();
    }

    /// A line that stays, above the bar where there is one.
    pub(crate) fn line(&self, text: &str) {
        self.0.suspend(|| eprintln!("{text}"));
    }

    /// How much of it is done: 0 to 1.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    pub(crate) fn at(&self, share: f64) {
        self.0.set_position((share.clamp(0.0, 1.0) * 1000.0) as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
