//! What was received and should not have been, or the other way round. The first few are kept in words, all are
//! counted: one mistake of the server can show on ten thousand connections.

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    count: u64,
    said: Vec<String>,
}

/// So many are kept in words.
const SAID: usize = 10;

impl Faults {
    /// Notes a fault; the words are made only if they are kept.
    #[cold]
    pub(crate) fn add<S: Into<String>>(&mut self, say: impl FnOnce() -> S) {
        self.count += 1;
        if self.said.len() < SAID {
            self.said.push(say().into());
        }
    }

    /// Takes over what another found.
    pub(crate) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.said.extend(other.said);
        self.said.truncate(SAID);
    }

    /// How many.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The first of them.
    pub(crate) fn said(&self) -> &[String] {
        &self.said
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_counted_and_the_first_are_kept() {
        let mut faults = Faults::default();
        assert!(faults.is_empty());
        for number in 0..25 {
            faults.add(|| format!("fault {number}"));
        }
        let mut more = Faults::default();
        more.add(|| "one more");
        faults.merge(more);
        assert_eq!((faults.count(), faults.said().len()), (26, SAID));
        assert_eq!(faults.said()[0], "fault 0");
    }
}
