use std::env;

use axum::{Json, Router, routing::get};
use serde_json::{Value, json};
use tegata_guard::{Caller, Guard, Keys};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = match env::var("JWKS_URL") {
        Ok(url) => Keys::jwks(url)?, // key pairs: this service holds public keys only
        Err(_) => Keys::shared_secret(&env::var("SECRET_KEY")?)?, // the shared secret
    };
    let app = Router::new()
        .route("/", get(home))
        .layer(Guard::new(keys).layer());
    let address = env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    Ok(axum::serve(tokio::net::TcpListener::bind(address).await?, app).await?)
}

async fn home(caller: Caller) -> Json<Value> {
    Json(json!({ "hello": caller.username() }))
}
