//! What an administrator can do for whoever has to wait, and what a hand in the database cannot.

use ::mongodb::bson::{Bson, doc};
use http::Method;
use serde_json::json;
use tegata_issuer::{
    config::Throttling,
    event::{Actor, By, Kind},
    store::{Events, Which},
    throttle::Whose,
    user::User,
};
use tegata_mongod::Mongod;
use time::Duration;

use super::{HERS, THEIRS, on_every_store, waits};
use crate::app::{HANAKO, TestApp};

on_every_store! {
    an_administrator_lets_an_account_begin_anew,
}

async fn an_administrator_lets_an_account_begin_anew(app: TestApp) {
    let (them, her) = (app.at(THEIRS), app.at(HERS));
    them.fail_in_time(HANAKO.0, 12).await;
    waits(&her.hanako().await, 30);
    let accounts = app.app.accounts(By::command_line());
    let other = app.import("taro", "x").await;
    // A store keeps moments to the millisecond.
    let told = async |user: &User| {
        let told = accounts.waits(user.id, &Throttling::default()).await;
        let told = told.unwrap().into_iter();
        told.map(|wait| {
            (
                wait.whose,
                (wait.left + Duration::milliseconds(1)).whole_seconds(),
            )
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(
        told(&app.hanako).await,
        [(Whose::From(THEIRS.to_owned()), 128), (Whose::Anybody, 30)]
    );
    assert_eq!(told(&other).await, []);
    waits(&her.hanako().await, 30);
    assert_eq!(accounts.unblock(app.hanako.id).await.unwrap(), 2);
    assert_eq!(told(&app.hanako).await, []);
    // Told with who did it, and where nothing was done, nothing is.
    let which = Which {
        kind: Some(Kind::UserUnblocked),
        ..Which::default()
    };
    let unblocked = app.store.events_before(None, which, 10).await.unwrap();
    let told: Vec<_> = unblocked
        .iter()
        .map(|event| (event.act.user, event.act.by.actor))
        .collect();
    assert_eq!(told, [(Some(app.hanako.id), Actor::CommandLine)]);
    assert_eq!(her.hanako().await.status, 200);
    // The address has its twelve failures still.
    them.fail("nobody", 4).await;
    them.fail("somebody", 4).await;
    waits(&them.hanako().await, 1);
}

#[tokio::test]
async fn whoever_is_given_a_new_password_need_not_wait_for_the_old_one() {
    let app = TestApp::start().await;
    let boss = bcrypt::hash("the boss of all", 4).unwrap();
    app.import_with_roles("boss", &boss, &["admin"]).await;
    let boss = app.at("192.0.2.1").log_in("boss", "the boss of all").await;
    let her = app.at(HERS);
    her.fail(HANAKO.0, 5).await;
    waits(&her.hanako().await, 1);
    let path = format!("/admin/users/{}", app.hanako.id);
    let token = boss.word("access_token");
    let reset = json!({"password": "a river behind seven gates"});
    let answer = her.send(Method::PATCH, &path, Some(&token), reset).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = her.log_in(HANAKO.0, "a river behind seven gates").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_count_that_a_hand_has_spoilt_keeps_nobody_out_and_is_mended_by_the_next() {
    let server = Mongod::shared_standalone();
    let uri = server.fresh_uri();
    let database = uri.rsplit('/').next().unwrap().split('?').next().unwrap();
    let app = TestApp::on_mongodb_at(&uri, |_| {}).await;
    let key = |key: &str| key.replace("HER", &format!("u-{}", app.hanako.id));
    let spoilt = [
        doc! { "_id": key("pair/HER/203.0.113.9"), "count": "many" },
        doc! { "_id": "address/203.0.113.9", "count": f64::NAN, "at": 7, "until": "later" },
        doc! { "_id": key("account/HER"), "count": [1], "at": Bson::Null },
    ];
    server.insert(database, "attempts", spoilt.to_vec());
    let her = app.at(HERS);
    assert_eq!(her.hanako().await.status, 200);
    her.fail(HANAKO.0, 5).await;
    waits(&her.hanako().await, 1);
}
