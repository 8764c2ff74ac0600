CREATE TABLE user (
    id            TEXT    PRIMARY KEY,           -- UUIDv7
    username      TEXT    NOT NULL,              -- as typed
    username_key  TEXT    NOT NULL UNIQUE,       -- NFKC, case-folded
    email         TEXT,
    email_key     TEXT    UNIQUE,
    name          TEXT,
    password_hash TEXT    NOT NULL,              -- bcrypt
    roles         TEXT    NOT NULL DEFAULT '[]', -- JSON list of strings
    disabled      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,              -- milliseconds since 1970, UTC
    updated_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
