//! SQLite's files, edited beside the running services.

use std::time::Duration;

use rusqlite::{Connection, params_from_iter, types::Value};

use super::edit::{Edit, How, Keeper, Kind, Place, Undo};
use crate::Ground;

pub(super) struct Files {
    issuer: Connection,
    pages: Connection,
}

impl Files {
    pub(super) fn of(ground: &Ground) -> Self {
        let open = |name: &str| {
            let file = Connection::open(ground.path("data").join(name)).unwrap();
            file.busy_timeout(Duration::from_secs(10)).unwrap();
            file
        };
        Self {
            issuer: open("issuer.db"),
            pages: open("frontend.db"),
        }
    }

    fn file(&self, place: &Place) -> &Connection {
        if place.of_pages() {
            &self.pages
        } else {
            &self.issuer
        }
    }

    fn columns(&self, place: &Place) -> Vec<String> {
        let select = format!("SELECT * FROM {} LIMIT 0", place.table);
        let statement = self.file(place).prepare(&select).unwrap();
        statement.column_names().map(str::to_owned).collect()
    }

    fn record(&self, place: &Place, id: &str) -> Vec<Value> {
        let columns = self.columns(place);
        let key = match place.kind {
            Kind::Session => "hex(key)",
            _ => columns[0].as_str(),
        };
        let select = format!("SELECT * FROM {} WHERE {key} = ?1", place.table);
        let row = self.file(place).query_row(&select, [id], |row| {
            (0..columns.len()).map(|column| row.get(column)).collect()
        });
        row.unwrap()
    }
}

impl Keeper for Files {
    fn fields(&self, place: &Place) -> Vec<String> {
        self.columns(place)
    }

    fn make(&self, place: &Place, edit: &Edit) -> Option<Undo<'_>> {
        let file = self.file(place);
        let mine = self.record(place, &place.mine);
        let other = self.record(place, &place.other);
        let columns = self.columns(place);
        let at = columns.iter().position(|one| *one == edit.field)?;
        let mut edited = [mine.clone(), other.clone()];
        if edit.swaps {
            (edited[0][at], edited[1][at]) = (other[at].clone(), mine[at].clone());
        } else {
            edited[0][at] = changed(&mine[at], edit.how)?;
        }
        let table = place.table;
        let no_text = (edit.how == How::Bytes && matches!(mine[at], Value::Text(_))).then_some(at);
        if !replace(
            file,
            (table, &columns[0]),
            &[&mine, &other],
            &edited,
            no_text,
        ) {
            return None;
        }
        Some(Box::new(move || {
            let edited = [&edited[0], &edited[1]];
            let undone = replace(file, (table, &columns[0]), &edited, &[mine, other], None);
            assert!(undone);
        }))
    }

    fn session_keys(&self) -> Vec<String> {
        let mut all = self.pages.prepare("SELECT hex(key) FROM session").unwrap();
        let keys = all.query_map([], |row| row.get(0)).unwrap();
        keys.map(Result::unwrap).collect()
    }
}

/// Takes some records out and puts others in, at once; of the first, bytes in this column are called a text. False when
/// the database does not let it happen.
fn replace(
    file: &Connection,
    (table, key): (&str, &str),
    out: &[&Vec<Value>],
    new: &[Vec<Value>],
    no_text: Option<usize>,
) -> bool {
    let transaction = file.unchecked_transaction().unwrap();
    let delete = format!("DELETE FROM {table} WHERE {key} = ?1");
    // The new ones too: they may be there again after somebody was forgotten.
    for record in out.iter().copied().chain(new) {
        transaction.execute(&delete, [&record[0]]).unwrap();
        let as_text = delete.replace("?1", "CAST(?1 AS TEXT)");
        transaction.execute(&as_text, [&record[0]]).unwrap();
    }
    for (number, record) in new.iter().enumerate() {
        let mark = |at| match no_text {
            Some(column) if number == 0 && column == at => "CAST(? AS TEXT)",
            _ => "?",
        };
        let marks: Vec<&str> = (0..record.len()).map(mark).collect();
        let insert = format!("INSERT INTO {table} VALUES ({})", marks.join(", "));
        if transaction
            .execute(&insert, params_from_iter(record))
            .is_err()
        {
            return false;
        }
    }
    transaction.commit().is_ok()
}

fn junk(value: &Value) -> Value {
    match value {
        Value::Integer(_) => Value::Integer(-1),
        Value::Blob(_) => Value::Blob(b"\x1fjunk".to_vec()),
        _ => Value::Text("\u{1f}junk".to_owned()),
    }
}

fn changed(value: &Value, how: How) -> Option<Value> {
    Some(match (how, value) {
        (How::Emptied, Value::Text(_)) => Value::Text(String::new()),
        (How::Emptied, Value::Blob(_)) => Value::Blob(Vec::new()),
        (How::Emptied, Value::Integer(_)) => Value::Integer(0),
        (How::Cut, Value::Text(text)) => {
            let half = text.chars().take(text.chars().count() / 2);
            Value::Text(half.collect())
        }
        (How::Cut, Value::Blob(bytes)) => Value::Blob(bytes[..bytes.len() / 2].to_vec()),
        (How::Cut, Value::Integer(_)) => Value::Integer(i64::MIN),
        (How::Junk, value) => junk(value),
        (How::Bytes, _) => Value::Blob(vec![0xff]),
        (How::Number, Value::Integer(_)) => Value::Integer(i64::MAX),
        (How::Number, _) => Value::Integer(5),
        (How::Gone, _) => Value::Null,
        _ => return None,
    })
}
