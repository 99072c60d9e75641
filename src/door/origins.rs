//! Which pages may act: those of the site itself and of configured origins, equal in scheme, host and port.
//! For requests that change something and for socket upgrades; reading needs no origin.

use std::time::Duration;

use url::Url;

use super::seldom::Seldom;
use crate::domain::{Error, Result};

/// The headers that the rule looks at, as text; a header that is there but not readable is `Some("")`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claims<'a> {
    /// `Host`.
    pub host: Option<&'a str>,
    /// `Origin`.
    pub origin: Option<&'a str>,
    /// `Sec-Fetch-Site`.
    pub fetch_site: Option<&'a str>,
}

/// The allowed origins.
#[derive(Debug)]
pub struct Origins {
    public: Option<String>,
    /// The host of the public address, without a port.
    public_host: Option<String>,
    further: Vec<String>,
    secure: bool,
    complaint: Seldom,
}

/// A refused origin is logged this often at most.
const COMPLAINT_EVERY: Duration = Duration::from_mins(1);

impl Origins {
    /// The site's own address, if it is configured, and further allowed ones.
    pub fn new(public: Option<&Url>, further: &[Url]) -> Self {
        let ascii = |url: &Url| url.origin().ascii_serialization();
        Self {
            public: public.map(ascii),
            public_host: public.and_then(Url::host_str).map(ToOwned::to_owned),
            further: further.iter().map(ascii).collect(),
            secure: public.is_some_and(|url| url.scheme() == "https"),
            complaint: Seldom::every(COMPLAINT_EVERY),
        }
    }

    /// Whether visitors come by https.
    pub fn secure(&self) -> bool {
        self.secure
    }

    /// The site's own origin, as this request sees it.
    pub fn own(&self, host: Option<&str>) -> String {
        self.public.clone().unwrap_or_else(|| format!("http://{}", host.unwrap_or("localhost")))
    }

    /// The public origin, if this Host is another spelling of its name: with `www.` before it or without, with the dot of
    /// the root behind it, in capitals. The port does not count: proxies leave it out.
    pub fn moved_from(&self, host: &str) -> Option<&str> {
        fn bare(name: &str) -> &str {
            let name = name.strip_suffix('.').unwrap_or(name);
            name.strip_prefix("www.").unwrap_or(name)
        }
        let public = self.public_host.as_deref()?;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
        let is_other = name != public && bare(&name) == bare(public);
        is_other.then_some(self.public.as_deref()).flatten()
    }

    /// Whether a request comes from a page of a configured origin that is not the site's own.
    pub fn is_foreign(&self, claims: Claims<'_>) -> bool {
        claims.origin.is_some_and(|origin| self.is_further(origin) && !self.is_own(origin, claims.host))
    }

    /// Logs that an origin was refused, now and then: a wrong public address refuses every click.
    pub fn complain(&self, claims: Claims<'_>) {
        if self.complaint.is_due() {
            let Claims { host, origin, .. } = claims;
            let expected = self.own(host);
            tracing::warn!(
                expected,
                ?origin,
                ?host,
                "a page at another address than the site's was refused; if visitors see this site at that address, set \
                 public-url to it"
            );
        }
    }

    /// A request that changes something: a foreign page is refused; a script, which sends neither header, passes.
    pub fn check_request(&self, claims: Claims<'_>) -> Result<()> {
        let cross = claims.fetch_site.is_some_and(|site| !matches!(site, "same-origin" | "none"));
        // A page of a configured origin is cross-site by nature: its origin decides alone.
        match claims.origin {
            Some(origin) if self.is_further(origin) => Ok(()),
            Some(origin) if cross || !self.is_own(origin, claims.host) => Err(Error::BadOrigin),
            None if cross => Err(Error::BadOrigin),
            _ => Ok(()),
        }
    }

    /// A socket upgrade: a browser always names its origin, so a cookie without one is refused.
    pub fn check_upgrade(&self, claims: Claims<'_>, has_cookie: bool) -> Result<()> {
        match claims.origin {
            Some(origin) if self.is_further(origin) || self.is_own(origin, claims.host) => Ok(()),
            None if !has_cookie => Ok(()),
            _ => Err(Error::BadOrigin),
        }
    }

    fn is_further(&self, origin: &str) -> bool {
        self.further.iter().any(|further| further == origin)
    }

    fn is_own(&self, origin: &str, host: Option<&str>) -> bool {
        match (&self.public, host) {
            (Some(public), _) => public == origin,
            // The browser writes the origin without a default port, and so may it write the Host.
            (None, Some(host)) => origin.strip_prefix("http://").is_some_and(|rest| {
                !rest.is_empty() && rest.eq_ignore_ascii_case(host.trim_end_matches(":80"))
            }),
            (None, None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Origins {
        Origins::new(
            Some(&"https://example.org".parse().unwrap()),
            &["https://shop.example".parse().unwrap()],
        )
    }

    fn request(origins: &Origins, origin: Option<&str>, fetch_site: Option<&str>) -> bool {
        origins.check_request(Claims { host: Some("example.org"), origin, fetch_site }).is_ok()
    }

    #[test]
    fn only_an_origin_that_is_equal_in_scheme_host_and_port_may_act() {
        let site = site();
        assert!(request(&site, Some("https://example.org"), Some("same-origin")));
        assert!(request(&site, Some("https://shop.example"), Some("cross-site")));
        for foreign in [
            "http://example.org",
            "https://example.org:8443",
            "https://example.org.evil.test",
            "https://evil.test/https://example.org",
            "https://www.example.org",
            "https://example.org/",
            "null",
            "",
        ] {
            assert!(!request(&site, Some(foreign), None), "{foreign:?}");
            let claims = Claims { host: Some("example.org"), origin: Some(foreign), fetch_site: None };
            assert!(site.check_upgrade(claims, false).is_err(), "{foreign:?}");
        }
    }

    #[test]
    fn fetch_metadata_refuses_what_comes_from_elsewhere() {
        let site = site();
        assert!(!request(&site, None, Some("cross-site")));
        assert!(!request(&site, None, Some("same-site")));
        assert!(!request(&site, Some("https://example.org"), Some("cross-site")));
        assert!(request(&site, None, Some("none")));
        assert!(request(&site, None, None));
    }

    #[test]
    fn another_spelling_of_the_sites_name_is_known() {
        let site = site();
        for other in
            ["www.example.org", "example.org.", "EXAMPLE.org.", "www.example.org.:8443", "www.example.org:80"]
        {
            assert_eq!(site.moved_from(other), Some("https://example.org"), "{other}");
        }
        for same in [
            "example.org",
            "EXAMPLE.org",
            "example.org:8443",
            "a.example.org",
            "wwwexample.org",
            "[::1]:80",
            "",
        ] {
            assert_eq!(site.moved_from(same), None, "{same}");
        }
        let www = Origins::new(Some(&"http://www.example.org:8080".parse().unwrap()), &[]);
        assert_eq!(www.moved_from("example.org"), Some("http://www.example.org:8080"));
        assert_eq!(www.moved_from("www.example.org"), None);
        assert_eq!(Origins::new(None, &[]).moved_from("www.example.org"), None);
    }

    #[test]
    fn a_configured_origin_is_foreign_and_the_own_one_is_not() {
        let claims = |origin| Claims { host: Some("example.org"), origin: Some(origin), fetch_site: None };
        assert!(site().is_foreign(claims("https://shop.example")));
        assert!(
            !site().is_foreign(claims("https://example.org"))
                && !site().is_foreign(claims("https://evil.test"))
        );
        let twice = Origins::new(None, &["http://example.org".parse().unwrap()]);
        assert!(!twice.is_foreign(claims("http://example.org")));
    }

    #[test]
    fn without_a_public_url_the_host_decides() {
        let site = Origins::new(None, &[]);
        let claims = |host, origin| Claims { host: Some(host), origin: Some(origin), fetch_site: None };
        assert!(site.check_request(claims("127.0.0.1:8080", "http://127.0.0.1:8080")).is_ok());
        assert!(site.check_request(claims("localhost:80", "http://localhost")).is_ok());
        assert!(site.check_request(claims("127.0.0.1:8080", "https://127.0.0.1:8080")).is_err());
        assert!(site.check_request(claims("127.0.0.1:8080", "http://127.0.0.1:8081")).is_err());
        assert!(site.check_request(claims("127.0.0.1:8080", "http://localhost:8080")).is_err());
    }

    #[test]
    fn a_socket_with_a_cookie_needs_an_origin() {
        let none = Claims { host: Some("example.org"), ..Claims::default() };
        assert!(site().check_upgrade(none, true).is_err());
        assert!(site().check_upgrade(none, false).is_ok());
    }
}
