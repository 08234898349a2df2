-- Reports sum up quarters of an hour, never minutes or crossings: a year of four gates has 2 million rows of coverage and
-- 140,000 here.

-- One row: what one session saw of one quarter of an hour, as far as its minutes are kept.
CREATE TABLE coverage_sum (
    quarter_us INTEGER NOT NULL,
    session_id INTEGER NOT NULL,             -- its minutes go with it, and this row with them
    minutes INTEGER NOT NULL,                -- rows of coverage
    observed_us INTEGER NOT NULL,
    degraded_us INTEGER NOT NULL,
    frames_read INTEGER NOT NULL,
    frames_looked_at INTEGER NOT NULL,
    frames_dropped INTEGER NOT NULL,
    PRIMARY KEY (quarter_us, session_id)
) STRICT, WITHOUT ROWID;

INSERT INTO coverage_sum
SELECT
    minute_us / 900000000 * 900000000,
    session_id,
    count(*),
    sum(observed_us),
    sum(degraded_us),
    sum(frames_read),
    sum(frames_looked_at),
    sum(frames_dropped)
FROM coverage
GROUP BY minute_us / 900000000 * 900000000, session_id;

-- Whoever writes, changes or removes a minute changes its quarter.
CREATE TRIGGER coverage_is_summed_up AFTER INSERT ON coverage
BEGIN
    INSERT INTO coverage_sum
    VALUES (
        NEW.minute_us / 900000000 * 900000000,
        NEW.session_id,
        1,
        NEW.observed_us,
        NEW.degraded_us,
        NEW.frames_read,
        NEW.frames_looked_at,
        NEW.frames_dropped
    )
    ON CONFLICT (quarter_us, session_id) DO UPDATE SET
        minutes = minutes + 1,
        observed_us = observed_us + excluded.observed_us,
        degraded_us = degraded_us + excluded.degraded_us,
        frames_read = frames_read + excluded.frames_read,
        frames_looked_at = frames_looked_at + excluded.frames_looked_at,
        frames_dropped = frames_dropped + excluded.frames_dropped;
END;

CREATE TRIGGER coverage_is_summed_up_anew
AFTER UPDATE OF observed_us, degraded_us, frames_read, frames_looked_at, frames_dropped ON coverage
BEGIN
    UPDATE coverage_sum SET
        observed_us = observed_us + NEW.observed_us - OLD.observed_us,
        degraded_us = degraded_us + NEW.degraded_us - OLD.degraded_us,
        frames_read = frames_read + NEW.frames_read - OLD.frames_read,
        frames_looked_at = frames_looked_at + NEW.frames_looked_at - OLD.frames_looked_at,
        frames_dropped = frames_dropped + NEW.frames_dropped - OLD.frames_dropped
    WHERE quarter_us = OLD.minute_us / 900000000 * 900000000 AND session_id = OLD.session_id;
END;

CREATE TRIGGER coverage_is_taken_off AFTER DELETE ON coverage
BEGIN
    UPDATE coverage_sum SET
        minutes = minutes - 1,
        observed_us = observed_us - OLD.observed_us,
        degraded_us = degraded_us - OLD.degraded_us,
        frames_read = frames_read - OLD.frames_read,
        frames_looked_at = frames_looked_at - OLD.frames_looked_at,
        frames_dropped = frames_dropped - OLD.frames_dropped
    WHERE quarter_us = OLD.minute_us / 900000000 * 900000000 AND session_id = OLD.session_id;
    DELETE FROM coverage_sum
    WHERE quarter_us = OLD.minute_us / 900000000 * 900000000 AND session_id = OLD.session_id AND minutes = 0;
END;

-- Coverage that counts: one row for each session and quarter of an hour while its minutes are kept, after that one for each
-- camera.
DROP VIEW coverage_part;
CREATE VIEW coverage_part AS
SELECT
    session.camera_id,
    coverage_sum.quarter_us,
    coverage_sum.observed_us,
    coverage_sum.degraded_us,
    coverage_sum.frames_read,
    coverage_sum.frames_looked_at,
    coverage_sum.frames_dropped
FROM coverage_sum
JOIN session ON session.id = coverage_sum.session_id AND session.counts = 1
UNION ALL
SELECT camera_id, quarter_us, observed_us, degraded_us, frames_read, frames_looked_at, frames_dropped
FROM archived_coverage
WHERE session_id IS NULL OR EXISTS (SELECT 1 FROM session WHERE session.id = session_id AND session.counts = 1);

-- For the volume of a lot between two moments, from the index alone.
CREATE INDEX volume_by_part ON volume (line_id, part_us, entries, exits, session_id);
