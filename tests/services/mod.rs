//! The services of `examples/`, run with their real packages: they accept our tokens with nothing but the
//! shared secret, or with nothing but the address of the key set, and refuse what they should.
//! nginx and Caddy do it with the pages' help, and are tried where the pages are.

mod docs;
mod forgeries;
mod go;
mod installation;
mod key_set;
mod node;
mod python;
mod service;
mod shared_secret;

pub(crate) use self::{
    go::gopath_build,
    node::{install, node},
    python::python,
};
