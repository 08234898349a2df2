//! A camera that goes down and comes back beside one that does not.

use misbehaving_camera::Mode;

use super::site::{Site, camera, gate, head};
use super::until;

#[test]
fn a_camera_that_goes_down_and_comes_back_is_told_once_each_with_its_reason() {
    let (steady, shaky) = (camera(), camera());
    let config = |down: u32| {
        let gates = [("steady", &steady), ("shaky", &shaky)]
            .map(|(name, camera)| gate(name, &format!("source = \"{}\"", camera.url()), "entry = \"main\""));
        format!("{}[[lot]]\nname = \"main\"\n[alerts]\ncamera_down_s = {down}\n{}", head(""), gates.concat())
    };
    let site = Site::with(&config(10));
    let mut running = site.run();
    let observed = "SELECT name FROM camera WHERE EXISTS (SELECT 1 FROM session WHERE camera_id = camera.id)";
    until("both are observed", || (site.try_rows(observed)?.len() == 2).then_some(()));
    running.wait_until_judged();
    assert_eq!(site.edges(), [""; 0], "connecting is no alert");

    shaky.enter(Mode::Stall).unwrap();
    site.wait_for_edge("began camera-down shaky");
    let alerts = site.json(10, &["alerts", "--open", "--json"]);
    assert_eq!(alerts["alerts"][0]["camera"], "shaky");
    assert_eq!(alerts["alerts"][0]["level"], "critical");
    let detail = alerts["alerts"][0]["detail"].as_str().unwrap();
    // Opened anew by then, such a camera agrees to everything and sends nothing.
    assert!(detail.starts_with("stalled: ") || detail.starts_with("no-answer: "), "{detail}");
    running.wait_until_said(&format!("alert camera-down: shaky: {detail}"), 1);

    // Killed while it is down: the next run knows.
    running.kill();
    let mut running = site.run();
    running.wait_until_judged();
    shaky.enter(Mode::Ok).unwrap();
    site.wait_for_edge("ended camera-down shaky");
    running.wait_until_said("alert camera-down is over: shaky: it is observed again", 1);
    running.wait_until_judged();
    assert_eq!(site.edges(), ["began camera-down shaky", "ended camera-down shaky"]);
    assert_eq!(running.said("alert camera-down: "), 0, "told by the run before");

    // It began when the camera fell silent, and ended when it was back.
    let gaps = "SELECT (SELECT count(*) FROM gap_detail WHERE camera = 'shaky' AND reason IN ('stalled', 'no-answer')
                    AND abs(from_us - began_us) < 100000) || ' ' || (SELECT count(*) FROM gap_detail
                    WHERE camera = 'shaky' AND abs(until_us - ended_us) < 100000)
                FROM alert_state";
    assert_eq!(site.rows(gaps), ["1 1"]);

    // Switched off while it is down again.
    shaky.enter(Mode::Refuse).unwrap();
    until("it is down again", || (site.edges().len() == 3).then_some(()));
    site.configure(&config(0));
    running.signal(libc::SIGHUP);
    until("it is no longer watched", || (site.edges().len() == 4).then_some(()));
    assert_eq!(
        site.rows("SELECT ended_detail FROM alert_state ORDER BY id DESC LIMIT 1"),
        ["this is no longer watched"]
    );
    running.stop();
    assert!(site.ends_with(0, &["alerts", "--open"]).contains("No alert is open."));
}
