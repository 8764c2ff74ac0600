CREATE TABLE attempt (
    counter TEXT    PRIMARY KEY,         -- what is counted: pair/…, address/…, account/…
    count   INTEGER NOT NULL,
    at      INTEGER NOT NULL,            -- the last one; milliseconds since 1970, UTC
    until   INTEGER NOT NULL             -- then they are forgotten
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_by_end ON attempt (until);
