//! Secrets that come from files and show themselves to nobody.

use std::fmt;
use std::io::Read as _;
use std::path::Path;

/// A secret. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A secret of a test.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// To sign, to check, to log in. Never to print.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// The secrets that a provider knows us by: while one replaces another, both hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secrets {
    /// What we send with; signatures with it are right.
    pub current: Secret,
    /// Signatures with this one are right too.
    pub other: Option<Secret>,
}

/// A secret file is not larger.
const LIMIT: u64 = 4096;

impl Secrets {
    /// Reads a file of one or two lines. The error names the file and nothing that stands in it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let mut text = String::new();
        let file = std::fs::File::open(path)
            .map_err(|error| format!("can't read the secret file {shown}: {error}"))?;
        file.take(LIMIT + 1)
            .read_to_string(&mut text)
            .map_err(|_| format!("the secret file {shown} is not text"))?;
        let wrong = || {
            format!(
                "the secret file {shown}: one line with the secret, and perhaps a second one with another"
            )
        };
        if text.len() as u64 > LIMIT {
            return Err(wrong());
        }
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let secret = |line: &str| line.bytes().all(|byte| byte.is_ascii_graphic()).then(|| Secret::new(line));
        let current = lines.next().and_then(secret).ok_or_else(wrong)?;
        let other = lines.next().map(|line| secret(line).ok_or_else(wrong)).transpose()?;
        if lines.next().is_some() { Err(wrong()) } else { Ok(Self { current, other }) }
    }

    /// Both.
    pub fn all(&self) -> impl Iterator<Item = &Secret> {
        std::iter::once(&self.current).chain(&self.other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Secrets, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, text).unwrap();
        Secrets::read(&path)
    }

    #[test]
    fn a_file_has_one_secret_or_two() {
        assert_eq!(read("one\n").unwrap(), Secrets { current: Secret::new("one"), other: None });
        let two = read("one\r\n\n two \n").unwrap();
        assert_eq!(two.all().map(Secret::reveal).collect::<Vec<_>>(), ["one", "two"]);
        for wrong in ["", "\n", "one\ntwo\nthree", "o n e", "one\ntw\u{7}o", &"x".repeat(5000)] {
            let error = read(wrong).unwrap_err();
            assert!(error.contains("secret file") && !error.contains("one\n"), "{error}");
        }
        assert!(Secrets::read(Path::new("/does/not/exist")).unwrap_err().contains("/does/not/exist"));
    }

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        assert_eq!(format!("{:?}", read("one").unwrap()), "Secrets { current: Secret(hidden), other: None }");
    }
}
