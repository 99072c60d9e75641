//! Telnyx signs `timestamp|body` with Ed25519, and a signature is good for five minutes.
//!
//! Source: "Receiving webhooks for messaging".

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::signature::{ED25519, UnparsedPublicKey};

use crate::sms::{Forged, Hook, Secrets};

/// A call may be so old, or from a clock that is so far ahead.
const TOLERANCE_SECONDS: i64 = 300;

/// A key of Telnyx.
#[derive(Debug, Clone)]
pub(super) struct PublicKey([u8; 32]);

/// Reads the keys that stand in a file.
pub(super) fn read_keys(keys: &Secrets) -> Result<Vec<PublicKey>, String> {
    let read = |key: &str| {
        let bytes = BASE64_STANDARD.decode(key).ok()?;
        bytes.try_into().ok().map(PublicKey)
    };
    let keys: Option<Vec<_>> = keys.all().map(|key| read(key.reveal())).collect();
    keys.ok_or_else(|| "sms: public-key-file: 32 bytes in base64, as Telnyx shows them.".to_owned())
}

/// Whether one of the keys has signed this call just now.
pub(super) fn verify(hook: &Hook<'_>, keys: &[PublicKey]) -> Result<(), Forged> {
    let header = |name| hook.headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Forged("missing"));
    let signature = BASE64_STANDARD.decode(header("telnyx-signature-ed25519")?);
    let signature = signature.map_err(|_| Forged("not base64"))?;
    let timestamp = header("telnyx-timestamp")?;
    let at: i64 = timestamp.parse().map_err(|_| Forged("without a time"))?;
    if (hook.now.0 / 1000).abs_diff(at) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Forged("too old"));
    }
    let signed = [timestamp.as_bytes(), b"|", hook.body].concat();
    let is_right =
        |key: &PublicKey| UnparsedPublicKey::new(&ED25519, key.0).verify(&signed, &signature).is_ok();
    if keys.iter().any(is_right) { Ok(()) } else { Err(Forged("wrong")) }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use ring::rand::SystemRandom;
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;
    use crate::domain::Timestamp;
    use crate::sms::Secret;

    fn pair() -> (Ed25519KeyPair, Secret) {
        let pair = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let pair = Ed25519KeyPair::from_pkcs8(pair.as_ref()).unwrap();
        let public = Secret::new(BASE64_STANDARD.encode(pair.public_key()));
        (pair, public)
    }

    #[test]
    fn a_signature_is_over_time_and_body_and_good_for_five_minutes() {
        let ((old_pair, old), (pair, new)) = (pair(), pair());
        let keys = read_keys(&Secrets { current: new, other: Some(old) }).unwrap();
        let check = |pair: &Ed25519KeyPair, signed: &str, time: &str, body: &str, now: i64| {
            let mut headers = HeaderMap::new();
            let signature = BASE64_STANDARD.encode(pair.sign(signed.as_bytes()));
            headers.insert("telnyx-signature-ed25519", signature.parse().unwrap());
            headers.insert("telnyx-timestamp", time.parse().unwrap());
            let hook = Hook { url: "", headers: &headers, body: body.as_bytes(), now: Timestamp(now * 1000) };
            verify(&hook, &keys)
        };
        let signed = r#"1000|{"data":{}}"#;
        let body = r#"{"data":{}}"#;
        for now in [1000, 1300, 700] {
            assert_eq!(check(&pair, signed, "1000", body, now), Ok(()));
            assert_eq!(check(&old_pair, signed, "1000", body, now), Ok(()));
        }
        for now in [1301, 699, 0, 10_000] {
            assert_eq!(check(&pair, signed, "1000", body, now), Err(Forged("too old")), "{now}");
        }
        assert_eq!(check(&pair, signed, "1001", body, 1000), Err(Forged("wrong")));
        assert_eq!(check(&pair, signed, "1000", "{}", 1000), Err(Forged("wrong")));
        assert_eq!(check(&self::pair().0, signed, "1000", body, 1000), Err(Forged("wrong")));
        assert_eq!(check(&pair, signed, "now", body, 1000), Err(Forged("without a time")));
        let none = HeaderMap::new();
        let hook = Hook { url: "", headers: &none, body: b"", now: Timestamp(0) };
        assert_eq!(verify(&hook, &keys), Err(Forged("missing")));
    }

    #[test]
    fn a_key_is_32_bytes_in_base64() {
        let keys = |key: &str| read_keys(&Secrets { current: Secret::new(key), other: None });
        assert!(keys("/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=").is_ok());
        for bad in ["", "AAAA", "not base64 at all", "/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgA"] {
            assert!(keys(bad).unwrap_err().contains("public-key-file"), "{bad}");
        }
    }
}
