-- A run is known by a name that no other run of any database has, so that rows that were saved elsewhere find their run
-- again, also after the database was replaced by a backup.
ALTER TABLE run ADD COLUMN uid TEXT NOT NULL DEFAULT '';
UPDATE run SET uid = lower(hex(randomblob(8)));
CREATE UNIQUE INDEX run_by_uid ON run (uid);

-- With run and camera the key of a session, so that writing it twice changes nothing.
ALTER TABLE session ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;  -- rises with each connection of a camera in a run
UPDATE session SET generation = id;
ALTER TABLE session ADD COLUMN config_sha256 TEXT;  -- of the text of cameras.toml that its camera was counted by, which may
                                                    -- be read again during a run; NULL: its run's
CREATE UNIQUE INDEX session_by_generation ON session (run_id, camera_id, generation);

-- One row: what one session saw of one minute. Zero cars and blind are not the same: no row means blind.
CREATE TABLE coverage (
    session_id INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    minute_us INTEGER NOT NULL,              -- its beginning
    until_us INTEGER NOT NULL,               -- the last moment of it that was observed
    observed_us INTEGER NOT NULL,            -- how much of it was observed
    degraded_us INTEGER NOT NULL,            -- how much of that with too few looks to trust the counts
    frames_read INTEGER NOT NULL,
    frames_looked_at INTEGER NOT NULL,
    frames_dropped INTEGER NOT NULL,         -- because the machine was late
    PRIMARY KEY (session_id, minute_us)
) STRICT, WITHOUT ROWID;
-- For the coverage of a period: quarter_coverage says the same, so that a question for some quarters reads only these.
CREATE INDEX coverage_by_quarter ON coverage (minute_us / 900000000 * 900000000);

-- One row: one stretch of time in which one camera was not observed, and why.
CREATE TABLE gap (
    run_id INTEGER NOT NULL REFERENCES run (id),   -- that noticed it
    camera_id INTEGER NOT NULL REFERENCES camera (id),
    seq INTEGER NOT NULL,                    -- rises within run and camera
    from_us INTEGER NOT NULL,
    until_us INTEGER NOT NULL,               -- while it lasts: the last time it was looked after
    reason TEXT NOT NULL,                    -- one word: refused, stalled, frozen, not-running ...
    detail TEXT NOT NULL,                    -- a sentence
    PRIMARY KEY (run_id, camera_id, seq)
) STRICT, WITHOUT ROWID;
-- For the gaps of a period.
CREATE INDEX gap_by_time ON gap (from_us);

-- Coverage that counts, by camera and quarter of an hour: `observed_us` of 900000000. A clock that was set back makes a
-- quarter happen twice, hence the limit.
CREATE VIEW quarter_coverage AS
SELECT
    camera.name AS camera,
    coverage.minute_us / 900000000 * 900000000 AS quarter_us,
    min(sum(coverage.observed_us), 900000000) AS observed_us,
    min(sum(coverage.degraded_us), 900000000) AS degraded_us,
    sum(coverage.frames_read) AS frames_read,
    sum(coverage.frames_looked_at) AS frames_looked_at,
    sum(coverage.frames_dropped) AS frames_dropped
FROM coverage
JOIN session ON session.id = coverage.session_id AND session.counts = 1
JOIN camera ON camera.id = session.camera_id
GROUP BY camera.id, quarter_us;

CREATE VIEW gap_detail AS
SELECT
    camera.name AS camera,
    gap.from_us,
    gap.until_us,
    strftime('%Y-%m-%dT%H:%M:%fZ', gap.from_us / 1e6, 'unixepoch') AS from_utc,
    strftime('%Y-%m-%dT%H:%M:%fZ', gap.until_us / 1e6, 'unixepoch') AS until_utc,
    gap.reason,
    gap.detail,
    gap.run_id
FROM gap
JOIN camera ON camera.id = gap.camera_id;
