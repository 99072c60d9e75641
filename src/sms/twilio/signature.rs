//! `X-Twilio-Signature`: a keyed hash over the address, and over the form's fields or the body's hash.
//!
//! It has neither time nor nonce, so a call that somebody has listened to can come again for ever: the message's id makes
//! it one. Source: "Validating requests are coming from Twilio" and twilio-node's `webhooks.ts`.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, header};
use ring::{digest, hmac};
use url::form_urlencoded;

use crate::sms::{Forged, Hook, Secrets};

const SIGNATURE: &str = "x-twilio-signature";
const SETTINGS: &str = "x-twilio-webhooks-signature-settings";

/// Whether one of the secrets has signed this call, for its address with or without a port: Twilio does both.
pub(super) fn verify(hook: &Hook<'_>, secrets: &Secrets) -> Result<(), Forged> {
    let signature = hook.headers.get(SIGNATURE).ok_or(Forged("missing"))?;
    let signature = BASE64_STANDARD.decode(signature.as_bytes()).map_err(|_| Forged("not base64"))?;
    let fields = if is_form(hook.headers) {
        fields(hook.body)
    } else {
        check_hash(hook)?;
        String::new()
    };
    let algorithm = algorithm(hook.headers)?;
    let is_right = addresses(hook.url).iter().any(|address| {
        let signed = format!("{address}{fields}");
        secrets.all().any(|secret| {
            let key = hmac::Key::new(algorithm, secret.reveal().as_bytes());
            hmac::verify(&key, signed.as_bytes(), &signature).is_ok()
        })
    });
    if is_right { Ok(()) } else { Err(Forged("wrong")) }
}

pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// SHA-1 as ever; a shared key announces SHA-256.
fn algorithm(headers: &HeaderMap) -> Result<hmac::Algorithm, Forged> {
    let Some(settings) = headers.get(SETTINGS) else { return Ok(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY) };
    let settings = settings.to_str().unwrap_or_default();
    let algorithm = settings.split(',').find_map(|setting| setting.trim().strip_prefix("algorithm="));
    match algorithm {
        Some("HMAC_SHA256") => Ok(hmac::HMAC_SHA256),
        Some("HMAC_SHA1") | None => Ok(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        Some(_) => Err(Forged("of an unknown kind")),
    }
}

/// Name and value of every field, decoded, by name; of several values each once, in order; nothing between.
fn fields(body: &[u8]) -> String {
    let mut fields: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        fields.entry(name).or_default().insert(value);
    }
    let mut signed = String::with_capacity(body.len());
    for (name, values) in &fields {
        for value in values {
            signed.push_str(name);
            signed.push_str(value);
        }
    }
    signed
}

/// A body that is no form is not in the signature: the address carries its hash.
fn check_hash(hook: &Hook<'_>) -> Result<(), Forged> {
    let query = hook.url.split_once('?').map_or("", |(_, query)| query);
    let stated = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "bodySHA256");
    let (_, stated) = stated.ok_or(Forged("without the body's hash"))?;
    let hash = digest::digest(&digest::SHA256, hook.body);
    let shown = hash.as_ref().iter().fold(String::new(), |shown, byte| format!("{shown}{byte:02x}"));
    // Both are known to whoever sends this: no secret can be timed.
    if shown.eq_ignore_ascii_case(&stated) { Ok(()) } else { Err(Forged("for another body")) }
}

/// The address as it is, and with the port left out or put in.
fn addresses(url: &str) -> [String; 2] {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = path.split('#').next().unwrap_or_default();
    // Not the colon of user:password@, nor one of [an IPv6 address].
    let host = authority.rfind(['@', ']']).map_or(0, |end| end + 1);
    let bare = authority[host..].find(':').map_or(authority, |colon| &authority[..host + colon]);
    let port = if scheme == "http" { "80" } else { "443" };
    let with_port = if bare == authority { format!("{bare}:{port}") } else { authority.to_owned() };
    [format!("{scheme}://{bare}{path}"), format!("{scheme}://{with_port}{path}")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::sms::Secret;

    const U: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const P: &str =
        "Digits=1234&From=%2B14158675309&CallSid=CA1234567890ABCDE&To=%2B18005551212&Caller=%2B14158675309";
    const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";

    fn check(
        url: &str,
        kind: &str,
        body: &str,
        signature: &str,
        settings: Option<&str>,
    ) -> Result<(), Forged> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        headers.insert(SIGNATURE, signature.parse().unwrap());
        if let Some(settings) = settings {
            headers.insert(SETTINGS, settings.parse().unwrap());
        }
        let secrets = Secrets { current: Secret::new("67890"), other: Some(Secret::new("12345")) };
        verify(&Hook { url, headers: &headers, body: body.as_bytes(), now: Timestamp(0) }, &secrets)
    }

    /// From the tests of twilio-node, twilio-php and twilio-csharp.
    #[test]
    fn the_published_signatures_are_right() {
        let with = |from: &str, to: &str| U.replacen(from, to, 1);
        let many = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
        let binding = "MessagingBinding.Address=%2B1325xxxxxxx&MessagingBinding.Address=%2B1415xxxxxxx";
        for (url, form, signature) in [
            (U.to_owned(), P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            (with(".com", ".com:443"), P, "kvajT1Ptam85bY51eRf/AJRuM3w="),
            (with(".com", ".com:1234"), P, "CYn1h0gLBdNxDGkKJg6hYohgeD8="),
            (with("https", "http").replacen(".com", ".com:80", 1), P, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
            (with("https", "http").replacen(".com", ".com:1234", 1), P, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
            (with("mycompany", "MyCompany"), P, "g9IN/x4Cft2g517EjYvEvM/W7LU="),
            (with("mycompany", "user:pass@mycompany"), P, "CukzLTc1tT5dXEDIHm/tKBanW10="),
            (format!("{U}&Body=It's+amazing"), P, "dsq4Ehbj6cs+KdTkpF5sSSplOWw="),
            (U.to_owned(), many, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
            (U.to_owned(), binding, "83O6e2vORAoJHUNzJjDWN1jz+BA="),
        ] {
            assert_eq!(check(&url, FORM, form, signature, None), Ok(()), "{url}");
            let other = form.replacen('1', "2", 1);
            assert_eq!(check(&url, FORM, &other, signature, None), Err(Forged("wrong")), "{url}");
        }
    }

    #[test]
    fn the_published_signatures_of_json_are_right() {
        let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
        let empty = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        let body = r#"{"property": "value", "boolean": true}"#;
        let bare = format!("https://mycompany.com/myapp.php?bodySHA256={hash}");
        let port = U.replacen(".com", ".com:443", 1);
        for (url, body, signature) in [
            (format!("{U}&bodySHA256={hash}"), body, "a9nBmqA0ju/hNViExpshrM61xv4="),
            (bare, body, "y77kIzt2vzLz71DgmJGsen2scGs="),
            (format!("{port}&bodySHA256={empty}"), "{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc="),
        ] {
            let json = "application/json";
            assert_eq!(check(&url, json, body, signature, None), Ok(()), "{url}");
            assert_eq!(check(&url, json, "{ }", signature, None), Err(Forged("for another body")), "{url}");
            assert_eq!(check(&url, FORM, "a=b", signature, None), Err(Forged("wrong")), "{url}");
        }
        let unsigned = check(U, "application/json", body, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", None);
        assert_eq!(unsigned, Err(Forged("without the body's hash")));
    }

    #[test]
    fn twilio_may_leave_a_port_out_or_put_it_in() {
        let without = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
        for port in [":443", ":8443"] {
            assert_eq!(check(&U.replacen(".com", &format!(".com{port}"), 1), FORM, P, without, None), Ok(()));
        }
        assert_eq!(check(U, FORM, P, "kvajT1Ptam85bY51eRf/AJRuM3w=", None), Ok(()));
        for (url, bare, port) in [
            ("http://[::1]/a?b", "http://[::1]/a?b", "http://[::1]:80/a?b"),
            ("https://[::1]:5/a#c", "https://[::1]/a", "https://[::1]:5/a"),
            ("https://a:b@c?d", "https://a:b@c?d", "https://a:b@c:443?d"),
        ] {
            assert_eq!(addresses(url), [bare, port]);
        }
    }

    #[test]
    fn a_shared_key_signs_with_sha_256() {
        let signature = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=";
        let settings = "key=SK123,algorithm=HMAC_SHA256";
        assert_eq!(check(U, FORM, P, signature, Some(settings)), Ok(()));
        assert_eq!(check(U, FORM, P, signature, None), Err(Forged("wrong")));
        assert_eq!(check(U, FORM, P, signature, Some("algorithm=MD5")), Err(Forged("of an unknown kind")));
    }

    #[test]
    fn what_is_not_signed_is_refused() {
        let none = HeaderMap::new();
        let secrets = Secrets { current: Secret::new("12345"), other: None };
        let hook = Hook { url: U, headers: &none, body: P.as_bytes(), now: Timestamp(0) };
        assert_eq!(verify(&hook, &secrets), Err(Forged("missing")));
        for wrong in ["", "!", "AAAA", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "SSOYDt4T1cUTdK1PDd93/VVr8B8="] {
            assert!(check(U, FORM, P, wrong, None).is_err(), "{wrong:?}");
        }
    }
}
