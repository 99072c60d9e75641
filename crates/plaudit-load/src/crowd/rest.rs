//! The end of a load: everything comes to rest, and must stand where the acknowledgements say.

use std::time::{Duration, Instant};

use super::Crowd;
use crate::net::Net;
use crate::people::standing;
use crate::scenario::Acknowledged;
use crate::site::Site;

/// After that nothing more may come: some ticks, so that a frame that is sent twice is seen.
const GRACE: Duration = Duration::from_millis(300);

impl Crowd {
    /// No more likes; waits until those on their way are answered and every viewer was shown the last.
    pub(crate) fn come_to_rest(&mut self, net: &mut Net) -> anyhow::Result<()> {
        self.depth = 0;
        let began = Instant::now();
        while (self.flights.len() > 0 || self.is_anybody_behind()) && began.elapsed() < self.patience {
            net.turn(self, Duration::from_millis(10))?;
            self.catch_up();
        }
        let rest = Instant::now();
        while rest.elapsed() < GRACE.min(self.patience) {
            net.turn(self, Duration::from_millis(20))?;
        }
        self.catch_up();
        for tally in &mut self.tallies {
            tally.watch = None;
        }
        Ok(())
    }

    fn is_anybody_behind(&self) -> bool {
        let last: Vec<u64> = self.tallies.iter().map(|tally| tally.last().0).collect();
        self.views.all().any(|(_, slot, seen)| seen < last[slot])
    }

    /// Compares everything with everything else: acknowledgements among themselves, with what each viewer has on its
    /// screen, and with what a new visitor is told.
    pub(crate) fn verify(&mut self, site: &Site) -> anyhow::Result<()> {
        let unanswered = self.flights.len();
        if unanswered > 0 {
            self.faults.add(|| format!("{unanswered} likes were never answered"));
        }
        for tally in &self.tallies {
            tally.check(&mut self.faults);
        }
        let last: Vec<(u64, u64)> = self.tallies.iter().map(super::Tally::last).collect();
        for (viewer, slot, seen) in self.views.all() {
            let ((version, likes), post) = (last[slot], self.tallies[slot].post);
            if seen != version {
                self.faults.add(|| {
                    format!(
                        "viewer {viewer} ended on version {seen} of post {post}; the last acknowledged is {version}, \
                         with {likes} likes"
                    )
                });
            }
        }
        for early in &self.early {
            let (post, version) = (self.tallies[early.slot as usize].post, early.version);
            self.faults.add(|| {
                format!("a viewer was shown version {version} of post {post}: nobody was told it was made")
            });
        }
        let mut client = site.client()?;
        for (tally, (version, likes)) in self.tallies.iter().zip(&last) {
            let now = standing(&mut client, tally.post)?;
            if (now.version, now.likes) != (*version, *likes) {
                let post = tally.post;
                self.faults.add(|| {
                    format!(
                        "a new visitor of post {post} finds {} likes at version {}; acknowledged are {likes} at {version}",
                        now.likes, now.version
                    )
                });
            }
        }
        Ok(())
    }

    /// The server is gone: what was acknowledged until then, and what was on its way. Reads what still came.
    pub(crate) fn end_here(&mut self, net: &mut Net) -> anyhow::Result<Acknowledged> {
        self.depth = 0;
        self.ending = true;
        let began = Instant::now();
        while !self.actors.iter().all(|actor| actor.gone) && began.elapsed() < self.patience {
            net.turn(self, Duration::from_millis(10))?;
        }
        let posts = self.tallies.len();
        let unsure = self.flights.actors();
        let likers = self
            .actors
            .iter()
            .enumerate()
            .map(|(at, actor)| (actor.token.clone(), self.likes[at * posts], unsure.contains(&at)));
        let count = usize::try_from(self.count.acknowledged).unwrap_or(usize::MAX);
        Ok(Acknowledged { count, last: self.tallies[0].last(), likers: likers.collect() })
    }

    /// Lets those who never read begin to, and waits until each is on the last number or was hung up on, as the server
    /// may do. Gives how many are still there.
    pub(crate) fn wake_inattentive(&mut self, net: &mut Net) -> anyhow::Result<usize> {
        let first = self.actors.len() + self.plan.viewers - self.plan.inattentive;
        for id in first..first + self.plan.inattentive {
            net.resume(id);
        }
        let last: Vec<u64> = self.tallies.iter().map(|tally| tally.last().0).collect();
        let began = Instant::now();
        while began.elapsed() < self.patience
            && self.views.inattentive().any(|(_, slot, seen)| seen < last[slot])
        {
            net.turn(self, Duration::from_millis(10))?;
        }
        for (viewer, slot, seen) in self.views.inattentive() {
            if seen != last[slot] {
                self.faults.add(|| {
                    format!(
                        "viewer {viewer} read again and ended on version {seen} instead of {}",
                        last[slot]
                    )
                });
            }
        }
        let viewers = self.plan.viewers - self.plan.inattentive..self.plan.viewers;
        Ok(viewers.filter(|viewer| !self.views.is_lost(*viewer)).count())
    }
}
