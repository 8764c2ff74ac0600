//! What a login session has to survive, and what has to end it: several frontends and issuers in this process, on
//! one database and a clock that the test moves, with an issuer that is slow and loses answers.

pub(crate) mod browser;
mod deploy;
mod dump;
mod expiry;
mod meddler;
mod rotation;
mod theft;
mod world;
