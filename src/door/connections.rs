//! How many connections there are, in all and from each address. A place is taken before anything is read.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::domain::Address;

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// All places are taken.
    Everywhere,
    /// This address has as many as one may have.
    ForAddress,
}

/// Counts connections. Cheap to clone.
#[derive(Clone)]
pub struct Connections {
    table: Arc<Mutex<Table>>,
    total: usize,
    per_address: Option<usize>,
}

#[derive(Default)]
struct Table {
    total: usize,
    by_address: HashMap<Address, usize>,
}

/// A connection's place; given back when it is dropped.
pub struct Place {
    table: Arc<Mutex<Table>>,
    address: Option<Address>,
    counts: bool,
}

/// The place of a request's connection, as the request carries it. An upgraded socket keeps it.
#[derive(Clone)]
pub struct Held(pub Arc<Place>);

impl Connections {
    /// At most so many in all, and so many from one address if that is limited.
    pub fn new(total: usize, per_address: Option<usize>) -> Self {
        Self { table: Arc::default(), total, per_address }
    }

    /// A place for a new socket. Those of a proxy (`None`) count in all only.
    pub fn take(&self, address: Option<Address>) -> Result<Place, Full> {
        self.place(address, true)
    }

    /// A place by address only, for a client behind a proxy whose socket has a place in all already.
    pub fn take_behind_proxy(&self, address: Address) -> Result<Place, Full> {
        self.place(Some(address), false)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.table.lock().total
    }

    fn place(&self, address: Option<Address>, counts: bool) -> Result<Place, Full> {
        let mut table = self.table.lock();
        if counts && table.total >= self.total {
            return Err(Full::Everywhere);
        }
        if let Some(address) = address {
            let count = table.by_address.get(&address).copied().unwrap_or_default();
            if self.per_address.is_some_and(|limit| count >= limit) {
                return Err(Full::ForAddress);
            }
            table.by_address.insert(address, count + 1);
        }
        table.total += usize::from(counts);
        Ok(Place { table: self.table.clone(), address, counts })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.table.lock();
        table.total -= usize::from(self.counts);
        if let Some(address) = self.address
            && let Some(count) = table.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                table.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_limited_by_address_and_in_all_and_come_back() {
        let (a, b) = (Address::of([192, 0, 2, 1].into()), Address::of([192, 0, 2, 2].into()));
        let connections = Connections::new(3, Some(2));
        let first = connections.take(Some(a)).ok().unwrap();
        let _second = connections.take(Some(a)).ok().unwrap();
        assert_eq!(connections.take(Some(a)).err(), Some(Full::ForAddress));
        assert_eq!(connections.take_behind_proxy(a).err(), Some(Full::ForAddress));
        let _third = connections.take(Some(b)).ok().unwrap();
        assert_eq!(connections.take(Some(b)).err(), Some(Full::Everywhere));
        assert_eq!(connections.take(None).err(), Some(Full::Everywhere));
        drop(first);
        let _again = connections.take(Some(a)).ok().unwrap();
        assert_eq!(connections.table.lock().total, 3);
    }
}
