-- The ledger. Occupancy of a lot is what an operator (or the configuration) said last, and what was counted since: at every
-- moment opening + entries - exits + adjustments = closing, from rows alone.

DROP VIEW movement_detail;
DROP VIEW line_volume_part;
DROP VIEW lot_volume_part;
DROP VIEW line_sum;
DROP VIEW quarter_line_volume;
DROP VIEW quarter_lot_volume;
DROP VIEW line_totals;
DROP VIEW lot_totals;
DROP VIEW hourly_totals;
DROP VIEW daily_totals;
DROP VIEW occupancy;

ALTER TABLE lot ADD COLUMN parent_id INTEGER REFERENCES lot (id);  -- the lot that it is a part of; NULL: of none

-- One row: what the crossings of one version of a line do to one lot. A car that enters a lot enters all that the lot lies
-- within, but for what it was in before; so it leaves.
CREATE TABLE line_lot (
    line_id INTEGER NOT NULL REFERENCES line (id),
    lot_id INTEGER NOT NULL REFERENCES lot (id),
    entry_delta INTEGER NOT NULL CHECK (entry_delta IN (-1, 0, 1)),  -- vehicles that one entry brings into the lot
    exit_delta INTEGER NOT NULL CHECK (exit_delta IN (-1, 0, 1)),
    PRIMARY KEY (line_id, lot_id)
) STRICT, WITHOUT ROWID;
-- For summing the volume of a lot.
CREATE INDEX line_lot_by_lot ON line_lot (lot_id, line_id, entry_delta, exit_delta);
INSERT INTO line_lot
SELECT
    line.id,
    lot.id,
    (entry_lot_id IS lot.id) - (other_side_lot_id IS lot.id),
    (other_side_lot_id IS lot.id) - (exit_lot_id IS lot.id)
FROM line
JOIN lot ON lot.id IN (entry_lot_id, exit_lot_id, other_side_lot_id);

-- One row: what somebody said about a lot. Rows are only ever added.
CREATE TABLE adjustment (
    id INTEGER PRIMARY KEY,
    uid TEXT NOT NULL UNIQUE,                -- writing a row twice changes nothing
    lot_id INTEGER NOT NULL REFERENCES lot (id),
    kind TEXT NOT NULL CHECK (kind IN (
        'opening',                           -- the true number at a moment, the first that was ever told
        'set',                               -- the true number
        'reset',                             -- the number that the configuration takes for true at a time of day
        'adjust')),                          -- so many more or less: what was missed or counted too much is known
    at_us INTEGER NOT NULL,                  -- crossings at this very moment come after it
    amount INTEGER NOT NULL,
    before INTEGER NOT NULL,                 -- vehicles inside at that moment as the rows gave it when this was recorded
    after INTEGER NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    recorded_at_us INTEGER NOT NULL,
    CHECK (after = before + amount)
) STRICT;
-- For the adjustments of a lot, the latest first.
CREATE INDEX adjustment_by_lot ON adjustment (lot_id, at_us, id);
-- For the beginning of a part of a quarter of an hour.
CREATE INDEX adjustment_by_time ON adjustment (at_us) WHERE kind <> 'adjust';

-- One row: crossings of one version of a line and one class in one quarter of an hour, or in a part of it: an adjustment
-- that tells the true number of any lot begins a part of its own, so that what was counted since is known for ever.
-- Rows of recordings keep their session, so that counting one again replaces them.
CREATE TABLE volume (
    part_us INTEGER NOT NULL,                -- its beginning
    line_id INTEGER NOT NULL REFERENCES line (id),
    session_id INTEGER REFERENCES session (id) ON DELETE CASCADE,  -- of a recording; NULL: live
    class TEXT NOT NULL,                     -- unknown: archived by a version that did not keep it
    entries INTEGER NOT NULL,
    exits INTEGER NOT NULL,
    first_us INTEGER NOT NULL,               -- times of the first and the last of them
    last_us INTEGER NOT NULL,
    archived INTEGER NOT NULL DEFAULT 0      -- of entries + exits: those whose own rows are gone, by their age
) STRICT;
CREATE UNIQUE INDEX volume_by_line ON volume (line_id, part_us, class, coalesce(session_id, 0));
-- For replacing the rows of a recording.
CREATE INDEX volume_by_session ON volume (session_id) WHERE session_id IS NOT NULL;

-- Volumes are summed up when a crossing is written; what asks for crossings themselves asks for a time.
DROP INDEX crossing_by_time;
CREATE INDEX crossing_by_time ON crossing (at_us, session_id, line_id, direction, class);
DROP INDEX crossing_by_session;
CREATE INDEX crossing_by_session ON crossing (session_id);

-- Every crossing whose row is kept, with the key of the row of `volume` that it is part of. CROSS JOIN makes SQLite begin
-- with the crossings of a time, not with all of a session.
CREATE VIEW crossing_part AS
SELECT
    max(
        crossing.at_us / 900000000 * 900000000,
        coalesce(
            (SELECT max(adjustment.at_us) FROM adjustment WHERE kind <> 'adjust' AND adjustment.at_us <= crossing.at_us),
            0
        )
    ) AS part_us,
    crossing.line_id,
    CASE WHEN session.content_sha256 IS NULL THEN NULL ELSE session.id END AS session_id,
    session.id AS own_session_id,
    crossing.class,
    crossing.direction = 'entry' AS entries,
    crossing.direction = 'exit' AS exits,
    crossing.at_us
FROM crossing
CROSS JOIN session ON session.id = crossing.session_id;

INSERT INTO volume (part_us, line_id, session_id, class, entries, exits, first_us, last_us)
SELECT part_us, line_id, session_id, class, sum(entries), sum(exits), min(at_us), max(at_us)
FROM crossing_part
GROUP BY part_us, line_id, session_id, class;
INSERT INTO volume
SELECT quarter_us, line_id, session_id, 'unknown', entries, exits, first_us, last_us, entries + exits FROM archived_line;
DROP TABLE archived_line;
DROP TABLE movement;

-- Whoever writes a crossing writes its volume.
CREATE TRIGGER crossing_is_summed_up AFTER INSERT ON crossing
BEGIN
    INSERT INTO volume (part_us, line_id, session_id, class, entries, exits, first_us, last_us)
    VALUES (
        max(
            NEW.at_us / 900000000 * 900000000,
            coalesce((SELECT max(at_us) FROM adjustment WHERE kind <> 'adjust' AND at_us <= NEW.at_us), 0)
        ),
        NEW.line_id,
        (SELECT CASE WHEN content_sha256 IS NULL THEN NULL ELSE id END FROM session WHERE id = NEW.session_id),
        NEW.class,
        NEW.direction = 'entry',
        NEW.direction = 'exit',
        NEW.at_us,
        NEW.at_us
    )
    ON CONFLICT (line_id, part_us, class, coalesce(session_id, 0)) DO UPDATE SET
        entries = entries + excluded.entries,
        exits = exits + excluded.exits,
        first_us = min(first_us, excluded.first_us),
        last_us = max(last_us, excluded.last_us);
END;

-- Also by INSERT OR REPLACE, which would remove the row without a word.
CREATE TRIGGER adjustment_comes_once BEFORE INSERT ON adjustment
WHEN EXISTS (SELECT 1 FROM adjustment WHERE uid = NEW.uid OR id = NEW.id)
BEGIN
    SELECT RAISE(IGNORE);
END;

CREATE TRIGGER adjustment_is_never_changed BEFORE UPDATE ON adjustment
BEGIN
    SELECT RAISE(ABORT, 'adjustments are never changed: add another one');
END;

CREATE TRIGGER adjustment_is_never_removed BEFORE DELETE ON adjustment
BEGIN
    SELECT RAISE(ABORT, 'adjustments are never removed: add another one');
END;

-- The quarter of an hour in which a true number is told is divided there.
CREATE TRIGGER adjustment_divides_its_quarter AFTER INSERT ON adjustment
WHEN NEW.kind <> 'adjust' AND NEW.at_us % 900000000 <> 0
BEGIN
    SELECT RAISE(ABORT, 'crossings of this quarter of an hour are kept as a total only: name its beginning or its end')
    FROM line
    JOIN volume ON volume.line_id = line.id
        AND volume.part_us >= NEW.at_us / 900000000 * 900000000
        AND volume.part_us < NEW.at_us / 900000000 * 900000000 + 900000000
    WHERE volume.archived > 0;
    DELETE FROM volume
    WHERE line_id IN (SELECT id FROM line)
        AND part_us >= NEW.at_us / 900000000 * 900000000
        AND part_us < NEW.at_us / 900000000 * 900000000 + 900000000;
    INSERT INTO volume (part_us, line_id, session_id, class, entries, exits, first_us, last_us)
    SELECT part_us, line_id, session_id, class, sum(entries), sum(exits), min(at_us), max(at_us)
    FROM crossing_part
    WHERE at_us >= NEW.at_us / 900000000 * 900000000 AND at_us < NEW.at_us / 900000000 * 900000000 + 900000000
    GROUP BY part_us, line_id, session_id, class;
END;

-- Views. Only these statements follow, which are also used for databases of older versions.

-- Every vehicle more or less in a lot that counts, by crossings whose rows are kept.
CREATE VIEW movement_detail AS
SELECT
    crossing.id AS crossing_id,
    crossing.at_us,
    lot.name AS lot,
    CASE crossing.direction WHEN 'entry' THEN entry_delta ELSE exit_delta END AS delta
FROM crossing
JOIN session ON session.id = crossing.session_id AND session.counts = 1
JOIN line_lot ON line_lot.line_id = crossing.line_id
JOIN lot ON lot.id = line_lot.lot_id
WHERE CASE crossing.direction WHEN 'entry' THEN entry_delta ELSE exit_delta END <> 0;

-- Crossings that count by quarter of an hour, or part of it, line and class.
CREATE VIEW line_volume_part AS
SELECT part_us, line_id, class, entries, exits, first_us, last_us
FROM volume
WHERE session_id IS NULL OR EXISTS (SELECT 1 FROM session WHERE session.id = session_id AND session.counts = 1);

-- Vehicles into and out of lots that count, likewise.
CREATE VIEW lot_volume_part AS
SELECT
    part.part_us,
    line_lot.line_id,
    line_lot.lot_id,
    part.class,
    part.entries * (entry_delta = 1) + part.exits * (exit_delta = 1) AS entries,
    part.entries * (entry_delta = -1) + part.exits * (exit_delta = -1) AS exits
FROM line_lot
JOIN line_volume_part AS part ON part.line_id = line_lot.line_id;

-- Crossings that count by version of a line, ever.
CREATE VIEW line_sum AS
SELECT line_id, sum(entries) AS entries, sum(exits) AS exits, min(first_us) AS first_us, max(last_us) AS last_us
FROM line_volume_part
GROUP BY line_id;

-- Entries and exits by line and quarter of an hour, as long as the database has lived.
CREATE VIEW quarter_line_volume AS
SELECT
    part_us / 900000000 * 900000000 AS quarter_us,
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
    part_us / 900000000 * 900000000 AS quarter_us,
    lot.name AS lot,
    sum(entries) AS entries,
    sum(exits) AS exits
FROM lot_volume_part
JOIN lot ON lot.id = lot_id
GROUP BY quarter_us, lot.id
HAVING sum(entries + exits) > 0;

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

-- Vehicles into and out of each lot, ever: what was counted, without adjustments.
CREATE VIEW lot_totals AS
SELECT lot, entries, exits, entries - exits AS net
FROM (
    SELECT
        lot.name AS lot,
        coalesce(sum(entries * (entry_delta = 1) + exits * (exit_delta = 1)), 0) AS entries,
        coalesce(sum(entries * (entry_delta = -1) + exits * (exit_delta = -1)), 0) AS exits
    FROM lot
    LEFT JOIN line_lot ON line_lot.lot_id = lot.id
    LEFT JOIN line_sum ON line_sum.line_id = line_lot.line_id
    GROUP BY lot.name
);

CREATE VIEW hourly_totals AS
SELECT
    strftime('%Y-%m-%dT%H:00Z', part_us / 1e6, 'unixepoch') AS hour_utc,
    camera.name AS camera,
    line.name AS line,
    sum(entries) AS entries,
    sum(exits) AS exits
FROM line_volume_part
JOIN line ON line.id = line_id
JOIN camera ON camera.id = line.camera_id
GROUP BY hour_utc, camera.name, line.name;

CREATE VIEW daily_totals AS
SELECT
    strftime('%Y-%m-%d', part_us / 1e6, 'unixepoch') AS day_utc,
    camera.name AS camera,
    line.name AS line,
    sum(entries) AS entries,
    sum(exits) AS exits
FROM line_volume_part
JOIN line ON line.id = line_id
JOIN camera ON camera.id = line.camera_id
GROUP BY day_utc, camera.name, line.name;

-- Every adjustment with what the rows that are known by now say of it. `counted` is the number of vehicles inside just
-- before a true number was told; `effect` is what the adjustment adds to that. They differ from `before` and `amount` when
-- rows of an earlier time came later. `base_us` is when the true number was told the time before (NULL: never), `crossings`
-- how many vehicles came and went since then.
CREATE VIEW adjustment_detail AS
SELECT
    adjustment_id,
    lot,
    kind,
    at_us,
    strftime('%Y-%m-%dT%H:%M:%fZ', at_us / 1e6, 'unixepoch') AS at_utc,
    base_us,
    crossings,
    counted,
    CASE kind WHEN 'adjust' THEN amount ELSE after - counted END AS effect,
    amount,
    before,
    after,
    who,
    why,
    recorded_at_us
FROM (
    SELECT
        this.*,
        this.id AS adjustment_id,
        lot.name AS lot,
        base.at_us AS base_us,
        CASE WHEN this.kind <> 'adjust' THEN
            coalesce((
                SELECT sum(part.entries + part.exits) FROM lot_volume_part AS part
                WHERE part.lot_id = this.lot_id
                    AND part.part_us >= coalesce(base.at_us, -9223372036854775807) AND part.part_us < this.at_us
            ), 0)
        END AS crossings,
        CASE WHEN this.kind <> 'adjust' THEN
            coalesce(base.after, 0)
            + coalesce((
                SELECT sum(part.entries - part.exits) FROM lot_volume_part AS part
                WHERE part.lot_id = this.lot_id
                    AND part.part_us >= coalesce(base.at_us, -9223372036854775807) AND part.part_us < this.at_us
            ), 0)
            + coalesce((
                SELECT sum(step.amount) FROM adjustment AS step
                WHERE step.lot_id = this.lot_id AND step.kind = 'adjust' AND (step.at_us, step.id) < (this.at_us, this.id)
                    AND (base.id IS NULL OR (step.at_us, step.id) > (base.at_us, base.id))
            ), 0)
        END AS counted
    FROM adjustment AS this
    JOIN lot ON lot.id = this.lot_id
    LEFT JOIN adjustment AS base ON base.id = (
        SELECT earlier.id FROM adjustment AS earlier
        WHERE earlier.lot_id = this.lot_id AND earlier.kind <> 'adjust'
            AND (earlier.at_us, earlier.id) < (this.at_us, this.id)
        ORDER BY earlier.at_us DESC, earlier.id DESC LIMIT 1
    )
);

-- Vehicles in each lot now: below zero or above capacity is measured drift, and shown as it is. `since_us` is when somebody
-- told the true number last; NULL: never, and the lot is taken to have been empty at the beginning. What is dated after now,
-- by a clock that was wrong, does not count yet.
CREATE VIEW occupancy AS
WITH known AS MATERIALIZED (
    SELECT
        lot.id,
        lot.name AS lot,
        lot.capacity,
        parent.name AS parent,
        base.at_us AS since_us,
        coalesce(base.after, 0)
        + coalesce((
            SELECT sum(part.entries - part.exits) FROM lot_volume_part AS part
            WHERE part.lot_id = lot.id AND part.part_us >= coalesce(base.at_us, -9223372036854775807)
        ), 0)
        + coalesce((
            SELECT sum(step.amount) FROM adjustment AS step
            WHERE step.lot_id = lot.id AND step.kind = 'adjust' AND step.at_us / 1000000 <= now.s
                AND (base.id IS NULL OR (step.at_us, step.id) > (base.at_us, base.id))
        ), 0) AS inside
    FROM (SELECT CAST(strftime('%s', 'now') AS INTEGER) AS s) AS now
    CROSS JOIN lot
    LEFT JOIN lot AS parent ON parent.id = lot.parent_id
    LEFT JOIN adjustment AS base ON base.id = (
        SELECT id FROM adjustment
        WHERE lot_id = lot.id AND kind <> 'adjust' AND at_us / 1000000 <= now.s
        ORDER BY at_us DESC, id DESC LIMIT 1
    )
)
SELECT lot, inside, capacity, capacity - inside AS available, since_us, parent AS within
FROM known
ORDER BY id;
