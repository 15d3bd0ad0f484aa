//! Files that cannot be opened or read: each gets an error that says what it is,
//! and is left as it was.

use std::error::Error;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use agentflow_core::Namespace;
use agentflow_core::checkpoint::{CheckpointError, Checkpointer};
use agentflow_sql::{SqliteCheckpointer, SqliteError};

use crate::thread::{commit, lease, run_sql, three_checkpoints};

async fn refusal(path: &Path) -> SqliteError {
    let error = SqliteCheckpointer::open(path).await.unwrap_err();
    assert!(!error.is_retryable(), "{error:?}");
    reason(&error)
}

fn reason(error: &CheckpointError) -> SqliteError {
    error
        .source()
        .and_then(|source| source.downcast_ref::<SqliteError>())
        .unwrap()
        .clone()
}

#[tokio::test]
async fn a_missing_folder_is_named_and_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("mistyped");
    let refused = refusal(&missing.join("threads.db")).await;
    assert!(matches!(&refused, SqliteError::FolderMissing { folder } if *folder == missing));
    assert!(!missing.exists());
}

#[tokio::test]
async fn a_folder_in_place_of_the_file_cannot_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let refused = refusal(folder.path()).await;
    assert!(
        matches!(refused, SqliteError::CannotOpen { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    let letter = "Dear reader, ".repeat(200);
    fs::write(&path, &letter).unwrap();
    let refused = refusal(&path).await;
    assert!(
        matches!(refused, SqliteError::NotADatabase { .. }),
        "{refused:?}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), letter);
}

#[tokio::test]
async fn another_programs_database_is_left_as_it_was() {
    for sql in ["CREATE TABLE music (title TEXT)", "PRAGMA user_version = 1"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.db");
        run_sql(&path, sql);
        let before = fs::read(&path).unwrap();
        let refused = refusal(&path).await;
        assert!(
            matches!(refused, SqliteError::OtherDatabase { .. }),
            "{sql}: {refused:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), before, "{sql}");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_build_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    three_checkpoints(&path).await;
    run_sql(&path, "PRAGMA user_version = 99");
    let refused = refusal(&path).await;
    assert!(matches!(
        refused,
        SqliteError::NewerSchema {
            found: 99,
            known: 4,
            ..
        }
    ));
    run_sql(&path, "PRAGMA user_version = 4");
    SqliteCheckpointer::open(&path).await.unwrap();
}

#[tokio::test]
async fn damaged_pages_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    three_checkpoints(&path).await;
    let pages = fs::metadata(&path).unwrap().len() / 4096;
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    // All but the first page, which holds the schema.
    for page in 1..pages {
        file.seek(SeekFrom::Start(page * 4096)).unwrap();
        file.write_all(&[0xaa; 4096]).unwrap();
    }
    drop(file);

    let store = SqliteCheckpointer::open(&path).await.unwrap();
    let error = store
        .load(&"t".into(), &Namespace::root(), None)
        .await
        .unwrap_err();
    assert!(
        matches!(reason(&error), SqliteError::Corrupt { .. }),
        "{error:?}"
    );
    let error = store.delete_thread(&"t".into()).await.unwrap_err();
    assert!(
        matches!(reason(&error), SqliteError::Corrupt { .. }),
        "{error:?}"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_without_the_right_to_write_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    three_checkpoints(&path).await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        let mut loud = std::io::stderr().lock();
        writeln!(
            loud,
            "SKIPPED: this user may write any file, so none is read only"
        )
        .unwrap();
        return;
    }
    let refused = refusal(&path).await;
    assert!(
        matches!(refused, SqliteError::ReadOnly { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_database_whose_tables_are_gone_refuses_and_stays_usable_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    let store = SqliteCheckpointer::open(&path).await.unwrap();
    let lease = lease(&store, "t").await;
    run_sql(&path, "ALTER TABLE checkpoints RENAME TO hidden");
    let refused = commit(&store, &lease, None).await.unwrap_err();
    assert!(
        matches!(reason(&refused), SqliteError::Refused { .. }),
        "{refused:?}"
    );
    run_sql(&path, "ALTER TABLE hidden RENAME TO checkpoints");
    commit(&store, &lease, None).await.unwrap();
}
