//! Restarts in the middle of an open alert.

use misbehaving_camera::Camera;

use super::site::{Site, camera, gate, head};

/// A lot with so many spaces that cars only ever enter.
fn filling(camera: &Camera, capacity: u32) -> String {
    let lot = format!("[[lot]]\nname = \"main\"\ncapacity = {capacity}\n[lot.alerts]\nnearly_full = 0.5\n");
    let source = format!("source = \"{}\"", camera.url());
    format!("{}{lot}{}", head(""), gate("gate", &source, "entry = \"main\""))
}

#[test]
fn an_open_alert_is_neither_repeated_nor_forgotten_by_kills_and_restarts() {
    let camera = camera();
    let site = Site::with(&filling(&camera, 2));
    let mut running = site.run();
    running.wait_until_said("alert full: main", 1);
    running.kill();
    let before = site.edges();
    assert!(before.iter().any(|edge| edge == "began full main"), "{before:?}");

    // Killed again and again, at other moments of its life.
    for publications in 1..=3 {
        let mut running = site.run();
        running.wait_until_said("inside:", publications);
        running.kill();
    }
    let mut running = site.run();
    running.wait_until_judged();
    assert_eq!(running.said("alert full"), 0, "it was told already");
    running.stop();
    let full = |edges: Vec<String>| edges.into_iter().filter(|edge| edge.ends_with(" full main")).count();
    assert_eq!(full(site.edges()), 1);
    assert_eq!(site.rows("PRAGMA integrity_check"), ["ok"]);

    // More spaces while nobody looked: it ends at the next start, once.
    site.configure(&filling(&camera, 1000));
    let mut running = site.run();
    site.wait_for_edge("ended full main");
    running.wait_until_judged();
    assert_eq!(running.said("alert full is over: main"), 1, "{}", running.log());

    // And fewer again while it runs: that is another alert.
    site.configure(&filling(&camera, 2));
    running.signal(libc::SIGHUP);
    running.wait_until_said("alert full: main", 1);
    running.stop();
    assert_eq!(full(site.edges()), 3, "{:?}", site.edges());
}
