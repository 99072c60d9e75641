//! `feed`: each viewer has many posts on the screen, and many of them are liked within a tick. All that a viewer is
//! owed should leave in one send.

use crate::out::{Outcome, Progress};
use crate::scenario::figures::Load;
use crate::scenario::watch;
use crate::site::Site;

/// Each viewer sees `each` of the posts.
pub(crate) fn feed(
    site: &Site,
    load: &Load,
    each: usize,
    burst: usize,
    progress: &Progress,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::new("feed");
    outcome.set("posts on a screen", each.min(load.posts));
    if load.rate.is_none() {
        outcome.set("liked at once", burst.min(load.posts));
    }
    watch::run(site, load, each, burst, &mut outcome, progress)?;
    Ok(outcome)
}
