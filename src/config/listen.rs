//! Where to listen, as people write it: an address, a host name or nothing, and a port.

use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::str::FromStr;

use serde::Deserialize;

/// `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or `8080`; a port alone is on the loopback, as the default is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Listen(Vec<SocketAddr>);

impl Listen {
    /// The address; where a name has several, one of IPv4 goes first.
    pub fn address(&self) -> SocketAddr {
        let first = self.0.iter().find(|address| address.is_ipv4()).or(self.0.first());
        first.copied().unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)))
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let help =
            |why: &str| format!("{why}: write an address and a port, for example 127.0.0.1:8080 or [::]:80");
        let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
        let port = port.parse().map_err(|_| help("the port is a number from 0 to 65535"))?;
        if host.is_empty() {
            // `:80` means every address to some programs and the loopback to others.
            let alone = !text.contains(':');
            return if alone {
                Ok(Self(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))]))
            } else {
                Err(help("there is no address before the colon"))
            };
        }
        if let Ok(address) = text.parse() {
            return Ok(Self(vec![address]));
        }
        // Several colons without brackets are no host name, and nobody is to be asked for one.
        let found = if host.contains(':') { Vec::new() } else { look_up(host, port) };
        if found.is_empty() {
            return Err(help(&format!("this machine does not know the host name {host}")));
        }
        Ok(Self(found))
    }
}

fn look_up(host: &str, port: u16) -> Vec<SocketAddr> {
    (host, port).to_socket_addrs().map(Iterator::collect).unwrap_or_default()
}

impl TryFrom<String> for Listen {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.trim().parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_a_name_or_an_address_says_where_to_listen() {
        for (text, address) in [
            ("8080", "127.0.0.1:8080"),
            ("0", "127.0.0.1:0"),
            ("localhost:8080", "127.0.0.1:8080"),
            ("0.0.0.0:80", "0.0.0.0:80"),
            ("[::1]:81", "[::1]:81"),
        ] {
            assert_eq!(text.parse::<Listen>().unwrap().address(), address.parse().unwrap(), "{text}");
        }
    }

    #[test]
    fn what_says_no_place_is_answered_with_an_example() {
        for text in ["", "nowhere", "127.0.0.1", "127.0.0.1:99999", ":8080", "::1", "1::2:80", "localhost:"] {
            let error = text.parse::<Listen>().unwrap_err();
            assert!(error.contains("127.0.0.1:8080"), "{text}: {error}");
        }
    }
}
