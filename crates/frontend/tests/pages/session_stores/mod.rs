//! What every database of sessions does: one set of properties, and a file for each backend that hands
//! it a database.

mod conformance;
mod mongodb;
mod sqlite;
