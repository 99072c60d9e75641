//! Documents that must not drift from what they describe.

use std::fs;
use std::path::Path;

use clap::Parser as _;
use plaudit::cli::Cli;
use plaudit::config::{Config, Options};

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn every_golden_frame_stands_in_the_protocols_document() {
    let document = read("docs/protocol.md");
    let mut frames: Vec<serde_json::Value> = Vec::new();
    for block in document.split("```json\n").skip(1) {
        frames.push(serde_json::from_str(block.split("```").next().unwrap()).unwrap());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/plaudit-protocol/tests/golden");
    let mut golden = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert!(frames.contains(&file["frame"]), "{} is not in docs/protocol.md", path.display());
        golden += 1;
    }
    assert_eq!(frames.len(), golden, "docs/protocol.md shows a frame that no test checks");
}

#[test]
fn every_error_code_stands_in_the_protocols_document() {
    let document = read("docs/protocol.md");
    let source = read("src/domain/error.rs");
    let codes: Vec<&str> = source
        .lines()
        .filter(|line| line.trim_start().starts_with("Self::") && line.contains("=> \""))
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert!(codes.len() > 10, "the codes are not found in the source any more: {codes:?}");
    for code in codes {
        assert!(document.contains(&format!("`{code}`")), "{code} is not in docs/protocol.md");
    }
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/protocol.md",
        "docs/self-hosting.md",
        "docs/sms.md",
    ] {
        let text = read(document);
        let folder = root.join(document).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            let outside = link.starts_with("http");
            assert!(outside || path.is_empty() || folder.join(path).exists(), "{document} links to {link}");
        }
    }
}

/// The blocks of a document that are in this language.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let text = read(document);
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn what_an_operator_is_told_to_write_is_understood() {
    let configurations = blocks("docs/self-hosting.md", "toml");
    assert_eq!(configurations.len(), 1);
    let options = Options::from_toml(&configurations[0]).unwrap();
    let config = Config::try_from(options).unwrap();
    assert!(config.public_url.is_some() && !config.trusted_proxies.is_empty());
    let mut commands = 0;
    for line in blocks("docs/self-hosting.md", "sh").iter().flat_map(|block| block.lines()) {
        let Some(rest) = line.strip_prefix("plaudit-user ") else { continue };
        let words = rest.split('#').next().unwrap().split_whitespace();
        let parsed = Cli::try_parse_from(["plaudit", "user"].into_iter().chain(words));
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        commands += 1;
    }
    assert_eq!(commands, 7);
    let unit = blocks("docs/self-hosting.md", "ini").concat();
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/")).unwrap();
    assert!(Cli::try_parse_from(start.split_whitespace()).is_ok(), "{start}");
}
