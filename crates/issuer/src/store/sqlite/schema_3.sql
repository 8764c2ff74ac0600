CREATE TABLE client (
    id          TEXT    PRIMARY KEY,     -- UUIDv7
    name        TEXT    NOT NULL UNIQUE,
    secret_hash TEXT    NOT NULL,        -- SHA-256, base64url
    scopes      TEXT    NOT NULL,        -- words with blanks between
    created_at  INTEGER NOT NULL         -- milliseconds since 1970, UTC
) STRICT, WITHOUT ROWID;
