//! What must be received of one post: every acknowledged like has a version and a count of its own, and every frame
//! must say one of these pairs. Versions count up by one, because nobody else acts on the posts of a load.

use crate::faults::Faults;
use crate::net::Nanos;

/// How one post stands and stood.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    /// The post.
    pub(crate) post: u64,
    /// Before the first like.
    base: Option<(u64, u64)>,
    /// What happened at each version behind the base.
    acts: Vec<Act>,
    /// The highest version that somebody was shown.
    front: u64,
    /// Like to the last viewer, watched for one version at a time.
    pub(crate) watch: Option<Watch>,
}

/// What made one version.
#[derive(Debug, Clone, Copy, Default)]
struct Act {
    /// When it was asked for; 0 while no acknowledgement has come.
    sent: Nanos,
    /// When it was first shown to anybody; 0 before.
    first: Nanos,
    likes: u32,
    on: bool,
}

/// Waits for all viewers to have a version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch {
    pub(crate) version: u64,
    pub(crate) sent: Nanos,
    pub(crate) reached: u32,
}

/// More acts than a run can do: a version beyond it is a fault and must not take all memory.
const MOST: u64 = 1 << 27;

impl Tally {
    pub(crate) fn new(post: u64) -> Self {
        Self { post, base: None, acts: Vec::new(), front: 0, watch: None }
    }

    /// How it stands before the first like: version and likes.
    pub(crate) fn begin(&mut self, version: u64, likes: u64) {
        self.base = Some((version, likes));
        self.front = version;
    }

    /// The version and likes behind the last acknowledged like. Right only while none is missing.
    pub(crate) fn last(&self) -> (u64, u64) {
        let (version, likes) = self.base.unwrap_or_default();
        match self.acts.iter().rposition(|act| act.sent != 0) {
            Some(at) => (version + 1 + at as u64, u64::from(self.acts[at].likes)),
            None => (version, likes),
        }
    }

    #[inline]
    fn act(&mut self, version: u64) -> Option<&mut Act> {
        let behind = version.checked_sub(self.base?.0 + 1).filter(|behind| *behind < MOST)?;
        let at = usize::try_from(behind).ok()?;
        if at >= self.acts.len() {
            self.acts.resize(at + 1, Act::default());
        }
        Some(&mut self.acts[at])
    }

    /// An acknowledgement. Gives when the act was first shown, if that was before.
    pub(crate) fn acknowledge(
        &mut self,
        (version, likes): (u64, u64),
        on: bool,
        sent: Nanos,
        faults: &mut Faults,
    ) -> Option<Nanos> {
        let post = self.post;
        let Some(act) = self.act(version) else {
            faults.add(|| {
                format!("an ok for post {post} has version {version}, which was there before the load")
            });
            return None;
        };
        if act.sent != 0 {
            faults.add(|| format!("two likes of post {post} were acknowledged with version {version}"));
            return None;
        }
        let first = act.first;
        *act = Act { sent, first, likes: u32::try_from(likes).unwrap_or(u32::MAX), on };
        (first != 0).then_some(first)
    }

    /// A viewer was shown a version. Gives to `first` when each act was asked for that nobody had been shown before.
    #[inline]
    pub(crate) fn show(&mut self, version: u64, now: Nanos, mut first: impl FnMut(Nanos)) {
        while self.front < version {
            self.front += 1;
            let front = self.front;
            let Some(act) = self.act(front) else {
                self.front = version;
                return;
            };
            act.first = now;
            if act.sent != 0 {
                first(act.sent);
            }
        }
    }

    /// When the act of this version was asked for; none while that is not known.
    #[inline]
    pub(crate) fn sent(&self, version: u64) -> Option<Nanos> {
        let at = usize::try_from(version.checked_sub(self.base?.0 + 1)?).ok()?;
        self.acts.get(at).map(|act| act.sent).filter(|sent| *sent != 0)
    }

    /// The likes of a version; none while they are not known.
    #[inline]
    pub(crate) fn likes(&self, version: u64) -> Option<u64> {
        let (base, likes) = self.base?;
        if version == base {
            return Some(likes);
        }
        let at = usize::try_from(version.checked_sub(base + 1)?).ok()?;
        self.acts.get(at).filter(|act| act.sent != 0).map(|act| u64::from(act.likes))
    }

    /// Everything has come to rest: acknowledged likes must make up the versions without a hole, each one like more
    /// or less than the one before.
    pub(crate) fn check(&self, faults: &mut Faults) {
        let post = self.post;
        let Some((base, mut likes)) = self.base else {
            faults.add(|| format!("nobody ever saw how post {post} stands"));
            return;
        };
        for (version, act) in (base + 1..).zip(&self.acts) {
            if act.sent == 0 {
                faults.add(|| {
                    format!("post {post} came to version {version}, which no acknowledged like made")
                });
                return;
            }
            likes = if act.on { likes + 1 } else { likes.saturating_sub(1) };
            if likes != u64::from(act.likes) {
                let said = act.likes;
                faults.add(|| {
                    format!("post {post} has {likes} likes at version {version}, but its ok said {said}")
                });
                likes = u64::from(said);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> (Tally, Faults) {
        let mut tally = Tally::new(7);
        tally.begin(10, 3);
        (tally, Faults::default())
    }

    fn said(tally: &Tally, mut faults: Faults) -> String {
        tally.check(&mut faults);
        faults.said().join("; ")
    }

    #[test]
    fn likes_that_make_up_the_versions_are_right_in_any_order_of_their_answers() {
        let (mut tally, mut faults) = tally();
        for (version, likes, on) in [(12, 5, true), (11, 4, true), (13, 4, false)] {
            tally.acknowledge((version, likes), on, 99, &mut faults);
        }
        assert_eq!(
            (tally.last(), tally.likes(12), tally.likes(10), tally.likes(14)),
            ((13, 4), Some(5), Some(3), None)
        );
        assert_eq!(said(&tally, faults), "");
    }

    #[test]
    fn lies_are_named() {
        let (mut hole, mut faults) = tally();
        hole.acknowledge((12, 5), true, 99, &mut faults);
        assert!(said(&hole, faults).contains("version 11, which no acknowledged like made"));

        let (mut twice, mut faults) = tally();
        twice.acknowledge((11, 4), true, 99, &mut faults);
        twice.acknowledge((11, 4), true, 99, &mut faults);
        assert!(said(&twice, faults).contains("two likes"));

        let (mut lost, mut faults) = tally();
        lost.acknowledge((11, 3), true, 99, &mut faults);
        assert!(said(&lost, faults).contains("4 likes at version 11, but its ok said 3"));

        let (mut early, mut faults) = tally();
        early.acknowledge((10, 4), true, 99, &mut faults);
        early.acknowledge((u64::MAX, 4), true, 99, &mut faults);
        assert_eq!(faults.count(), 2);

        assert!(said(&Tally::new(7), Faults::default()).contains("nobody ever saw"));
    }

    #[test]
    fn the_first_who_is_shown_an_act_dates_it_whether_before_or_after_its_ok() {
        let (mut tally, mut faults) = tally();
        tally.acknowledge((11, 4), true, 100, &mut faults);
        let mut sent = Vec::new();
        tally.show(12, 500, |at| sent.push(at));
        tally.show(11, 600, |at| sent.push(at));
        assert_eq!(sent, [100]);
        assert_eq!(tally.acknowledge((12, 5), true, 200, &mut faults), Some(500));
        assert_eq!((tally.sent(12), tally.sent(13)), (Some(200), None));
    }
}
