//! Likes on their way: asked for and not answered. Each has a number that comes back in the answer; a number is used
//! again, but not the same `ref`, so that an answer that comes twice is noticed.

use crate::net::Nanos;

/// A like on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flight {
    /// When it was due.
    pub(crate) sent: Nanos,
    pub(crate) actor: u32,
    /// Which of the load's posts.
    pub(crate) slot: u32,
    pub(crate) on: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    places: Vec<(u32, Option<Flight>)>,
    free: Vec<u32>,
}

const PLACE_BITS: u32 = 24;

impl Flights {
    /// Takes a like in; gives its `ref`.
    pub(crate) fn start(&mut self, flight: Flight) -> u64 {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push((0, None));
            // A run that has sixteen million likes on their way has been refused long before.
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        });
        let (round, taken) = &mut self.places[place as usize];
        *round = (*round + 1) & 0x0fff_ffff;
        *taken = Some(flight);
        u64::from(*round) << PLACE_BITS | u64::from(place)
    }

    /// The answer to it has come.
    pub(crate) fn land(&mut self, reference: u64) -> Option<Flight> {
        let place = reference & ((1 << PLACE_BITS) - 1);
        let (round, taken) = self.places.get_mut(usize::try_from(place).ok()?)?;
        if u64::from(*round) != reference >> PLACE_BITS {
            return None;
        }
        let flight = taken.take()?;
        self.free.push(u32::try_from(place).ok()?);
        Some(flight)
    }

    /// Who has some on their way.
    pub(crate) fn actors(&self) -> Vec<usize> {
        self.places.iter().filter_map(|(_, flight)| Some(flight.as_ref()?.actor as usize)).collect()
    }

    /// How many are on their way.
    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_lands_once() {
        let mut flights = Flights::default();
        let flight = Flight { sent: 5, actor: 1, slot: 2, on: true };
        let first = flights.start(flight);
        let second = flights.start(Flight { actor: 9, ..flight });
        assert_eq!((flights.len(), flights.land(first), flights.land(first)), (2, Some(flight), None));
        let third = flights.start(flight);
        assert_ne!(third, first, "the place is used again, the ref is not");
        assert_eq!(flights.land(first), None);
        assert_eq!(flights.land(second).unwrap().actor, 9);
        assert_eq!((flights.land(u64::MAX), flights.len()), (None, 1));
        assert!(third < plaudit_protocol::INTEGER_LIMIT);
    }
}
