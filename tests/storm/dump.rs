//! Whoever has everything that the databases keep, and neither SECRET_KEY nor a cookie, has nothing.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use mongodb::bson::{Bson, Document, doc};
use reqwest::Client;
use tegata_mongod::Mongod;

use super::{browser::Browser, theft::refresh, world::World};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_dump_of_every_store_opens_nothing() {
    let server = Mongod::shared_replica_set();
    let (users, sessions) = (server.fresh_uri(), server.fresh_uri());
    let world = World::at(&users, &sessions).await;
    let mut browser = Browser::sign_in(world.pages(0)).await;
    assert_eq!(browser.opens(world.pages(0), "/").await.status, 200);

    let mut dump = Vec::new();
    for uri in [&users, &sessions] {
        let database = database_of(uri);
        let list = server.command(database, doc! { "listCollections": 1, "nameOnly": true });
        for collection in list
            .get_document("cursor")
            .unwrap()
            .get_array("firstBatch")
            .unwrap()
        {
            let name = collection.as_document().unwrap().get_str("name").unwrap();
            for document in server.documents(database, name) {
                values(&Bson::Document(document), &mut dump);
            }
        }
    }
    let live = world.live_sessions().await.remove(0);
    let sid = live.id.to_string();
    assert!(dump.contains(&sid.clone().into_bytes()), "the dump is one");
    assert!(dump.len() >= 10, "{}", dump.len());

    // Everything as it is, and as text; and refresh tokens made with whatever might be the key.
    let mut guesses: Vec<String> = Vec::new();
    for value in &dump {
        guesses.extend(String::from_utf8(value.clone()));
        guesses.push(BASE64_URL_SAFE_NO_PAD.encode(value));
        guesses.push(format!("trt_{}", BASE64_URL_SAFE_NO_PAD.encode(value)));
        for key in value.windows(32.min(value.len().max(1))).take(64) {
            guesses.push(refresh_token(&sid, key));
        }
    }
    for guess in guesses
        .iter()
        .filter(|guess| guess.is_ascii() && !guess.contains(char::is_control))
    {
        assert_eq!(refresh(&world, guess).await, Err(String::new()), "{guess}");
        let me = Client::new().get(format!("{}/users/me", world.issuers[0].url()));
        assert_eq!(
            me.bearer_auth(guess).send().await.unwrap().status(),
            401,
            "{guess}"
        );
        let thief = Browser::with_cookie("tegata", guess);
        assert_eq!(thief.asks(world.pages(0)).await.0, 401, "{guess}");
    }
    assert_eq!(
        world.live_sessions().await,
        [live],
        "nothing has happened to it"
    );
    assert_eq!(browser.opens(world.pages(0), "/").await.status, 200);
}

fn refresh_token(sid: &str, key: &[u8]) -> String {
    let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(sid).unwrap();
    bytes.extend(0u32.to_be_bytes());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &bytes);
    bytes.extend(tag.as_ref());
    format!("trt_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

fn values(value: &Bson, found: &mut Vec<Vec<u8>>) {
    match value {
        Bson::Document(document) => fields(document, found),
        Bson::Array(items) => items.iter().for_each(|item| values(item, found)),
        Bson::String(text) => found.push(text.clone().into_bytes()),
        Bson::Binary(binary) => found.push(binary.bytes.clone()),
        _ => {}
    }
}

fn fields(document: &Document, found: &mut Vec<Vec<u8>>) {
    for (_, value) in document {
        values(value, found);
    }
}

fn database_of(uri: &str) -> &str {
    let (_, database) = uri.rsplit_once('/').unwrap();
    database.split('?').next().unwrap()
}
