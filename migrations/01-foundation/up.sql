-- Times are UTC microseconds since 1970 (columns ending in _us). Names are those of cameras.toml.

-- One row: one life of the process that counts.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    started_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,                     -- NULL: still running, or it was killed
    version TEXT NOT NULL,                   -- of lotcount
    config_sha256 TEXT NOT NULL              -- of the text of cameras.toml: explains why counts changed
) STRICT;

-- One row: one camera that was ever configured.
CREATE TABLE camera (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- One row: one lot that was ever configured.
CREATE TABLE lot (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    capacity INTEGER                         -- spaces, as configured last; NULL: not given
) STRICT;

-- One row: one version of a counting line. A line that is moved, or led to other lots, becomes a new row; crossings keep
-- the one they were counted by.
CREATE TABLE line (
    id INTEGER PRIMARY KEY,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    name TEXT NOT NULL,
    ax REAL NOT NULL,                        -- ends A and B, shares of the picture, 0..1, y down
    ay REAL NOT NULL,
    bx REAL NOT NULL,
    by REAL NOT NULL,
    entry_lot_id INTEGER REFERENCES lot (id),      -- an entry (left to right of A->B) enters it
    exit_lot_id INTEGER REFERENCES lot (id),       -- an exit leaves it
    other_side_lot_id INTEGER REFERENCES lot (id)  -- an entry leaves it, an exit enters it
) STRICT;
-- For finding the present version of a line at the start of a run.
CREATE INDEX line_by_camera ON line (camera_id, name);

-- One row: one unbroken connection to one camera, or one playing of one recording.
CREATE TABLE session (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id),
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    began_at_us INTEGER NOT NULL,            -- time of its first frame
    ended_at_us INTEGER,                     -- when it was closed, by the machine's clock; NULL: open, or killed
    complete INTEGER NOT NULL DEFAULT 0,     -- 1: a recording that was played to its end
    reason TEXT,                             -- how it ended, in words
    counts INTEGER NOT NULL,                 -- 1: its crossings count; 0: a recording being counted again, until complete
    source TEXT NOT NULL,                    -- without passwords
    content_sha256 TEXT,                     -- of a recording's file; NULL: live
    recording_start_us INTEGER,              -- time of a recording's first frame
    start_assumed INTEGER NOT NULL DEFAULT 0,-- 1: for want of a `start`, it is the file's modification time
    model_name TEXT NOT NULL,
    model_sha256 TEXT NOT NULL,
    frames_read INTEGER,                     -- frames read, looked at, and dropped because the machine was late
    frames_looked_at INTEGER,
    frames_dropped INTEGER
) STRICT;
-- For asking whether a recording was counted before.
CREATE INDEX session_by_recording ON session (content_sha256, camera_id) WHERE content_sha256 IS NOT NULL;

-- One row: one vehicle's passage over a counting line.
CREATE TABLE crossing (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id),
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    seq INTEGER NOT NULL,                    -- rises within run and camera; shared with near_crossing
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    line_id INTEGER NOT NULL REFERENCES line (id),
    direction TEXT NOT NULL CHECK (direction IN ('entry', 'exit')),
    at_us INTEGER NOT NULL,                  -- when the anchor was on the line, interpolated between looks
    class TEXT NOT NULL,                     -- car, van, truck, bus, or vehicle when the net cannot tell
    rule TEXT NOT NULL,                      -- by which rule it was counted
    track INTEGER NOT NULL,                  -- of the session's tracker
    place REAL NOT NULL,                     -- where along the line: 0 at A, 1 at B
    explanation TEXT NOT NULL,               -- JSON: what the decision was made from
    UNIQUE (run_id, camera_id, seq)          -- writing a row twice changes nothing
) STRICT;
-- For totals and reports of a period.
CREATE INDEX crossing_by_time ON crossing (at_us);
-- For replacing the rows of a recording.
CREATE INDEX crossing_by_session ON crossing (session_id);

-- One row: one passage that nearly counted, and why it did not.
CREATE TABLE near_crossing (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES run (id),
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    seq INTEGER NOT NULL,
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    line_id INTEGER NOT NULL REFERENCES line (id),
    direction TEXT NOT NULL CHECK (direction IN ('entry', 'exit')),
    at_us INTEGER NOT NULL,
    class TEXT NOT NULL,
    track INTEGER NOT NULL,
    place REAL NOT NULL,
    reason TEXT NOT NULL,                    -- one word
    detail TEXT NOT NULL,                    -- a sentence
    explanation TEXT NOT NULL,               -- JSON
    UNIQUE (run_id, camera_id, seq)
) STRICT;
-- For replacing the rows of a recording.
CREATE INDEX near_crossing_by_session ON near_crossing (session_id);

-- One row: one vehicle more or less in one lot. Written in the crossing's own transaction; occupancy is their sum.
CREATE TABLE movement (
    crossing_id INTEGER NOT NULL REFERENCES crossing (id) ON DELETE CASCADE,
    lot_id INTEGER NOT NULL REFERENCES lot (id),
    delta INTEGER NOT NULL CHECK (delta IN (-1, 1)),
    PRIMARY KEY (crossing_id, lot_id)
) STRICT, WITHOUT ROWID;
-- For summing the occupancy of a lot.
CREATE INDEX movement_by_lot ON movement (lot_id);

-- Every crossing that counts, with names instead of numbers.
CREATE VIEW crossing_detail AS
SELECT
    crossing.id AS crossing_id,
    crossing.at_us,
    strftime('%Y-%m-%dT%H:%M:%fZ', crossing.at_us / 1e6, 'unixepoch') AS at_utc,
    camera.name AS camera,
    line.name AS line,
    crossing.direction,
    crossing.class,
    crossing.rule,
    crossing.place,
    crossing.track,
    crossing.run_id,
    crossing.seq,
    crossing.session_id,
    crossing.explanation
FROM crossing
JOIN session ON session.id = crossing.session_id AND session.counts = 1
JOIN camera ON camera.id = crossing.camera_id
JOIN line ON line.id = crossing.line_id;

-- Every vehicle more or less in a lot, that counts.
CREATE VIEW movement_detail AS
SELECT crossing.id AS crossing_id, crossing.at_us, lot.name AS lot, movement.delta
FROM movement
JOIN crossing ON crossing.id = movement.crossing_id
JOIN session ON session.id = crossing.session_id AND session.counts = 1
JOIN lot ON lot.id = movement.lot_id;

CREATE VIEW line_totals AS
SELECT
    camera,
    line,
    count(*) FILTER (WHERE direction = 'entry') AS entries,
    count(*) FILTER (WHERE direction = 'exit') AS exits,
    min(at_utc) AS first_utc,
    max(at_utc) AS last_utc
FROM crossing_detail
GROUP BY camera, line;

CREATE VIEW lot_totals AS
SELECT
    lot.name AS lot,
    count(*) FILTER (WHERE delta = 1) AS entries,
    count(*) FILTER (WHERE delta = -1) AS exits,
    coalesce(sum(delta), 0) AS net
FROM lot
LEFT JOIN movement_detail ON movement_detail.lot = lot.name
GROUP BY lot.name;

CREATE VIEW hourly_totals AS
SELECT
    strftime('%Y-%m-%dT%H:00Z', at_us / 1e6, 'unixepoch') AS hour_utc,
    camera,
    line,
    count(*) FILTER (WHERE direction = 'entry') AS entries,
    count(*) FILTER (WHERE direction = 'exit') AS exits
FROM crossing_detail
GROUP BY hour_utc, camera, line;

CREATE VIEW daily_totals AS
SELECT
    strftime('%Y-%m-%d', at_us / 1e6, 'unixepoch') AS day_utc,
    camera,
    line,
    count(*) FILTER (WHERE direction = 'entry') AS entries,
    count(*) FILTER (WHERE direction = 'exit') AS exits
FROM crossing_detail
GROUP BY day_utc, camera, line;

-- Vehicles in each lot now, as counted: below zero or above capacity is measured drift, and shown as it is.
CREATE VIEW occupancy AS
SELECT
    lot.name AS lot,
    coalesce(sum(movement_detail.delta), 0) AS inside,
    lot.capacity,
    lot.capacity - coalesce(sum(movement_detail.delta), 0) AS available
FROM lot
LEFT JOIN movement_detail ON movement_detail.lot = lot.name
GROUP BY lot.id;
