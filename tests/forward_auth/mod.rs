//! Apps behind the real nginx and the real Caddy, with the very files of `examples/`: they let in only who is signed
//! in at the pages, and bring people back to where they were.

mod app;
mod away;
mod browsing;
mod guarding;
mod proxy;
mod returning;
mod visitor;
mod world;
