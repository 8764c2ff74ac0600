//! The driver, from any thread: each call has a runtime and connections of its own.

use std::{thread, time::Duration};

use futures_util::TryStreamExt;
use mongodb::{
    Client, Database,
    bson::{Document, doc},
    options::ClientOptions,
};
use tokio::time::{interval, timeout};

/// How long anything may take. After an election a secondary may spurn the new primary for a minute, and
/// until it does not, no majority acknowledges a write.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long an attempt may take.
const BRIEF: Duration = Duration::from_secs(5);
/// Between two looks at something that is awaited.
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) fn command(uri: &str, command: Document) -> Document {
    on(uri, async |database| {
        database.run_command(command).await.unwrap()
    })
}

/// Whatever comes of it.
pub(crate) fn attempt(uri: &str, command: Document) {
    on(uri, async |database| {
        let _ = timeout(BRIEF, database.run_command(command)).await;
    });
}

pub(crate) fn documents(uri: &str, collection: &str) -> Vec<Document> {
    on(uri, async |database| {
        let documents = database.collection(collection);
        let found = documents.find(doc! {}).await.unwrap();
        found.try_collect().await.unwrap()
    })
}

/// Asks until the answer is as it should be. No answer is one that is not.
pub(crate) fn until(uri: &str, command: &Document, good: impl Fn(&Document) -> bool + Send + Sync) {
    on(uri, async |database| {
        let mut pause = interval(PAUSE);
        loop {
            pause.tick().await;
            let answer = database.run_command(command.clone()).await;
            if answer.is_ok_and(|answer| good(&answer)) {
                break;
            }
        }
    });
}

fn on<T: Send>(uri: &str, work: impl AsyncFnOnce(Database) -> T + Send) -> T {
    let talk = || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let talk = async {
            let options = ClientOptions::parse(uri).await.unwrap();
            let client = Client::with_options(options).unwrap();
            let name = client.default_database().map(|one| one.name().to_owned());
            let done = work(client.database(name.as_deref().unwrap_or("admin"))).await;
            client.shutdown().immediate(true).await;
            done
        };
        runtime.block_on(async { timeout(PATIENCE, talk).await })
    };
    // Not on the caller's thread: that may be in a runtime.
    let done = thread::scope(|scope| scope.spawn(talk).join().unwrap());
    done.expect("mongod answers in time")
}
