//! A database that is not there yet, that somebody keeps to himself, and that is taken away.

use lotcount::count::Direction;
use rusqlite::Connection;

use super::pipe::Lines;
use super::site::Site;

#[test]
fn it_goes_on_by_itself_when_the_database_comes_and_goes() {
    let site = Site::new();
    let lines = Lines::of(&site);
    lines.up_to("trouble: there is no database");
    let mut run = site.run();
    lines.up_to("lot main: 0 of 20");
    run.crosses(Direction::Entry);
    lines.up_to("lot main: 1 of 20");
    drop(run);
    for ending in ["", "-wal", "-shm"] {
        // The last two are there as long as somebody has it open.
        let _ = std::fs::rename(site.path(&format!("lotcount.db{ending}")), site.path(&format!("away.db{ending}")));
    }
    lines.up_to("there is no database");
    site.run();
    lines.up_to("lot main: 0 of 20");
    assert_eq!(lines.end(), Some(0));
}

#[test]
fn it_says_that_the_database_is_busy_and_waits() {
    let site = Site::new();
    site.run().crosses(Direction::Entry);
    let owner = Connection::open(site.path("lotcount.db")).unwrap();
    owner.execute_batch("PRAGMA locking_mode = exclusive; BEGIN IMMEDIATE; DELETE FROM export; COMMIT").unwrap();
    let lines = Lines::of(&site);
    lines.up_to("database is locked");
    drop(owner);
    lines.up_to("lot main: 1 of 20");
    assert_eq!(lines.end(), Some(0));
}
