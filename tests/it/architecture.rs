//! The rules of the house, read from the sources: imports go down the rows, never up, never sideways; only the relay
//! publishes; SQL stays in the store; nothing queues without a bound.

use std::fs;
use std::path::{Path, PathBuf};

/// Which of our own modules each module may name. What is not listed here (boot, cli, config, control, folder, roles) is the
/// top row and may name them all.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("socket", &["web", "app", "live", "door", "domain"]),
    ("web", &["app", "live", "door", "sms", "domain"]),
    ("app", &["door", "store", "bus", "sms", "domain"]),
    ("live", &["store", "bus", "domain"]),
    ("door", &["domain"]),
    ("store", &["domain"]),
    ("bus", &["domain"]),
    ("sms", &["domain"]),
    ("domain", &[]),
];

/// Crates that few may name: the leaves of this project, and those that know HTTP.
const CRATES: &[(&str, &[&str])] = &[
    ("plaudit_hub", &["socket", "live", "boot"]),
    ("plaudit_protocol", &["socket", "live", "boot"]),
    ("http", &["web", "socket", "sms"]),
    ("reqwest", &["sms"]),
    ("rustls", &["sms"]),
    ("cookie", &["web", "boot", "config"]),
];

/// Words that may stand in one place only, and the rule that says so.
const ONLY_IN: &[(&str, &[&str], &str)] = &[
    ("hub.flush(", &["src/live/relay.rs"], "only the relay publishes to the hub"),
    ("hub.push(", &["src/live/relay.rs"], "only the relay publishes to the hub"),
    ("INSERT INTO", &["src/store/"], "no SQL outside the store"),
    ("SELECT ", &["src/store/"], "no SQL outside the store"),
    ("DELETE FROM", &["src/store/"], "no SQL outside the store"),
    ("unbounded_channel", &[], "no unbounded channel anywhere"),
    ("tokio::sync::Mutex", &[], "no lock is held across an await"),
    ("SystemTime::now", &["src/domain/clock.rs"], "nobody reads the wall clock below boot()"),
    ("env::var", &["src/cli/environment.rs"], "nobody reads the environment below boot()"),
    ("hash_password(", &["src/app/passwords.rs"], "passwords are hashed in one place, off the runtime"),
];

/// A source file: its path from the project's root, and its text.
type Source = (String, String);

fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources {
        let module = module_of(path);
        let depth = Path::new(path).components().count().saturating_sub(2);
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let mut complain = |rule: String| found.push(format!("{path}:{}: {rule}", number + 1));
            if let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == module) {
                for import in paths_after(code, "crate::") {
                    let ours = MAY_IMPORT.iter().any(|(name, _)| *name == import);
                    let top = ["boot", "cli", "config", "control", "folder", "roles"].contains(&import);
                    if import != module && (top || ours && !allowed.contains(&import)) {
                        complain(format!("{module} must not import {import}: imports go down the rows"));
                    }
                }
                if code.contains(&"super::".repeat(depth.max(1) + 1)) {
                    complain(format!("{module} leaves its folder by super::"));
                }
            }
            for (name, allowed) in CRATES {
                if code.contains(&format!("{name}::")) && !allowed.contains(&module) {
                    complain(format!("{module} must not import {name}"));
                }
            }
            for (word, places, rule) in ONLY_IN {
                if code.contains(word) && !places.iter().any(|place| path.starts_with(place)) {
                    complain((*rule).to_owned());
                }
            }
        }
    }
    found
}

/// `src/store/sqlite/likes.rs` belongs to `store`.
fn module_of(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// The first names of the paths that follow `prefix`, also in `use crate::{a, b}`.
fn paths_after<'a>(code: &'a str, prefix: &str) -> Vec<&'a str> {
    let name =
        |text: &'a str| text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    code.match_indices(prefix)
        .flat_map(|(at, _)| {
            let rest = &code[at + prefix.len()..];
            match rest.strip_prefix('{') {
                Some(list) => list.split(',').map(|part| name(part.trim())).collect(),
                None => vec![name(rest)],
            }
        })
        .collect()
}

fn read_sources(folder: &Path, root: &Path, sources: &mut Vec<Source>) {
    read_files(folder, root, &["rs"], sources);
}

fn read_files(folder: &Path, root: &Path, endings: &[&str], sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_files(&path, root, endings, sources);
        } else if path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known)) {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            // Tests of a file stand at its end and may do what they like.
            let text = fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
            sources.push((name, text));
        }
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn imports_go_down_the_rows() {
    let mut sources = Vec::new();
    read_sources(&root().join("src"), &root(), &mut sources);
    assert!(sources.len() > 40, "the sources were not found");
    let found = violations(&sources);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_broken_rule_is_named() {
    let broken = |path: &str, line: &str| {
        let found = violations(&[(path.to_owned(), line.to_owned())]);
        assert_eq!(found.len(), 1, "{path}: {line}: {found:?}");
        found.into_iter().next().unwrap()
    };
    assert!(broken("src/domain/post.rs", "use crate::app::App;").contains("domain must not import app"));
    assert!(
        broken("src/store/sqlite/likes.rs", "use crate::live::Relay;").contains("store must not import live")
    );
    assert!(broken("src/app/likes.rs", "use crate::web::Site;").contains("app must not import web"));
    assert!(broken("src/app/likes.rs", "use http::HeaderMap;").contains("must not import http"));
    assert!(broken("src/door/limits.rs", "use crate::app::App;").contains("door must not import app"));
    assert!(broken("src/door/origins.rs", "use http::HeaderMap;").contains("must not import http"));
    assert!(broken("src/sms/twilio.rs", "use crate::store::Store;").contains("sms must not import store"));
    assert!(broken("src/store/sqlite/mod.rs", "use crate::sms::Sent;").contains("store must not import sms"));
    assert!(broken("src/app/likes.rs", "use crate::live::Relay;").contains("app must not import live"));
    assert!(
        broken("src/web/api/likes.rs", "use crate::socket::Gate;").contains("web must not import socket")
    );
    assert!(
        broken("src/web/api/likes.rs", "fn f(_: crate::store::SetLike) {}")
            .contains("web must not import store")
    );
    assert!(broken("src/app/mod.rs", "use crate::{config, domain};").contains("app must not import config"));
    assert!(
        broken("src/app/likes.rs", "use plaudit_hub::Handle;").contains("app must not import plaudit_hub")
    );
    assert!(broken("src/app/likes.rs", "use super::super::web::Site;").contains("leaves its folder"));
    assert!(
        broken("src/socket/commands.rs", "self.hub.flush(&pushes);").contains("only the relay publishes")
    );
    assert!(broken("src/app/likes.rs", "let q = \"SELECT 1\";").contains("no SQL"));
    assert!(broken("src/live/relay.rs", "mpsc::unbounded_channel()").contains("unbounded"));
    let fine =
        ("src/web/api/likes.rs".to_owned(), "use crate::app::Caller; // not crate::store::Store".to_owned());
    assert_eq!(violations(&[fine]), Vec::<String>::new());
}

#[test]
fn the_leaf_crates_stay_leaves() {
    for (name, forbidden) in [
        ("plaudit-hub", &["serde", "tokio", "axum", "plaudit-protocol"][..]),
        ("plaudit-protocol", &["tokio", "axum", "plaudit-hub", "bytes"]),
    ] {
        let manifest = fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap();
        for forbidden in forbidden {
            assert!(!dependencies.contains_key(*forbidden), "{name} must not depend on {forbidden}");
        }
        assert!(!dependencies.contains_key("plaudit"), "{name} must not know the site");
    }
}

#[test]
fn one_library_does_all_cryptography_of_connections() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"ring\""));
    for second in ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls", "boring"] {
        assert!(!lock.contains(&format!("name = \"{second}\"")), "{second} came in beside ring");
    }
}

#[test]
fn every_crate_of_the_project_forbids_unsafe_code() {
    let workspace: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for member in workspace["workspace"]["members"].as_array().unwrap() {
        let manifest = root().join(member.as_str().unwrap()).join("Cargo.toml");
        let manifest: toml::Table = fs::read_to_string(manifest).unwrap().parse().unwrap();
        assert_eq!(manifest["lints"]["workspace"].as_bool(), Some(true), "{member:?}");
    }
}

#[test]
fn every_file_says_what_it_is_and_is_not_too_long() {
    let mut sources = Vec::new();
    for folder in ["src", "crates", "tests", "benches", "browser"] {
        read_files(&root().join(folder), &root(), &["rs", "js", "mjs", "css"], &mut sources);
    }
    for (path, text) in sources {
        let mark = match path.rsplit('.').next() {
            Some("rs") => "//! ",
            Some("css") => "/* ",
            _ => "// ",
        };
        assert!(text.starts_with(mark), "{path} does not begin by saying what it is");
        assert!(text.lines().count() <= 400, "{path} is longer than 400 lines");
    }
}
