//! File handles: each connection is one, and most systems start a process with 1024 of them, although it may have more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For databases, files and calls to others.
const SPARE: u64 = 256;

/// Takes as many as this process may have.
pub(crate) fn raise() {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(cause) = setrlimit(Resource::Nofile, most) {
        tracing::warn!(%cause, "the limit of open files stays as it is");
    }
}

/// So many connections of these that there are handles left for the rest.
pub(crate) fn room_for(connections: usize) -> usize {
    let Some(handles) = getrlimit(Resource::Nofile).current else {
        return connections;
    };
    let room = handles.saturating_sub(SPARE).max(handles / 2);
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    if connections > room {
        tracing::warn!(
            "MAX_CONNECTIONS={connections} needs more open files than the {handles} that this process may have: {room} connections are taken"
        );
    }
    connections.min(room)
}
