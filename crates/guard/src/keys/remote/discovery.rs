//! Where an issuer says that its key set is: OpenID Connect Discovery 1.0 §4, and RFC 8414 §3 for issuers that serve
//! only that.

use reqwest::Client;
use serde_json::Value;
use tegata_token::json::parse_object;
use url::Url;

use super::{
    fetch::{Failure, get},
    source::Issuer,
};
use crate::outbound;

/// The address of the issuer's key set.
pub(super) async fn key_set_address(http: &Client, issuer: &Issuer) -> Result<Url, Failure> {
    let [openid, oauth] = well_known(&issuer.url);
    let body = match get(http, openid).await {
        Err(Failure::Status(status)) if status.is_client_error() => get(http, oauth).await?.1,
        answer => answer?.1,
    };
    let metadata = parse_object(&body).map_err(|_| Failure::NotMetadata)?;
    // OpenID Connect Discovery §4.3, RFC 8414 §3.3: otherwise one issuer could speak for another.
    match metadata.get("issuer") {
        Some(Value::String(name)) if *name == issuer.name => {}
        Some(Value::String(_)) => return Err(Failure::OtherIssuer),
        _ => return Err(Failure::NotMetadata),
    }
    let address = metadata.get("jwks_uri").and_then(Value::as_str);
    // An issuer that is itself asked over https cannot send us on over http, not even to this machine.
    let downgrades = |address: &Url| issuer.url.scheme() == "https" && address.scheme() != "https";
    address
        .and_then(|address| outbound::address(address, issuer.plain_http).ok())
        .filter(|address| !downgrades(address))
        .ok_or(Failure::NoKeySetAddress)
}

/// The two places of the metadata. A path of the issuer stands before the one and behind the other.
fn well_known(issuer: &Url) -> [Url; 2] {
    let path = issuer.path().trim_end_matches('/');
    [
        format!("{path}/.well-known/openid-configuration"),
        format!("/.well-known/oauth-authorization-server{path}"),
    ]
    .map(|path| {
        let mut url = issuer.clone();
        url.set_path(&path);
        url
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_an_issuer_stays_where_each_standard_wants_it() {
        for (issuer, openid, oauth) in [
            (
                "https://a.example",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://a.example/realms/x",
                "https://a.example/realms/x/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server/realms/x",
            ),
        ] {
            let places = well_known(&Url::parse(issuer).unwrap());
            assert_eq!(places.map(String::from), [openid, oauth]);
        }
    }
}
