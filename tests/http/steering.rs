//! What can be asked of it: cameras opened anew, true numbers, and how it does.

use serde_json::json;

use super::{TOKEN, serve, until, with_token};
use crate::site::{Site, gate, head, recording};

#[test]
fn a_restart_opens_cameras_anew_and_loses_nothing() {
    let mut served = with_token();
    let sessions = |camera: &str| {
        let sql = format!(
            "SELECT '' || count(*) FROM session JOIN camera ON camera.id = camera_id WHERE camera.name = '{camera}'"
        );
        served.site.rows(&sql)[0].parse::<u32>().unwrap()
    };
    let answer = served.client.post("/cameras/north%20gate/restart", TOKEN, "");
    assert!(answer.status == 202 && answer.json() == json!({ "restarting": ["north gate"] }), "{answer:?}");
    until("it is counted again", || (sessions("north gate") == 2).then_some(()));
    assert_eq!(sessions("south"), 1, "the other goes on");
    assert_eq!(served.client.post("/cameras/nobody/restart", TOKEN, "").status, 404);
    let answer = served.client.post("/restart", TOKEN, "");
    assert_eq!(answer.json()["restarting"].as_array().unwrap().len(), 2);
    until("all are counted again", || (sessions("north gate") == 3 && sessions("south") == 2).then_some(()));
    until("both are shown once", || (served.client.json("/readyz")["counting"] == 2).then_some(()));
    assert_eq!(served.client.json("/status")["cameras"].as_array().unwrap().len(), 2);
    served.running.stop();
    let gaps = served.site.rows("SELECT reason FROM gap_detail ORDER BY from_us");
    assert!(gaps.iter().all(|reason| reason != "internal"), "{gaps:?}");
    assert!(served.site.ends_with(0, &["db", "check"]).contains("sound"));
}

#[test]
fn a_number_that_is_told_is_a_row_of_the_ledger() {
    let mut served = with_token();
    let tell = |body: &str| served.client.post("/occupancy/main", TOKEN, body);
    let answer = tell(r#"{"set": 12, "reason": "walked round", "by": "eve"}"#);
    assert!(answer.status == 200 && answer.json()["after"] == 12, "{answer:?}");
    assert_eq!(tell(r#"{"adjust": -2, "reason": "two were towed"}"#).json()["amount"], -2);
    let rows = served.site.rows("SELECT kind || ' ' || amount || ' ' || who || ' ' || why FROM adjustment ORDER BY id");
    assert!(rows[0].starts_with("opening ") && rows[0].ends_with(" eve walked round"), "{rows:?}");
    assert_eq!(rows[1], "adjust -2 http two were towed");
    for (body, status) in [
        ("", 400),
        ("{", 400),
        (r#"{"set": 1}"#, 400),
        (r#"{"set": 1, "reason": "r", "lot": "main"}"#, 400),
        (r#"{"set": -1, "reason": "r"}"#, 422),
        (r#"{"set": 1, "adjust": 1, "reason": "r"}"#, 422),
        (r#"{"adjust": 0, "reason": "r"}"#, 422),
        (r#"{"set": 1, "reason": " "}"#, 422),
        (r#"{"set": 1, "reason": "a\nb"}"#, 422),
        (&format!(r#"{{"set": 1, "reason": "{}"}}"#, "r".repeat(5000)), 413),
    ] {
        assert_eq!(tell(body).status, status, "{body}");
    }
    assert_eq!(served.client.post("/occupancy/nowhere", TOKEN, r#"{"set": 1, "reason": "r"}"#).status, 404);
    let headers = format!("Authorization: Bearer {TOKEN}\r\nContent-Type: text/plain\r\n");
    assert_eq!(served.client.ask("POST", "/occupancy/main", &headers, "{}").status, 415);
    assert_eq!(served.site.rows("SELECT kind FROM adjustment").len(), 2);
    served.running.stop();
}

#[test]
fn status_tells_monitoring_how_it_does() {
    let mut served = serve("");
    let text = std::fs::read_to_string(served.site.path("cameras.toml")).unwrap();
    served.site.configure(&text.replace("127.0.0.1:0", &format!("127.0.0.1:{}", served.client.port)));
    let status = served.site.json(0, &["status", "--json"]);
    assert!(status["state"] == "counting" && status["cameras"].as_array().unwrap().len() == 2, "{status:#}");
    let words = served.site.ends_with(0, &["status"]);
    assert!(words.contains("site: counting") && words.contains("north gate"), "{words}");
    served.cameras[0].enter(misbehaving_camera::Mode::Stall).unwrap();
    until("it is noticed", || {
        let output = served.site.command(&["status"]).output().unwrap();
        (output.status.code() == Some(11)).then_some(())
    });
    served.running.stop();
    assert!(served.site.ends_with(12, &["status"]).contains("not-running"));
}

#[test]
fn status_needs_no_http() {
    let config = format!(
        "lot = [{{ name = \"main\" }}]\n{}{}",
        head(""),
        gate("north", &recording("2026-06-15T07:00:00"), "entry = \"main\"")
    );
    let site = Site::with(&config);
    assert!(site.ends_with(12, &["status"]).contains("not-running"));
    let mut running = site.run();
    until("it runs", || (site.command(&["status"]).output().unwrap().status.code() == Some(0)).then_some(()));
    running.signal(libc::SIGTERM);
    until("it has ended", || (site.command(&["status"]).output().unwrap().status.code() == Some(12)).then_some(()));
    running.kill();
}
