#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::os::unix::fs::PermissionsExt;

use tegata_sqlite::{Database, OpenError, Schema};

const SCHEMA: &[&str] = &["CREATE TABLE word (word TEXT PRIMARY KEY) STRICT;"];
const GROWN: &[&str] = &[SCHEMA[0], "ALTER TABLE word ADD COLUMN reading TEXT;"];

fn open(
    path: &std::path::Path,
    migrations: &'static [&'static str],
) -> Result<Database, OpenError> {
    let application = 7;
    let schema = Schema {
        application,
        migrations,
    };
    Database::open(path, schema, "DATABASE_URL")
}

#[tokio::test]
async fn what_was_written_is_there_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folder/words.db");
    let database = open(&path, SCHEMA).unwrap();
    database
        .write(|t| t.execute("INSERT INTO word VALUES ('手形')", []))
        .await
        .unwrap();
    drop(database);

    let again = open(&path, SCHEMA).unwrap();
    let word: String = again
        .read(|c| c.query_row("SELECT word FROM word", [], |row| row.get(0)))
        .unwrap();

    assert_eq!(word, "手形");
}

#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    let database = open(&path, SCHEMA).unwrap();
    database
        .write(|t| t.execute("INSERT INTO word VALUES ('x')", []))
        .await
        .unwrap();

    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
}

#[tokio::test]
async fn a_failed_change_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let database = open(&folder.path().join("words.db"), SCHEMA).unwrap();

    let outcome = database
        .write(|t| {
            t.execute("INSERT INTO word VALUES ('half')", [])?;
            t.execute("INSERT INTO no_such_table VALUES (1)", [])
        })
        .await;

    assert!(outcome.is_err());
    let count: i64 = database
        .read(|c| c.query_row("SELECT count(*) FROM word", [], |row| row.get(0)))
        .unwrap();
    assert_eq!(count, 0);
}

#[test]
fn a_schema_grows_by_migrations_and_a_newer_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    open(&path, SCHEMA).unwrap();
    let database = open(&path, GROWN).unwrap();
    database
        .read(|c| c.query_row("SELECT count(reading) FROM word", [], |_| Ok(())))
        .unwrap();
    drop(database);

    let refused = open(&path, SCHEMA).unwrap_err();

    assert!(refused.to_string().contains("newer version"), "{refused}");
}

#[test]
fn a_place_that_cannot_be_written_is_named_with_its_setting() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();

    let refused = open(&file.join("words.db"), SCHEMA)
        .unwrap_err()
        .to_string();
    assert!(refused.contains("DATABASE_URL"), "{refused}");

    let refused = open(&file, SCHEMA).unwrap_err().to_string();
    assert!(
        refused.contains("cannot be used as a database"),
        "{refused}"
    );
}

#[test]
fn a_file_of_something_else_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    drop(open(&path, SCHEMA).unwrap());
    let before = std::fs::read(&path).unwrap();
    let other = Schema {
        application: 8,
        migrations: &["CREATE TABLE number (number INTEGER) STRICT;"],
    };

    let refused = Database::open(&path, other, "SESSION_STORE_URL").unwrap_err();

    let refused = refused.to_string();
    assert!(
        refused.contains("something else") && refused.contains("SESSION_STORE_URL"),
        "{refused}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

fn look(path: &std::path::Path, migrations: &'static [&'static str]) -> tegata_sqlite::Looked {
    let application = 7;
    let schema = Schema {
        application,
        migrations,
    };
    let looked = Database::look(path, schema, "DATABASE_URL").unwrap();
    looked.unwrap()
}

/// Names and contents of all files of a folder, but for the shared memory that readers mark themselves in.
fn files(folder: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let content = if name.ends_with("-shm") {
                Vec::new()
            } else {
                std::fs::read(&path).unwrap()
            };
            (name, content)
        })
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn whoever_looks_changes_nothing_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words?100%#.db");
    let schema = Schema {
        application: 7,
        migrations: SCHEMA,
    };
    assert!(
        Database::look(&path, schema, "DATABASE_URL")
            .unwrap()
            .is_none()
    );
    assert!(files(folder.path()).is_empty());

    let count = |database: &Database| {
        database.read(|c| c.query_row("SELECT count(*) FROM word", [], |row| row.get::<_, i64>(0)))
    };
    let written = open(&path, SCHEMA).unwrap();
    let insert = written.write(|t| t.execute("INSERT INTO word VALUES ('x')", []));
    insert.await.unwrap();
    // Beside somebody who has it open, and when nobody has.
    for open in [true, false] {
        if !open {
            written.close();
        }
        let before = files(folder.path());
        let looked = look(&path, GROWN);
        assert_eq!(looked.behind, 1);
        assert_eq!(looked.missing, Vec::<String>::new());
        assert_eq!(count(&looked.database).unwrap(), 1);
        let refused = looked.database.write(|t| t.execute("DELETE FROM word", []));
        assert!(refused.await.is_err());
        looked.database.close();
        drop(looked);
        assert_eq!(files(folder.path()), before, "open: {open}");
    }
    let foreign = Schema {
        application: 8,
        migrations: SCHEMA,
    };
    let refused = Database::look(&path, foreign, "DATABASE_URL");
    assert!(matches!(refused, Err(OpenError::Foreign { .. })));
}

#[tokio::test]
async fn an_index_that_is_gone_is_missed() {
    const WITH_INDEX: &[&str] =
        &["CREATE TABLE word (word TEXT PRIMARY KEY) STRICT; CREATE INDEX word_by ON word (word);"];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.db");
    let database = open(&path, WITH_INDEX).unwrap();
    let drop_it = database.write(|t| t.execute_batch("DROP INDEX word_by"));
    drop_it.await.unwrap();

    assert_eq!(look(&path, WITH_INDEX).missing, ["index word_by"]);
}
