//! The hops that a request's headers name, in all the spellings that proxies use. They are read from the right: the
//! nearest proxy wrote the last one.

use std::net::{IpAddr, Ipv6Addr};

use super::proxies::Forwarded;

/// Every hop from the right, or the text of one that names no address.
pub(super) fn from_the_right<'a>(
    forwarded: &'a Forwarded<'_>,
) -> Box<dyn Iterator<Item = Result<IpAddr, String>> + 'a> {
    if forwarded.x_forwarded_for.is_empty() {
        let elements = forwarded.forwarded.iter().rev().flat_map(|line| split(line, ',').into_iter().rev());
        Box::new(elements.filter(|element| !element.trim().is_empty()).map(element))
    } else {
        let hops = forwarded.x_forwarded_for.iter().rev().flat_map(|line| line.rsplit(','));
        let hops = hops.filter(|hop| !hop.trim().is_empty());
        Box::new(hops.map(|hop| node(hop).ok_or_else(|| hop.to_owned())))
    }
}

/// One element of `Forwarded`: `for="[2001:db8::1]:4711";proto=https;by=203.0.113.43`.
fn element(element: &str) -> Result<IpAddr, String> {
    let pairs = split(element, ';');
    let mut pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
    let named = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    named.and_then(|(_, value)| node(value)).ok_or_else(|| element.to_owned())
}

/// The address of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`, with a zone
/// (`fe80::1%eth0`), in quotes. `unknown` and `_names` are of RFC 7239 as well, and name no address.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    // In quotes a backslash may stand before any character.
    let text = quoted.map_or_else(|| text.to_owned(), |text| text.trim().replace('\\', ""));
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return fits.then(|| without_zone(address)).flatten();
    }
    match text.split_once(':') {
        Some((_, more)) if more.contains(':') => without_zone(&text),
        Some((address, port)) => is_port(port).then(|| address.parse().ok().map(IpAddr::V4)).flatten(),
        None => text.parse().ok().map(IpAddr::V4),
    }
}

fn without_zone(text: &str) -> Option<IpAddr> {
    let (address, _zone) = text.split_once('%').unwrap_or((text, ""));
    address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

/// RFC 7239, 6: digits, or a name that begins with an underscore.
fn is_port(text: &str) -> bool {
    let is_number = !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number || text.starts_with('_')
}

/// The parts between separators. A separator in quotes separates nothing.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut in_quotes, mut is_escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' if in_quotes => is_escaped = true,
            '"' => in_quotes = !in_quotes,
            _ if letter == separator && !in_quotes => {
                parts.push(&text[start..at]);
                start = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    if in_quotes {
        // A visitor left a quote open before the proxy wrote its part: the visitor's must not swallow the proxy's.
        return text.split(separator).collect();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(forwarded: &Forwarded<'_>) -> Vec<Option<String>> {
        from_the_right(forwarded).map(|hop| hop.ok().map(|hop| hop.to_string())).collect()
    }

    fn x(line: &str) -> Vec<Option<String>> {
        read(&Forwarded { x_forwarded_for: vec![line.into()], ..Forwarded::default() })
    }

    fn rfc(line: &str) -> Vec<Option<String>> {
        read(&Forwarded { forwarded: vec![line.into()], ..Forwarded::default() })
    }

    fn found(hops: &[&str]) -> Vec<Option<String>> {
        hops.iter().map(|hop| Some((*hop).to_owned())).collect()
    }

    #[test]
    fn every_spelling_of_an_address_is_read() {
        for v4 in
            ["192.0.2.1", " 192.0.2.1 ", "192.0.2.1:4711", "\"192.0.2.1\"", "\"192.0.2.1:80\"", "192.0.2.1,"]
        {
            assert_eq!(x(v4), found(&["192.0.2.1"]), "{v4}");
        }
        for v6 in [
            "2001:db8::1",
            "[2001:db8::1]",
            "[2001:db8::1]:80",
            "\"[2001:db8::1]:80\"",
            "2001:db8::1%eth0",
            "[2001:db8::1%25eth0]:80",
            "[2001:DB8:0:0::1]",
            ", 2001:db8::1 , ,",
        ] {
            assert_eq!(x(v6), found(&["2001:db8::1"]), "{v6}");
        }
        let three = found(&["192.0.2.1", "2001:db8::1", "1.1.1.1"]);
        assert_eq!(x("1.1.1.1,[2001:db8::1]:80 ,,192.0.2.1:1"), three);
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_has_it() {
        for line in [
            "for=192.0.2.1",
            "For=192.0.2.1;Proto=https;By=203.0.113.43",
            "proto=http; for = \"192.0.2.1:4711\"",
            "host=\"a,b;for=9.9.9.9\";for=192.0.2.1",
            "by=\"a\\\"b, c\";for=192.0.2.1",
            "for=192.0.2.1,",
        ] {
            assert_eq!(rfc(line), found(&["192.0.2.1"]), "{line}");
        }
        assert_eq!(rfc("for=\"[2001:db8:cafe::17]:4711\""), found(&["2001:db8:cafe::17"]));
        assert_eq!(rfc("for=1.1.1.1, for=\"[2001:db8::1]\""), found(&["2001:db8::1", "1.1.1.1"]));
        for open in ["for=\"", "for=\"1.1.1.1", "for=\"\\\""] {
            assert_eq!(rfc(&format!("{open}, for=192.0.2.1"))[0], found(&["192.0.2.1"])[0], "{open}");
            assert_eq!(rfc(&format!("{open}, for=\"192.0.2.1:80\""))[0], found(&["192.0.2.1"])[0], "{open}");
        }
        for nothing in ["for=unknown", "for=_gazonk", "proto=https", "for=", "192.0.2.1"] {
            assert_eq!(rfc(nothing), [None], "{nothing}");
        }
    }

    #[test]
    fn what_is_no_address_is_none() {
        for nonsense in [
            "unknown",
            "_a",
            "localhost",
            "192.0.2",
            "192.0.2.1:",
            "192.0.2.1:x",
            "[192.0.2.1]",
            "[::1",
            "[::1]x",
            "\"",
        ] {
            assert_eq!(x(nonsense), [None], "{nonsense}");
        }
        assert_eq!(x(""), []);
    }
}
