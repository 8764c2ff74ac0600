//! What an administrator says to a mongod.

use std::future::Future;

use mongodb::{
    Client,
    bson::{Document, doc},
    options::ClientOptions,
};

use crate::{Member, PASSWORD, PATIENCE, USERNAME};

/// The name of every replica set.
pub(crate) const SET: &str = "rs0";

/// Makes a replica set of these.
pub(crate) fn initiate(members: &[Member]) {
    let hosts: Vec<_> = members.iter().map(Member::address).collect();
    let direct = format!("mongodb://{}/?directConnection=true", hosts[0]);
    let members: Vec<_> = (0i32..)
        .zip(&hosts)
        .map(|(id, host)| doc! {"_id": id, "host": host})
        .collect();
    command(
        &direct,
        doc! {"replSetInitiate": {
            "_id": SET,
            "members": members,
            "settings": {
                "electionTimeoutMillis": 1000,
                "heartbeatIntervalMillis": 200,
                "heartbeatTimeoutSecs": 1,
            },
        }},
    );
}

/// Waits until every member has what the primary has.
pub(crate) fn settle(uri: &str, members: usize) {
    let members = i32::try_from(members).expect("a set is small");
    let limit = i64::try_from(PATIENCE.as_millis()).expect("patience is short");
    let mut insert = doc! {"insert": "settled", "documents": [{}]};
    if members > 1 {
        insert.insert("writeConcern", doc! {"w": members, "wtimeout": limit});
    }
    command(uri, insert);
}

/// The address of the primary.
pub(crate) fn primary(uri: &str) -> String {
    let hello = command(uri, doc! {"hello": 1});
    let address = hello.get_str("me").expect("a member says who it is");
    address.to_owned()
}

/// Makes the one user, as whoever sits at the machine may while there is none.
pub(crate) fn create_user(member: &Member) {
    command(
        &format!("mongodb://{}/?directConnection=true", member.address()),
        doc! {"createUser": USERNAME, "pwd": PASSWORD, "roles": ["root"]},
    );
}

/// Runs a command in the `admin` database of the primary.
fn command(uri: &str, command: Document) -> Document {
    block_on(async {
        let mut options = ClientOptions::parse(uri).await.expect("our own address");
        options.server_selection_timeout = Some(PATIENCE);
        let client = Client::with_options(options).expect("our own options");
        let outcome = client.database("admin").run_command(command).await;
        client.shutdown().await;
        let answer = outcome.unwrap_or_else(|cause| panic!("mongod did not do as told: {cause}"));
        let refused = answer
            .get("writeErrors")
            .or(answer.get("writeConcernError"));
        assert!(refused.is_none(), "mongod did not do as told: {answer}");
        answer
    })
}

/// On a thread with a runtime of its own: the caller may be in one that cannot wait.
fn block_on<T: Send>(work: impl Future<Output = T> + Send) -> T {
    let run = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made")
            .block_on(work)
    };
    let done = std::thread::scope(|scope| scope.spawn(run).join());
    done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
