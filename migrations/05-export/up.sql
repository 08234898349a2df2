-- What `lotcount export` has written, so that the next one goes on from there and knows which days have changed since.

-- One row: one revision of the file of one day. The latest revision of a day is the file that lies there, or did.
CREATE TABLE export (
    folder TEXT NOT NULL,                    -- absolute
    format TEXT NOT NULL,                    -- csv, json ...
    day TEXT NOT NULL,                       -- local day of the site, 2026-06-15
    revision INTEGER NOT NULL,               -- rises from 1 each time rows of that day came, or changed, later
    content_sha256 TEXT NOT NULL,            -- of the file's bytes
    coverage REAL,                           -- observed share of the day of the camera that saw least; NULL: not known
    written_at_us INTEGER NOT NULL,
    PRIMARY KEY (folder, format, day, revision)
) STRICT, WITHOUT ROWID;
