//! The real binary on a real MongoDB: started without it, robbed of it, and shared by replicas.

mod admins;
mod away;
mod clients;
mod documents;
mod faults;
mod load;
mod refusals;
mod replicas;
mod visitor;

use tegata_mongod::Mongod;

use crate::tegata::Place;

const SECRET: &str = "one secret for all services, of 32 bytes or more";
const ADMIN: (&str, &str) = ("admin", "eight barriers on the road");

/// A folder with the settings of a replica: both stores on this server.
fn place_on(server: &Mongod, database: &str) -> Place {
    Place::new()
        .with("SECRET_KEY", SECRET)
        .with("ADMIN_PASSWORD", ADMIN.1)
        .with("PUBLIC_URL", "http://localhost")
        .with("DATABASE_URL", &server.uri(database))
        .with("SESSION_STORE_URL", &server.uri(database))
        // Everybody who registers under load comes from this machine.
        .with("REGISTRATIONS_PER_ADDRESS", "1000000")
}
