//! What every store does, whatever keeps its data: one set of properties, and a file for each backend
//! that hands it a database.

mod conformance;
mod mongodb;
mod spoilt;
mod spoilt_documents;
mod spoilt_numbers;
mod sqlite;
