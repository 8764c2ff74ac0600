CREATE TABLE event (
    id         TEXT    PRIMARY KEY,  -- UUIDv7: in the order of what happened
    at         INTEGER NOT NULL,     -- milliseconds since 1970, UTC
    kind       TEXT    NOT NULL,
    user       TEXT,                 -- whom it is about; outlives them
    actor      TEXT,                 -- a user's id, or command_line
    session    TEXT,
    client     TEXT,
    address    TEXT,
    user_agent TEXT,
    cause      TEXT,
    count      INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX event_by_user ON event (user, id) WHERE user IS NOT NULL;
