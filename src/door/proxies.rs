//! Where a request really comes from: the socket's address, or what a trusted proxy says of it.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

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

/// The proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<Network>);

impl Proxies {
    /// Believes these networks.
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// Whether this address is a proxy that is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.0.contains(&address))
    }

    /// The client's address: from a trusted peer, the rightmost hop of `X-Forwarded-For` that is not a trusted proxy
    /// itself. Everything left of it was written by that hop, and could be anything.
    pub fn address<'a>(&self, peer: IpAddr, forwarded: impl DoubleEndedIterator<Item = &'a str>) -> Address {
        if !self.trusts(peer) {
            return Address::of(peer);
        }
        let mut client = peer;
        for hop in forwarded.rev().flat_map(|line| line.rsplit(',')) {
            let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
            client = hop;
            if !self.trusts(hop) {
                break;
            }
        }
        Address::of(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: &[&str]) -> String {
        let proxies = Proxies::new(vec!["10.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()]);
        proxies.address(peer.parse().unwrap(), forwarded.iter().copied()).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        assert_eq!(address("192.0.2.1", &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn the_rightmost_untrusted_hop_is_the_client() {
        assert_eq!(address("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(address("10.0.0.1", &["1.1.1.1, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(address("10.0.0.1", &["1.1.1.1", "198.51.100.7,10.0.0.2"]), "198.51.100.7");
        assert_eq!(address("::1", &["198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn nonsense_ends_the_chain_at_the_last_good_hop() {
        assert_eq!(address("10.0.0.1", &["1.1.1.1, nonsense, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(address("10.0.0.1", &[]), "10.0.0.1");
    }
}
