//! MongoDB's documents, edited beside the running services.

use mongodb::bson::{Binary, Bson, DateTime, Document, doc, spec::BinarySubtype};

use super::edit::{Edit, How, Keeper, Place, Undo};
use crate::Ground;

pub(super) struct Documents<'a> {
    ground: &'a Ground,
}

impl<'a> Documents<'a> {
    pub(super) fn of(ground: &'a Ground) -> Self {
        Self { ground }
    }

    fn record(&self, place: &Place, id: &str) -> Document {
        let all = self
            .ground
            .mongod()
            .documents(database(place), place.collection);
        let mut all = all.into_iter();
        all.find(|one| one.get_str("_id").is_ok_and(|one| one == id))
            .expect("a document")
    }

    fn replace(&self, place: &Place, out: &[&Document], new: &[Document]) {
        let mongod = self.ground.mongod();
        let ids = out
            .iter()
            .copied()
            .chain(new)
            .filter_map(|one| one.get("_id"));
        let ids: Vec<Bson> = ids.cloned().collect();
        let deletes = vec![doc! { "q": { "_id": { "$in": ids } }, "limit": 0 }];
        mongod.command(
            database(place),
            doc! { "delete": place.collection, "deletes": deletes },
        );
        let inserts: Vec<Document> = new.to_vec();
        mongod.insert(database(place), place.collection, inserts);
    }
}

impl Keeper for Documents<'_> {
    fn fields(&self, place: &Place) -> Vec<String> {
        let record = self.record(place, &place.mine);
        record.keys().cloned().collect()
    }

    fn make(&self, place: &Place, edit: &Edit) -> Option<Undo<'_>> {
        let mine = self.record(place, &place.mine);
        let other = self.record(place, &place.other);
        let field = edit.field.as_str();
        let mut edited = [mine.clone(), other.clone()];
        match edit.how {
            How::Swapped => {
                edited[0].insert(field, other.get(field)?.clone());
                edited[1].insert(field, mine.get(field)?.clone());
            }
            How::Gone if field == "_id" => return None,
            How::Gone => drop(edited[0].remove(field)),
            how => drop(edited[0].insert(field, changed(mine.get(field)?, how)?)),
        }
        self.replace(place, &[&mine, &other], &edited);
        let place = place.clone();
        Some(Box::new(move || {
            let [first, second] = &edited;
            self.replace(&place, &[first, second], &[mine, other]);
        }))
    }

    fn session_keys(&self) -> Vec<String> {
        let sessions = self.ground.mongod().documents("pages", "sessions");
        let ids = sessions
            .iter()
            .map(|one| one.get_str("_id").unwrap().to_owned());
        ids.collect()
    }
}

fn database(place: &Place) -> &'static str {
    if place.of_pages() { "pages" } else { "issuer" }
}

fn changed(value: &Bson, how: How) -> Option<Bson> {
    Some(match (how, value) {
        (How::Emptied, Bson::String(_)) => "".into(),
        (How::Emptied, Bson::Binary(_)) => binary(Vec::new()),
        (How::Emptied, Bson::DateTime(_)) => DateTime::from_millis(0).into(),
        (How::Emptied, Bson::Array(_)) => Bson::Array(Vec::new()),
        (How::Emptied, _) => Bson::Null,
        (How::Cut, Bson::String(text)) => {
            let half = text.chars().take(text.chars().count() / 2);
            half.collect::<String>().into()
        }
        (How::Cut, Bson::Binary(bytes)) => binary(bytes.bytes[..bytes.bytes.len() / 2].to_vec()),
        (How::Cut, Bson::DateTime(_)) => DateTime::MIN.into(),
        (How::Cut, _) => return None,
        (How::Junk, Bson::String(_)) => "\u{1f}junk".into(),
        (How::Junk, Bson::DateTime(_)) => DateTime::MAX.into(),
        (How::Junk, Bson::Binary(_)) => binary(b"\x1fjunk".to_vec()),
        (How::Junk, _) => "\u{1f}junk".into(),
        (How::Bytes, _) => binary(vec![0xff]),
        (How::Number, _) => Bson::Int32(-5),
        (How::Gone | How::Swapped, _) => return None,
    })
}

fn binary(bytes: Vec<u8>) -> Bson {
    Bson::Binary(Binary {
        subtype: BinarySubtype::Generic,
        bytes,
    })
}
