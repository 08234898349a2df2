//! Reading a database that no run has brought up to date yet: what it lacks, as views of this connection alone.

use rusqlite::Connection;

/// The schema that brought totals of rows that are gone.
const ARCHIVE_SCHEMA: i64 = 3;
/// The schema that brought volumes, adjustments and lots within lots.
pub const LEDGER_SCHEMA: i64 = 4;

const WITHOUT_ARCHIVE: &str = "
    CREATE TEMP VIEW archived_line AS
        SELECT 0 AS quarter_us, 0 AS line_id, 0 AS session_id, 0 AS entries, 0 AS exits, 0 AS first_us, 0 AS last_us
        WHERE 0;
    CREATE TEMP VIEW archived_coverage AS SELECT 0 AS quarter_us, 0 AS camera_id WHERE 0;
    CREATE TEMP VIEW coverage_part AS
        SELECT session.camera_id, minute_us / 900000000 * 900000000 AS quarter_us, observed_us, degraded_us,
            coverage.frames_read, coverage.frames_looked_at, coverage.frames_dropped
        FROM coverage JOIN session ON session.id = session_id AND session.counts = 1;";

const WITHOUT_LEDGER: &str = "
    CREATE TEMP VIEW lot AS SELECT id, name, capacity, NULL AS parent_id FROM main.lot;
    CREATE TEMP VIEW line_lot AS
        SELECT line.id AS line_id, lot.id AS lot_id,
            (entry_lot_id IS lot.id) - (other_side_lot_id IS lot.id) AS entry_delta,
            (other_side_lot_id IS lot.id) - (exit_lot_id IS lot.id) AS exit_delta
        FROM line JOIN lot ON lot.id IN (entry_lot_id, exit_lot_id, other_side_lot_id);
    CREATE TEMP VIEW adjustment AS
        SELECT 0 AS id, '' AS uid, 0 AS lot_id, '' AS kind, 0 AS at_us, 0 AS amount, 0 AS before, 0 AS after, '' AS who,
            '' AS why, 0 AS recorded_at_us
        WHERE 0;
    CREATE TEMP VIEW volume AS
        SELECT at_us / 900000000 * 900000000 AS part_us, line_id,
            CASE WHEN content_sha256 IS NULL THEN NULL ELSE session.id END AS session_id, class,
            sum(direction = 'entry') AS entries, sum(direction = 'exit') AS exits,
            min(at_us) AS first_us, max(at_us) AS last_us, 0 AS archived
        FROM crossing JOIN session ON session.id = session_id
        GROUP BY 1, 2, 3, 4
        UNION ALL
        SELECT quarter_us, line_id, session_id, 'unknown', entries, exits, first_us, last_us, entries + exits
        FROM archived_line;";

/// The views of the ledger, as the migration has them after this line.
const LEDGER: &str = include_str!("../../migrations/04-ledger/up.sql");
const VIEWS_BEGIN: &str = "-- Views.";

/// Adds what a schema of this version lacks for reading.
pub fn supplement(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    if version >= LEDGER_SCHEMA {
        return Ok(());
    }
    connection.execute_batch("PRAGMA temp_store = memory;")?;
    if version < ARCHIVE_SCHEMA {
        connection.execute_batch(WITHOUT_ARCHIVE)?;
    }
    connection.execute_batch(WITHOUT_LEDGER)?;
    let views = LEDGER.split_once(VIEWS_BEGIN).map_or("", |(_, views)| views);
    let views = views.split_once('\n').map_or("", |(_, views)| views);
    connection.execute_batch(&views.replace("CREATE VIEW", "CREATE TEMP VIEW"))
}
