//! Clients that issuers share through their database.

use tegata_mongod::Mongod;

use super::{place_on, visitor::becomes_ready};
use crate::clients::{Added, say};

#[tokio::test]
async fn issuers_that_share_a_database_share_clients() {
    let server = Mongod::shared_replica_set();
    let place = place_on(server, "shared-clients");
    let reports = Added::by(&place, &["reports", "--scope", "orders:read"]);
    let (one, other) = (place.serve("issuer"), place.serve("issuer"));
    for issuer in [&one, &other] {
        becomes_ready(issuer).await;
    }
    let (status, body) = reports.token(&one.url).await;
    assert_eq!(status, 200, "{body}");
    let token = body["access_token"].as_str().unwrap();
    let (_, body) = reports.introspects(&other.url, token).await;
    assert_eq!(body["scope"], "orders:read");

    let [document] = &server.documents("shared-clients", "clients")[..] else {
        panic!("one client");
    };
    let fields: Vec<&String> = document.keys().collect();
    let expected = ["_id", "name", "secret_hash", "scopes", "created_at"];
    assert_eq!(fields, expected);
    assert_eq!(document.get_str("_id").unwrap(), reports.id);
    assert!(!document.to_string().contains(&reports.secret[4..]));

    say(&place, &["client", "remove", "reports"]);
    for issuer in [&one, &other] {
        assert_eq!(reports.token(&issuer.url).await.0, 401);
    }
}
