-- What an operator has to be told, written when it begins and when it ends, each once. docs/alerts.md says what the kinds
-- mean and how a publisher reads them.

-- One row: one alert. It begins once, ends once, and is never changed otherwise.
CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,                -- kind, subject, beginning: writing it twice changes nothing
    kind TEXT NOT NULL,                      -- nearly-full, full, over-capacity, below-zero, imbalance, silent-line, camera-down
    level TEXT NOT NULL CHECK (level IN ('notice', 'warning', 'critical')),
    lot_id INTEGER REFERENCES lot (id),      -- of what it tells: a lot, or a camera, or one of the camera's lines
    camera_id INTEGER REFERENCES camera (id),
    line TEXT,                               -- its name: an alert goes on though the line is moved
    began_at_us INTEGER NOT NULL,
    ended_at_us INTEGER,                     -- NULL: open
    detail TEXT NOT NULL,                    -- a sentence: why it began
    ended_detail TEXT,                       -- a sentence: why it ended
    CHECK ((lot_id IS NULL) <> (camera_id IS NULL)),
    CHECK (line IS NULL OR camera_id IS NOT NULL),
    CHECK ((ended_at_us IS NULL) = (ended_detail IS NULL)),
    CHECK (ended_at_us >= began_at_us)
) STRICT;
-- A subject has one open alert of a kind at most.
CREATE UNIQUE INDEX alert_open ON alert (kind, coalesce(lot_id, 0), coalesce(camera_id, 0), coalesce(line, ''))
WHERE ended_at_us IS NULL;
-- For the latest alert of each kind and subject.
CREATE INDEX alert_by_subject ON alert (kind, lot_id, camera_id, line);
-- For the alerts of a period.
CREATE INDEX alert_by_time ON alert (began_at_us);

-- One row: an alert began, or ended. Ids rise in the order in which the rows are written and never come twice, so that who
-- publishes them keeps the last one that he has seen.
CREATE TABLE alert_edge (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
    edge TEXT NOT NULL CHECK (edge IN ('began', 'ended')),
    -- When it was written, by the computer's clock: what is told of a recording may be of another year.
    recorded_at_us INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER) * 1000),
    UNIQUE (alert_id, edge)
) STRICT;

-- No writer can forget them.
CREATE TRIGGER alert_begins AFTER INSERT ON alert
BEGIN
    INSERT INTO alert_edge (alert_id, edge) VALUES (new.id, 'began');
    INSERT INTO alert_edge (alert_id, edge) SELECT new.id, 'ended' WHERE new.ended_at_us IS NOT NULL;
END;
CREATE TRIGGER alert_ends AFTER UPDATE OF ended_at_us ON alert
WHEN old.ended_at_us IS NULL AND new.ended_at_us IS NOT NULL
BEGIN
    INSERT INTO alert_edge (alert_id, edge) VALUES (new.id, 'ended');
END;
CREATE TRIGGER alert_ends_once BEFORE UPDATE ON alert
WHEN old.ended_at_us IS NOT NULL OR new.id <> old.id OR new.key <> old.key OR new.began_at_us <> old.began_at_us
BEGIN
    SELECT raise(ABORT, 'an alert ends once and is not changed otherwise');
END;

-- Alerts with names instead of numbers: what is open has no ended_us.
CREATE VIEW alert_state AS
SELECT
    alert.id,
    alert.key,
    alert.kind,
    alert.level,
    lot.name AS lot,
    camera.name AS camera,
    alert.line,
    alert.began_at_us AS began_us,
    alert.ended_at_us AS ended_us,
    strftime('%Y-%m-%dT%H:%M:%fZ', alert.began_at_us / 1e6, 'unixepoch') AS began_utc,
    strftime('%Y-%m-%dT%H:%M:%fZ', alert.ended_at_us / 1e6, 'unixepoch') AS ended_utc,
    alert.detail,
    alert.ended_detail
FROM alert
LEFT JOIN lot ON lot.id = alert.lot_id
LEFT JOIN camera ON camera.id = alert.camera_id;

-- What there is to publish: a row for each beginning and each end. `WHERE id > N ORDER BY id` gives what is new since N.
CREATE VIEW alert_detail AS
SELECT
    alert_edge.id,
    alert_edge.edge,
    alert_edge.alert_id,
    alert.key,
    alert.kind,
    alert.level,
    alert.lot,
    alert.camera,
    alert.line,
    CASE alert_edge.edge WHEN 'began' THEN alert.began_us ELSE alert.ended_us END AS at_us,
    CASE alert_edge.edge WHEN 'began' THEN alert.began_utc ELSE alert.ended_utc END AS at_utc,
    CASE alert_edge.edge WHEN 'began' THEN alert.detail ELSE alert.ended_detail END AS detail,
    alert_edge.recorded_at_us AS recorded_us
FROM alert_edge
JOIN alert_state AS alert ON alert.id = alert_edge.alert_id;
