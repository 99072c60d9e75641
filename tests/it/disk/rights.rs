//! Files that are not ours to write, and limits that are too low: the start is refused with file, owner and what to do.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;

use super::Site;
use crate::support::process::{command, command_under, ends};

/// `nobody`, for tests that run as root, who may write everywhere.
const NOBODY: u32 = 65534;

#[tokio::test]
async fn a_database_that_cannot_be_written_is_refused_with_file_owner_and_what_to_do() {
    let Site { here, process } = Site::start();
    assert_eq!(process.terminate().await, Some(0));
    let data = here.path().join("data");
    let root = std::fs::metadata(&data).unwrap().uid() == 0;
    for locked in ["plaudit.db", ""] {
        let mut serve = command(here.path());
        serve.args(["--listen", "127.0.0.1:0", "--data", "data"]);
        let mode = |mode| std::fs::Permissions::from_mode(mode);
        if root {
            serve.uid(NOBODY);
            std::fs::set_permissions(here.path(), mode(0o755)).unwrap();
            for path in ["", "plaudit.db", "plaudit.lock"] {
                chown(data.join(path), Some(if path == locked { 0 } else { NOBODY }), None).unwrap();
            }
            std::fs::set_permissions(&data, mode(0o755)).unwrap();
            std::fs::set_permissions(data.join("plaudit.db"), mode(0o644)).unwrap();
        } else if locked.is_empty() {
            std::fs::set_permissions(data.join("plaudit.db"), mode(0o600)).unwrap();
            std::fs::set_permissions(&data, mode(0o500)).unwrap();
        } else {
            std::fs::set_permissions(data.join("plaudit.db"), mode(0o400)).unwrap();
        }
        let output = ends(serve);
        std::fs::set_permissions(&data, mode(0o700)).unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let remedy = if root { "chown" } else { "chmod" };
        for word in [&format!("data/{locked}"), "belongs to", remedy] {
            assert!(said.contains(word), "{locked:?} should say {word:?}: {said}");
        }
    }
}

#[test]
fn too_few_descriptors_are_refused_with_a_sentence() {
    let here = tempfile::tempdir().unwrap();
    let mut serve = command_under(here.path(), &["sh", "-c", "ulimit -n 64; exec \"$0\" \"$@\""]);
    serve.args(["--listen", "127.0.0.1:0", "--data", "data"]);
    let output = ends(serve);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("64") && said.contains("ulimit -n") && said.contains("LimitNOFILE"), "{said}");
}
