//! Watches the parts without which the site cannot go on. Each holds a [`Vital`]; the first that ends is known here at
//! once, to readiness and to whoever waits for [`Server::ended`](super::Server::ended).

use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::Vital;

/// Which part ended first; none while all live.
pub(super) struct Vitals(watch::Sender<Option<String>>);

impl Vitals {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// What the thread of a part holds.
    pub(super) fn part(&self, name: impl Into<String>) -> Vital {
        let first = self.0.clone();
        let ended = move |part: &str| {
            first.send_if_modified(|first| {
                let news = first.is_none();
                first.get_or_insert_with(|| part.to_owned());
                news
            });
        };
        Vital::new(name, Arc::new(ended))
    }

    pub(super) fn watch(&self) -> watch::Receiver<Option<String>> {
        self.0.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_part_that_ends_is_named_however_it_ended() {
        let vitals = Vitals::new();
        let mut watch = vitals.watch();
        let (first, second) = (vitals.part("hub-1"), vitals.part("presence"));
        assert_eq!(*watch.borrow(), None);
        let thread = std::thread::spawn(move || {
            let _held = first;
            panic!("a planted mistake");
        });
        assert!(thread.join().is_err());
        drop(second);
        let ended = watch.wait_for(Option::is_some).await.unwrap().clone();
        assert_eq!(ended.as_deref(), Some("hub-1"));
    }
}
