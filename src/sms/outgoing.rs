//! Calls to a provider: what certainly did not reach it is told apart from what may have.

use std::time::Duration;

use http::{StatusCode, header};
use reqwest::{Client, RequestBuilder, redirect};
use url::Url;

/// A call ends within this time.
const WHOLE: Duration = Duration::from_secs(10);
/// Until then there is a connection, or nothing was sent.
const CONNECT: Duration = Duration::from_secs(5);
/// Nobody is asked to wait for longer.
const LONGEST_WAIT: Duration = Duration::from_mins(15);

/// A client for the API at this address. It follows no redirect and takes no proxy from the environment.
pub(super) fn client(api: &Url) -> Result<Client, String> {
    check(api)?;
    // Whoever is first wins: all of this program wants ring.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder();
    // Plain HTTP needs no certificate.
    let client = if api.scheme() == "http" { client.tls_certs_only([]) } else { client };
    client
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT)
        .timeout(WHOLE)
        // A kept connection that the provider has just closed looks like a text that may have been sent.
        .pool_max_idle_per_host(0)
        .user_agent("Plaudit")
        .build()
        .map_err(|error| {
            format!("sms: can't prepare connections ({error}): are this machine's CA certificates installed?")
        })
}

/// Checks an API's address: secrets go there, so it is https, or http on this machine.
fn check(api: &Url) -> Result<(), String> {
    let is_local = match api.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return Err("sms: api: an address such as https://api.twilio.com.".to_owned()),
    };
    let is_plain = api.username().is_empty() && api.query().is_none() && api.fragment().is_none();
    if !is_plain || !(api.scheme() == "https" || api.scheme() == "http" && is_local) {
        return Err("sms: api: an address with https, or with http on this machine, and no query.".to_owned());
    }
    Ok(())
}

/// A path of an API, below its address.
pub(super) fn address(api: &Url, path: &str) -> Url {
    let mut address = api.clone();
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    address.set_path(&format!("{}{path}", api.path().trim_end_matches('/')));
    address.set_query(query);
    address
}

/// What a provider has answered.
pub(super) struct Answered {
    /// With which status.
    pub(super) status: StatusCode,
    /// How long it asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// The body.
    pub(super) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// There was no connection: nothing was sent.
    NotConnected,
    /// Something was sent, and then nothing that can be used came back.
    Silence(&'static str),
}

impl NoAnswer {
    /// For the log.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::NotConnected => "no connection",
            Self::Silence(words) => words,
        }
    }
}

/// Sends a request and reads an answer of at most `limit` bytes. A `reqwest::Error` never leaves this function: it shows
/// the address, where numbers may stand.
pub(super) async fn call(request: RequestBuilder, limit: usize) -> Result<Answered, NoAnswer> {
    let mut response = request.send().await.map_err(|error| {
        if error.is_connect() || error.is_builder() {
            NoAnswer::NotConnected
        } else if error.is_timeout() {
            NoAnswer::Silence("no answer within 10 seconds")
        } else {
            NoAnswer::Silence("the connection broke")
        }
    })?;
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|_| NoAnswer::Silence("the answer broke off"))? {
        if body.len() + part.len() > limit {
            return Err(NoAnswer::Silence("the answer is too large"));
        }
        body.extend_from_slice(&part);
    }
    let wait =
        response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(Answered {
        status: response.status(),
        retry_after: wait.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)),
        body,
    })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn an_api_is_reached_by_https_or_on_this_machine() {
        for good in
            ["https://api.twilio.com", "http://127.0.0.1:9010", "http://[::1]:1", "http://localhost/api"]
        {
            assert_eq!(check(&good.parse().unwrap()), Ok(()), "{good}");
        }
        for bad in [
            "http://api.twilio.com",
            "ftp://localhost",
            "https://a:b@api.twilio.com",
            "https://api.twilio.com?x=1",
            "file:///etc/passwd",
        ] {
            assert!(check(&bad.parse().unwrap()).is_err(), "{bad}");
        }
    }

    /// A server of one answer: it reads the request, writes this, and then says nothing more.
    async fn answer(body: &'static str) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            socket.read_exact(&mut [0; 16]).await.unwrap();
            socket.write_all(body.as_bytes()).await.unwrap();
            std::future::pending::<()>().await;
        });
        url
    }

    #[tokio::test]
    async fn what_may_have_arrived_is_told_apart_from_what_certainly_did_not() {
        let ask = async |url: Url| {
            let request = client(&url).unwrap().get(url).timeout(Duration::from_millis(300));
            call(request, 10).await.map(|answered| String::from_utf8(answered.body).unwrap())
        };
        let silence = |words| Err(NoAnswer::Silence(words));
        assert_eq!(
            ask(answer("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await).await,
            Ok("ok".to_owned())
        );
        assert_eq!(ask(answer("").await).await, silence("no answer within 10 seconds"));
        let half = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
        assert_eq!(ask(answer(half).await).await, silence("the answer broke off"));
        let large = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n12345678901";
        assert_eq!(ask(answer(large).await).await, silence("the answer is too large"));
        assert_eq!(ask(answer("nonsense\r\n\r\n").await).await, silence("the connection broke"));
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        assert_eq!(ask(format!("http://{closed}").parse().unwrap()).await, Err(NoAnswer::NotConnected));
    }

    #[test]
    fn a_path_stands_below_the_api_s_address() {
        for (api, path, whole) in [
            ("https://api.twilio.com", "/a.json", "https://api.twilio.com/a.json"),
            ("http://localhost:1/sub/", "/a.json?b=%2B1", "http://localhost:1/sub/a.json?b=%2B1"),
        ] {
            assert_eq!(address(&api.parse().unwrap(), path).as_str(), whole);
        }
    }
}
