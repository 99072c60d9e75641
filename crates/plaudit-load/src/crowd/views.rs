//! Who watches which posts, and what each was last shown. Viewer v of a crowd with `each` posts a viewer watches a run
//! of neighbours, so that every post has about as many viewers.

/// See the module.
#[derive(Debug)]
pub(crate) struct Views {
    viewers: usize,
    posts: usize,
    each: usize,
    /// The ids of the posts, in their order.
    ids: Vec<u64>,
    /// The last version of each viewer and place; 0 before the snapshot.
    seen: Vec<u64>,
    /// Viewers from this number on are not counted on: they never read.
    attentive: usize,
    lost: Vec<bool>,
    /// How many attentive viewers each post has.
    audience: Vec<u32>,
}

impl Views {
    pub(crate) fn new(viewers: usize, ids: Vec<u64>, each: usize, attentive: usize) -> Self {
        let posts = ids.len();
        let each = each.min(posts);
        let mut views = Self {
            viewers,
            posts,
            each,
            ids,
            seen: vec![0; viewers * each],
            attentive,
            lost: vec![false; viewers],
            audience: vec![0; posts],
        };
        for viewer in 0..attentive {
            for place in 0..each {
                let slot = views.slot(viewer, place);
                views.audience[slot] += 1;
            }
        }
        views
    }

    /// Which post stands at a viewer's place.
    pub(crate) fn slot(&self, viewer: usize, place: usize) -> usize {
        (viewer * self.each + place) % self.posts
    }

    /// The post's number among the load's, and its place with this viewer.
    #[inline]
    pub(crate) fn find(&self, viewer: usize, id: u64) -> Option<(usize, usize)> {
        let slot = self.number(id)?;
        let begin = viewer * self.each % self.posts;
        let place = if slot >= begin { slot - begin } else { slot + self.posts - begin };
        (place < self.each).then_some((slot, place))
    }

    /// The post's number among the load's. Ids mostly follow one another.
    #[inline]
    pub(crate) fn number(&self, id: u64) -> Option<usize> {
        let guess = usize::try_from(id.checked_sub(*self.ids.first()?)?).ok()?;
        if self.ids.get(guess) == Some(&id) {
            return Some(guess);
        }
        self.ids.binary_search(&id).ok()
    }

    #[inline]
    pub(crate) fn seen(&self, viewer: usize, place: usize) -> u64 {
        self.seen[viewer * self.each + place]
    }

    #[inline]
    pub(crate) fn see(&mut self, viewer: usize, place: usize, version: u64) {
        self.seen[viewer * self.each + place] = version;
    }

    /// Whether a viewer is counted on.
    #[inline]
    pub(crate) fn is_attentive(&self, viewer: usize) -> bool {
        viewer < self.attentive
    }

    /// How many attentive viewers a post has.
    #[inline]
    pub(crate) fn viewers_of(&self, slot: usize) -> u32 {
        self.audience[slot]
    }

    /// How many of a post's attentive viewers have a version.
    pub(crate) fn reached(&self, slot: usize, version: u64) -> u32 {
        let id = self.ids[slot];
        let has = |viewer: &usize| {
            self.find(*viewer, id).is_some_and(|(_, place)| self.seen(*viewer, place) >= version)
        };
        u32::try_from((0..self.attentive).filter(has).count()).unwrap_or(u32::MAX)
    }

    /// A viewer's connection is gone. Whether it was counted on and was there.
    pub(crate) fn lose(&mut self, viewer: usize) -> bool {
        !std::mem::replace(&mut self.lost[viewer], true) && self.is_attentive(viewer)
    }

    /// Whether a viewer's connection is gone.
    pub(crate) fn is_lost(&self, viewer: usize) -> bool {
        self.lost[viewer]
    }

    /// Every view of those who are counted on and there: viewer, post, version.
    pub(crate) fn all(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        self.of(0..self.attentive)
    }

    /// The same of those who never read.
    pub(crate) fn inattentive(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        self.of(self.attentive..self.viewers)
    }

    fn of(&self, viewers: std::ops::Range<usize>) -> impl Iterator<Item = (usize, usize, u64)> {
        let there = viewers.filter(|viewer| !self.lost[*viewer]);
        there.flat_map(move |viewer| {
            (0..self.each).map(move |place| (viewer, self.slot(viewer, place), self.seen(viewer, place)))
        })
    }

    /// The command that a viewer begins with.
    pub(crate) fn subscription(&self, viewer: usize, with_feed: bool, with_private: bool) -> String {
        let mut topics: Vec<String> = (0..self.each)
            .map(|place| format!(r#"{{"topic":"post:{}"}}"#, self.ids[self.slot(viewer, place)]))
            .collect();
        if with_feed {
            topics.push(r#"{"topic":"feed:latest"}"#.into());
        }
        if with_private {
            topics.extend(
                ["unread", "notifications", "conversations"].map(|topic| format!(r#"{{"topic":"{topic}"}}"#)),
            );
        }
        format!(r#"{{"type":"subscribe","ref":0,"topics":[{}]}}"#, topics.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_viewer_finds_its_posts_and_no_others() {
        let ids = vec![10, 11, 12, 20, 21];
        let views = Views::new(7, ids.clone(), 3, 7);
        for viewer in 0..7 {
            let slots: Vec<usize> = (0..3).map(|place| views.slot(viewer, place)).collect();
            for (slot, id) in ids.iter().enumerate() {
                let wanted = slots.iter().position(|own| *own == slot).map(|place| (slot, place));
                assert_eq!(views.find(viewer, *id), wanted, "viewer {viewer}, post {id}");
            }
            assert_eq!(
                (views.find(viewer, 9), views.find(viewer, 13), views.find(viewer, 99)),
                (None, None, None)
            );
        }
        assert_eq!((0..5).map(|slot| views.viewers_of(slot)).sum::<u32>(), 21);
    }

    #[test]
    fn those_who_never_read_are_not_counted_on() {
        let mut views = Views::new(4, vec![5], 1, 3);
        assert_eq!(views.viewers_of(0), 3);
        for viewer in 0..4 {
            views.see(viewer, 0, 8);
        }
        assert_eq!((views.reached(0, 8), views.reached(0, 9)), (3, 0));
        assert!(!views.lose(3) && views.lose(1) && !views.lose(1));
        assert_eq!((views.all().count(), views.inattentive().count()), (2, 0));
    }
}
