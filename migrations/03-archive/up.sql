-- What stays of rows that are older than `keep_days`: totals by quarter of an hour, which is the step in which every local
-- hour and day of every time zone can be told. The views below sum both and give the same numbers before and after.

-- One row: the crossings of one version of a line in one quarter of an hour, whose own rows are gone. The line says which
-- lots they entered and left. Those of a recording keep its session, so that counting it again replaces them, too.
CREATE TABLE archived_line (
    quarter_us INTEGER NOT NULL,             -- its beginning
    line_id INTEGER NOT NULL REFERENCES line (id),
    session_id INTEGER REFERENCES session (id) ON DELETE CASCADE,  -- of a recording; NULL: live
    entries INTEGER NOT NULL,
    exits INTEGER NOT NULL,
    first_us INTEGER NOT NULL,               -- times of the first and the last of them
    last_us INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX archived_line_by_quarter ON archived_line (quarter_us, line_id, coalesce(session_id, 0));
-- For replacing the rows of a recording.
CREATE INDEX archived_line_by_session ON archived_line (session_id) WHERE session_id IS NOT NULL;

-- One row: what one camera saw of one quarter of an hour, likewise.
CREATE TABLE archived_coverage (
    quarter_us INTEGER NOT NULL,
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    session_id INTEGER REFERENCES session (id) ON DELETE CASCADE,
    observed_us INTEGER NOT NULL,
    degraded_us INTEGER NOT NULL,
    frames_read INTEGER NOT NULL,
    frames_looked_at INTEGER NOT NULL,
    frames_dropped INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX archived_coverage_by_quarter ON archived_coverage (quarter_us, camera_id, coalesce(session_id, 0));
CREATE INDEX archived_coverage_by_session ON archived_coverage (session_id) WHERE session_id IS NOT NULL;

-- Totals are summed up from these two alone: a row itself is twenty times as long, for its explanation.
DROP INDEX crossing_by_time;
CREATE INDEX crossing_by_time ON crossing (at_us, session_id, line_id, direction);
DROP INDEX crossing_by_session;
CREATE INDEX crossing_by_session ON crossing (session_id, line_id, direction, at_us);

-- For finding what is old.
CREATE INDEX near_crossing_by_time ON near_crossing (at_us);

-- Crossings that count: one row for each while its own row is kept, after that one for each quarter of an hour, dated at
-- its beginning.
CREATE VIEW line_volume_part AS
SELECT
    crossing.at_us,
    crossing.line_id,
    crossing.direction = 'entry' AS entries,
    crossing.direction = 'exit' AS exits,
    crossing.at_us AS first_us,
    crossing.at_us AS last_us
FROM crossing
JOIN session ON session.id = crossing.session_id AND session.counts = 1
UNION ALL
SELECT quarter_us, line_id, entries, exits, first_us, last_us
FROM archived_line
WHERE session_id IS NULL OR EXISTS (SELECT 1 FROM session WHERE session.id = session_id AND session.counts = 1);

-- Vehicles into and out of lots that count, likewise: as the line says, of which the table `movement` is the record.
CREATE VIEW lot_volume_part AS
SELECT
    part.at_us,
    part.line_id,
    lot.id AS lot_id,
    part.entries * (line.entry_lot_id IS lot.id) + part.exits * (line.other_side_lot_id IS lot.id) AS entries,
    part.exits * (line.exit_lot_id IS lot.id) + part.entries * (line.other_side_lot_id IS lot.id) AS exits
FROM line_volume_part AS part
JOIN line ON line.id = part.line_id
JOIN lot ON lot.id IN (line.entry_lot_id, line.exit_lot_id, line.other_side_lot_id);

-- Crossings that count by version of a line, ever. Each kind of row is summed up before they come together, which takes a
-- tenth of the time: the reporter asks every minute.
CREATE VIEW line_sum AS
SELECT line_id, sum(entries) AS entries, sum(exits) AS exits, min(first_us) AS first_us, max(last_us) AS last_us
FROM (
    SELECT line_id, entries, exits, first_us, last_us
    FROM (
        SELECT
            session_id,
            line_id,
            count(*) FILTER (WHERE direction = 'entry') AS entries,
            count(*) FILTER (WHERE direction = 'exit') AS exits,
            min(at_us) AS first_us,
            max(at_us) AS last_us
        FROM crossing
        GROUP BY session_id, line_id
    ) AS part
    JOIN session ON session.id = part.session_id AND session.counts = 1
    UNION ALL
    SELECT line_id, sum(entries), sum(exits), min(first_us), max(last_us)
    FROM archived_line
    WHERE session_id IS NULL OR EXISTS (SELECT 1 FROM session WHERE session.id = session_id AND session.counts = 1)
    GROUP BY line_id
)
GROUP BY line_id;

-- Entries and exits by line and quarter of an hour, as long as the database has lived.
CREATE VIEW quarter_line_volume AS
SELECT
    at_us / 900000000 * 900000000 AS quarter_us,
    camera.name AS camera,
    line.name AS line,
    sum(entries) AS entries,
    sum(exits) AS exits
FROM line_volume_part
JOIN line ON line.id = line_id
JOIN camera ON camera.id = line.camera_id
GROUP BY quarter_us, camera.id, line.name;

-- Vehicles into and out of each lot by quarter of an hour, likewise.
CREATE VIEW quarter_lot_volume AS
SELECT
    at_us / 900000000 * 900000000 AS quarter_us,
    lot.name AS lot,
    sum(entries) AS entries,
    sum(exits) AS exits
FROM lot_volume_part
JOIN lot ON lot.id = lot_id
GROUP BY quarter_us, lot.id
HAVING sum(entries + exits) > 0;

DROP VIEW line_totals;
CREATE VIEW line_totals AS
SELECT
    camera.name AS camera,
    line.name AS line,
    sum(entries) AS entries,
    sum(exits) AS exits,
    strftime('%Y-%m-%dT%H:%M:%fZ', min(first_us) / 1e6, 'unixepoch') AS first_utc,
    strftime('%Y-%m-%dT%H:%M:%fZ', max(last_us) / 1e6, 'unixepoch') AS last_utc
FROM line_sum
JOIN line ON line.id = line_id
JOIN camera ON camera.id = line.camera_id
GROUP BY camera.name, line.name;

DROP VIEW lot_totals;
CREATE VIEW lot_totals AS
SELECT lot, entries, exits, entries - exits AS net
FROM (
    SELECT
        lot.name AS lot,
        coalesce(sum(entries * (entry_lot_id IS lot.id) + exits * (other_side_lot_id IS lot.id)), 0) AS entries,
        coalesce(sum(exits * (exit_lot_id IS lot.id) + entries * (other_side_lot_id IS lot.id)), 0) AS exits
    FROM lot
    LEFT JOIN line ON lot.id IN (entry_lot_id, exit_lot_id, other_side_lot_id)
    LEFT JOIN line_sum ON line_sum.line_id = line.id
    GROUP BY lot.name
);

DROP VIEW hourly_totals;
CREATE VIEW hourly_totals AS
SELECT
    strftime('%Y-%m-%dT%H:00Z', at_us / 1e6, 'unixepoch') AS hour_utc,
    camera.name AS camera,
    line.name AS line,
    sum(entries) AS entries,
    sum(exits) AS exits
FROM line_volume_part
JOIN line ON line.id = line_id
JOIN camera ON camera.id = line.camera_id
GROUP BY hour_utc, camera.name, line.name;

DROP VIEW daily_totals;
CREATE VIEW daily_totals AS
SELECT
    strftime('%Y-%m-%d', at_us / 1e6, 'unixepoch') AS day_utc,
    camera.name AS camera,
    line.name AS line,
    sum(entries) AS entries,
    sum(exits) AS exits
FROM line_volume_part
JOIN line ON line.id = line_id
JOIN camera ON camera.id = line.camera_id
GROUP BY day_utc, camera.name, line.name;

-- Vehicles in each lot now, as counted: below zero or above capacity is measured drift, and shown as it is.
DROP VIEW occupancy;
CREATE VIEW occupancy AS
SELECT lot.name AS lot, lot_totals.net AS inside, lot.capacity, lot.capacity - lot_totals.net AS available
FROM lot
JOIN lot_totals ON lot_totals.lot = lot.name
ORDER BY lot.id;

-- Coverage that counts: one row for each session and minute while these rows are kept, after that one for each quarter of
-- an hour. Who asks for some quarters asks this view: SQLite finds them by index here, and reads all for the one below.
CREATE VIEW coverage_part AS
SELECT
    session.camera_id,
    coverage.minute_us / 900000000 * 900000000 AS quarter_us,
    coverage.observed_us,
    coverage.degraded_us,
    coverage.frames_read,
    coverage.frames_looked_at,
    coverage.frames_dropped
FROM coverage
JOIN session ON session.id = coverage.session_id AND session.counts = 1
UNION ALL
SELECT camera_id, quarter_us, observed_us, degraded_us, frames_read, frames_looked_at, frames_dropped
FROM archived_coverage
WHERE session_id IS NULL OR EXISTS (SELECT 1 FROM session WHERE session.id = session_id AND session.counts = 1);

-- The same by camera and quarter of an hour: `observed_us` of 900000000. A clock that was set back makes a quarter happen
-- twice, hence the limit.
DROP VIEW quarter_coverage;
CREATE VIEW quarter_coverage AS
SELECT
    camera.name AS camera,
    quarter_us,
    min(sum(observed_us), 900000000) AS observed_us,
    min(sum(degraded_us), 900000000) AS degraded_us,
    sum(frames_read) AS frames_read,
    sum(frames_looked_at) AS frames_looked_at,
    sum(frames_dropped) AS frames_dropped
FROM coverage_part
JOIN camera ON camera.id = camera_id
GROUP BY camera.id, quarter_us;
