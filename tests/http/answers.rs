//! Every answer is as docs/openapi.json says, and true.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{serve, until};
use misbehaving_camera::Mode;

use crate::client::Client;
use crate::site::project;

fn document() -> Value {
    let text = std::fs::read_to_string(project().join("docs/openapi.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The schema of an answer, with what it refers to.
fn schema(document: &Value, path: &str, method: &str, status: u16) -> Value {
    let content = &document["paths"][path][method]["responses"][status.to_string()]["content"];
    let (_, content) = content.as_object().unwrap_or_else(|| panic!("{method} {path} {status}")).iter().next().unwrap();
    let mut schema = content["schema"].clone();
    schema["components"] = document["components"].clone();
    schema
}

/// Whether a JSON that was answered is as documented.
pub fn assert_schema(path: &str, method: &str, status: u16, json: &Value) {
    let validator = jsonschema::validator_for(&schema(&document(), path, method, status)).unwrap();
    let faults: Vec<String> = validator.iter_errors(json).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{method} {path}: {faults:?}\n{json:#}");
}

fn assert_fits(document: &Value, client: &Client, path: &str, query: &str) -> Value {
    let answer = client.get(&format!("{path}{query}"));
    let json = answer.json();
    let validator = jsonschema::validator_for(&schema(document, path, "get", answer.status)).unwrap();
    let faults: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{path}: {faults:?}\n{json:#}");
    json
}

#[test]
fn every_answer_is_as_documented_and_true() {
    let mut served = serve("");
    let (client, document) = (&served.client, document());
    until("something crossed", || (client.json("/crossings")["next"].as_i64()? >= 3).then_some(()));
    for path in ["/healthz", "/readyz", "/status", "/totals", "/today", "/occupancy", "/crossings", "/openapi.json"] {
        assert_fits(&document, client, path, "");
    }
    // Every path that is documented is there, by its method alone.
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{lot}", "main").replace("{camera}", "south");
        let other = if methods.get("get").is_some() { "POST" } else { "GET" };
        let headers = "Content-Type: application/json\r\n";
        let status = client.ask(other, &path, headers, "").status;
        assert!([403, 405].contains(&status), "{other} {path}: {status}");
        // These have no end.
        if path != "/events" && !path.ends_with("/stream") {
            assert_ne!(client.get(&path).status, 404, "{path}");
        }
    }
    let status = until("rates are known", || {
        let status = client.json("/status");
        status["cameras"][0]["looks_per_second"].is_number().then_some(status)
    });
    assert_eq!(status["state"], "counting", "{status:#}");
    let names: Vec<&str> = status["threads"].as_array().unwrap().iter().filter_map(|t| t["name"].as_str()).collect();
    let named = ["supervisor", "tracker", "reporter", "upkeep", "north gate-read", "south-detect", "inference-0"];
    for name in named.into_iter().chain(["http", "http-disk", "http-pictures", "http-trials"]) {
        assert!(names.contains(&name), "{name} is missing of {names:?}");
    }
    let cameras = status["cameras"].as_array().unwrap();
    assert_eq!(cameras.len(), 2);
    assert!(cameras.iter().all(|camera| camera["frames_read"].as_u64() > camera["frames_looked_at"].as_u64()));
    // Pages of crossings are the table, row by row.
    let mut paged: Vec<Value> = Vec::new();
    let mut since = 0;
    while let page @ Value::Object(_) = assert_fits(&document, client, "/crossings", &format!("?since={since}&limit=2"))
    {
        paged.extend(page["crossings"].as_array().unwrap().clone());
        since = page["next"].as_i64().unwrap();
        if page["more"] == false {
            break;
        }
    }
    let sql = format!(
        "SELECT crossing_id || ' ' || camera || ' ' || direction FROM crossing_detail WHERE crossing_id <= {since}"
    );
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let told = paged.iter().map(|row| format!("{} {} {}", row["id"], word(&row["camera"]), word(&row["direction"])));
    assert_eq!(told.collect::<Vec<_>>(), served.site.rows(&sql));
    served.running.stop();
    assert!(served.cameras.iter().all(|camera| !camera.url().is_empty()));
}

#[test]
fn metrics_are_as_prometheus_wants_them() {
    let mut served = serve("");
    let answer = served.client.get("/metrics");
    assert!(answer.head.contains("content-type: text/plain; version=0.0.4"), "{}", answer.head);
    assert!(answer.body.contains("lotcount_camera_counting{camera=\"north gate\"} 1\n"), "{}", answer.body);
    assert!(answer.body.contains("lotcount_lot_capacity{lot=\"main\"} 30\n"), "{}", answer.body);
    served.running.stop();
    let Some(promtool) = std::env::var_os("LOTCOUNT_PROMTOOL") else {
        eprintln!(
            "SKIPPED: LOTCOUNT_PROMTOOL is not set (scripts/test sets it), the metrics are not checked by promtool"
        );
        return;
    };
    let mut promtool = Command::new(promtool).args(["check", "metrics"]).stdin(Stdio::piped()).spawn().unwrap();
    promtool.stdin.take().unwrap().write_all(answer.body.as_bytes()).unwrap();
    assert!(promtool.wait().unwrap().success());
}

#[test]
fn events_tell_what_happens_and_what_was_missed() {
    let mut served = serve("");
    let listen = |headers: &str| {
        let mut stream = served.client.connect();
        write!(stream, "GET /events HTTP/1.1\r\n{}{headers}\r\n", served.client.host()).unwrap();
        BufReader::new(stream).lines().map(Result::unwrap)
    };
    let mut lines = listen("");
    let mut kinds: Vec<String> = Vec::new();
    // Both a crossing and what it did to the lot.
    while !["crossing", "occupancy"].iter().all(|kind| kinds.iter().any(|known| known == kind)) {
        let line = lines.next().unwrap();
        kinds.extend(line.strip_prefix("event: ").map(str::to_owned));
    }
    let first: i64 = served.site.rows("SELECT '' || min(crossing_id) FROM crossing_detail")[0].parse().unwrap();
    let missed = listen(&format!("Last-Event-ID: {first}\r\n"));
    let next = missed.filter_map(|line| line.strip_prefix("id: ").map(str::to_owned)).next().unwrap();
    let expected = format!("SELECT '' || min(crossing_id) FROM crossing_detail WHERE crossing_id > {first}");
    assert_eq!(next, served.site.rows(&expected)[0]);
    // A camera that is restarted says so.
    let camera = json!({ "camera": "south" })["camera"].clone();
    served.cameras[1].enter(Mode::Stall).unwrap();
    until("the camera's trouble is told", || {
        let line = lines.next().unwrap();
        let data: Value = serde_json::from_str(line.strip_prefix("data: ")?).ok()?;
        (data["camera"] == camera && data["state"] == "troubled").then_some(())
    });
    served.running.stop();
}
