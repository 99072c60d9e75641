//! Where a request really comes from: the socket's address, or what a trusted proxy says of it.

use std::borrow::Cow;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

use super::hops;
use super::seldom::Seldom;
use crate::domain::Address;

/// A network as an operator writes it: `10.0.0.0/8`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        network.map(Self).ok_or_else(|| format!("{text}: a network like 10.0.0.0/8, or an address"))
    }
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// What proxies say of a request's way, line by line as the request carries it.
#[derive(Debug, Default)]
pub struct Forwarded<'a> {
    /// `X-Forwarded-For`.
    pub x_forwarded_for: Vec<Cow<'a, str>>,
    /// `Forwarded`, RFC 7239. It counts only where there is no `X-Forwarded-For`: a proxy writes one of the two, and
    /// what a visitor claims in the other passes through it.
    pub forwarded: Vec<Cow<'a, str>>,
}

/// The proxies that are believed.
#[derive(Debug)]
pub struct Proxies {
    networks: Vec<Network>,
    /// Once is enough to look at the proxy's configuration.
    complaint: Seldom,
}

impl Proxies {
    /// Believes these networks.
    pub fn new(networks: Vec<Network>) -> Self {
        Self { networks, complaint: Seldom::once() }
    }

    /// Whether this address is a proxy that is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.0.contains(&address))
    }

    /// The client's address: from a trusted peer, the rightmost hop that is not a trusted proxy itself. Everything left
    /// of it was written by that hop, and could be anything. A hop that cannot be read ends the chain: the one before
    /// it counts.
    pub fn address(&self, peer: IpAddr, forwarded: &Forwarded<'_>) -> Address {
        if !self.trusts(peer) {
            return Address::of(peer);
        }
        let mut client = peer;
        for hop in hops::from_the_right(forwarded) {
            match hop {
                Ok(hop) => client = hop,
                Err(unreadable) => {
                    self.complain(&unreadable);
                    break;
                }
            }
            if !self.trusts(client) {
                break;
            }
        }
        Address::of(client)
    }

    fn complain(&self, hop: &str) {
        if self.complaint.is_due() {
            let hop: String = hop.chars().take(60).collect();
            tracing::warn!(
                hop,
                "a trusted proxy forwards an address that cannot be read, so its visitors share one address; this is \
                 said once"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(peer: &str, x_forwarded_for: &[&str], forwarded: &[&str]) -> String {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
        let lines = |lines: &[&str]| lines.iter().map(|line| Cow::Owned((*line).to_owned())).collect();
        let said = Forwarded { x_forwarded_for: lines(x_forwarded_for), forwarded: lines(forwarded) };
        proxies.address(peer.parse().unwrap(), &said).to_string()
    }

    fn address(peer: &str, x_forwarded_for: &[&str]) -> String {
        ask(peer, x_forwarded_for, &[])
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(address("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
        assert_eq!(ask("192.0.2.1", &[], &["for=198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn the_rightmost_untrusted_hop_is_the_client() {
        assert_eq!(address("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(address("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(address("10.0.0.1", &["1.1.1.1", "198.51.100.7,10.0.0.2"]), "198.51.100.7");
        assert_eq!(address("::1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(ask("::1", &[], &["for=1.1.1.1, for=198.51.100.7;by=x", "for=10.0.0.2"]), "198.51.100.7");
    }

    #[test]
    fn nonsense_ends_the_chain_at_the_last_good_hop() {
        assert_eq!(address("10.0.0.1", &["1.1.1.1, nonsense, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(address("10.0.0.1", &["1.1.1.1, \u{fffd}, 198.51.100.7:80"]), "198.51.100.7");
        assert_eq!(ask("10.0.0.1", &[], &["for=1.1.1.1, for=_hidden, for=10.0.0.2"]), "10.0.0.2");
        assert_eq!(address("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_visitor_claims_beside_the_proxys_own_header_does_not_count() {
        assert_eq!(ask("10.0.0.1", &["198.51.100.7"], &["for=1.1.1.1"]), "198.51.100.7");
        assert_eq!(ask("10.0.0.1", &["nonsense"], &["for=1.1.1.1"]), "10.0.0.1");
    }

    #[test]
    fn nonsense_is_logged_once_and_a_missing_header_is_not() {
        let is_logged = |lines: Vec<Cow<'_, str>>| {
            let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap()]);
            let said = Forwarded { x_forwarded_for: lines, ..Forwarded::default() };
            proxies.address("10.0.0.1".parse().unwrap(), &said);
            !proxies.complaint.is_due()
        };
        assert!(is_logged(vec!["nonsense".into()]));
        assert!(!is_logged(vec![]) && !is_logged(vec!["192.0.2.1:80".into()]));
    }
}
