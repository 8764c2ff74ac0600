//! Settings, by flag, environment or `.env`, checked before anything starts. Secrets come by environment
//! or file only: arguments show in `ps`.

pub(crate) mod dotenv;
pub(crate) mod duration;
pub(crate) mod frontend;
pub(crate) mod issuer;
pub(crate) mod key_pair;
pub(crate) mod known_secrets;
pub(crate) mod secret;
pub(crate) mod shared;
pub(crate) mod store;
pub(crate) mod throttling;
pub(crate) mod transport;
