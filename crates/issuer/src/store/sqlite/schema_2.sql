-- Who administers: the last of them stays.
CREATE INDEX user_admin ON user (id) WHERE disabled = 0 AND instr(roles, '"admin"') > 0;

CREATE TABLE login_session (
    id           TEXT    PRIMARY KEY,  -- 16 random bytes, base64url
    user         TEXT    NOT NULL,     -- outlives its user: it says why it ended
    created_at   INTEGER NOT NULL,     -- milliseconds since 1970, UTC
    used_at      INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    live_until   INTEGER NOT NULL,
    tokens_until INTEGER NOT NULL,
    generation   INTEGER NOT NULL,
    rotated_at   INTEGER NOT NULL,
    address      TEXT,
    user_agent   TEXT,
    ended_at     INTEGER,
    end_cause    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX login_session_by_user ON login_session (user);
CREATE INDEX login_session_by_life ON login_session (live_until);
CREATE INDEX login_session_by_end ON login_session (ended_at, id) WHERE ended_at IS NOT NULL;

CREATE TABLE sealed_key (
    name      TEXT PRIMARY KEY,
    sealed_by TEXT NOT NULL,           -- the kid of the secret that opens it
    sealed    BLOB NOT NULL
) STRICT, WITHOUT ROWID;
