//! Documents that must not drift from what they describe.

use std::fs;
use std::path::Path;

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
    assert_eq!(codes.len(), 15, "{codes:?}");
    for code in codes {
        assert!(document.contains(&format!("`{code}`")), "{code} is not in docs/protocol.md");
    }
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = read(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap();
            let outside = link.starts_with("http");
            assert!(outside || path.is_empty() || root.join(path).exists(), "{document} links to {link}");
        }
    }
}
