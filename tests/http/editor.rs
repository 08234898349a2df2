//! The line editor: what its routes answer, and the page itself in Chromium.

use misbehaving_camera::Mode;
use serde_json::{Value, json};

use super::answers::assert_schema;
use super::browser::Browser;
use super::{TOKEN, serve, until, with_token_at};
use crate::Served;

const JSON: &str = "Content-Type: application/json\r\n";
const TRIAL: &str = "/cameras/south/trial";

fn gate() -> Value {
    json!({ "name": "gate", "a": [0.3, 0.5], "b": [0.7, 0.5], "entry": "main", "exit": "main" })
}

impl Served {
    /// When nobody else has the turn.
    fn trial(&self, lines: &Value) -> Value {
        until("a turn", || {
            let answer = self.client.ask("POST", TRIAL, JSON, &json!({ "lines": lines }).to_string());
            assert!([200, 503].contains(&answer.status), "{answer:?}");
            (answer.status == 200).then(|| answer.json())
        })
    }
}

#[test]
fn a_trial_of_the_configured_lines_is_what_the_database_has() {
    let mut served = serve("");
    let rows = |sql: &str| served.site.rows(&format!("{sql} WHERE camera = 'south' ORDER BY at_us"));
    let crossings = || rows("SELECT direction || ' ' || at_us FROM crossing_detail");
    until("cars crossed both ways", || {
        let crossings = crossings();
        let is_there = |direction| crossings.iter().any(|row| row.starts_with(direction));
        (crossings.len() >= 6 && is_there("entry") && is_there("exit")).then_some(())
    });
    // While it runs: the configured lines, a line beside them, one that no car meets.
    let aside = json!({ "name": "aside", "a": [0.02, 0.95], "b": [0.1, 0.95], "entry": "main" });
    let below = json!({ "name": "below", "a": [0.3, 0.6], "b": [0.7, 0.6], "exit": "main" });
    let answer = served.trial(&json!([gate(), aside, below]));
    assert_schema("/cameras/{camera}/trial", "post", 200, &answer);
    let sum = |answer: &Value, line: usize| {
        let sum = &answer["counted"]["lines"][line];
        sum["entries"].as_u64().unwrap() + sum["exits"].as_u64().unwrap()
    };
    assert!(sum(&answer, 0) >= 6 && sum(&answer, 1) == 0 && sum(&answer, 2) >= 5, "{answer:#}");
    assert_eq!(answer["counted"]["configured"][0], answer["counted"]["lines"][0]);
    // No more looks come: both are at the same point.
    served.cameras[1].enter(Mode::Stall).unwrap();
    until("the camera's session is over", || {
        let sql = "SELECT '' || count(*) FROM session JOIN camera ON camera.id = camera_id WHERE name = 'south' AND ended_at_us IS NOT NULL";
        (served.site.rows(sql)[0] != "0").then_some(())
    });
    let (told, stored) = (served.trial(&json!([gate()])), crossings());
    let told = &told["counted"];
    assert_eq!((told["same_region"].clone(), told["notes"].clone()), (json!(true), json!([])));
    let listed = told["crossings"].as_array().unwrap();
    assert_eq!(listed.len(), stored.len(), "{told:#}\n{stored:?}");
    for (told, stored) in listed.iter().zip(&stored) {
        let (direction, at_us) = stored.split_once(' ').unwrap();
        let at: jiff::Timestamp = told["at"].as_str().unwrap().parse().unwrap();
        let apart = at.as_microsecond() - at_us.parse::<i64>().unwrap();
        assert!(told["direction"] == direction && apart.abs() <= 1_000_000, "{told} {stored}");
    }
    let entries = stored.iter().filter(|row| row.starts_with("entry")).count();
    assert_eq!(told["lines"], json!([{ "line": "gate", "entries": entries, "exits": stored.len() - entries }]));
    let sql =
        "SELECT reason FROM near_crossing JOIN camera ON camera.id = camera_id WHERE name = 'south' ORDER BY at_us";
    let near = told["rejected"].as_array().unwrap().iter().map(|row| row["reason"].as_str().unwrap().to_owned());
    assert_eq!(near.collect::<Vec<_>>(), served.site.rows(sql));
    served.running.stop();
}

#[test]
fn a_trial_says_what_check_says_and_changes_nothing() {
    let mut served = serve("");
    let before = std::fs::read_to_string(served.site.path("cameras.toml")).unwrap();
    let with = |key: &str, value: Value| {
        let mut line = gate();
        line[key] = value;
        line
    };
    for (lines, severity, part) in [
        (json!([gate(), gate()]), "error", "there is another line"),
        (json!([with("b", json!([1.2, 0.5]))]), "error", "`b` lies outside the picture"),
        (json!([with("b", json!([0.32, 0.5]))]), "warning", "very short"),
        (json!([with("entry", json!("mian"))]), "error", "there is no lot `mian`"),
        (json!([with("name", json!("a/b"))]), "error", "cannot be used as a file name"),
        (json!([]), "error", "no counting line"),
    ] {
        let answer = served.trial(&lines);
        assert_schema("/cameras/{camera}/trial", "post", 200, &answer);
        let remark = answer["remarks"].as_array().unwrap().iter().find(|remark| remark["severity"] == severity);
        assert!(remark.is_some_and(|remark| remark["message"].as_str().unwrap().contains(part)), "{part}: {answer:#}");
        assert_eq!(answer["toml"].is_null(), severity == "error", "{answer:#}");
    }
    let answer = served.trial(&json!([with("name", json!("other"))]));
    assert_eq!(
        (answer["command"].as_str(), answer["changes"].as_bool()),
        (Some("lotcount lines apply --replace"), Some(true))
    );
    let ask = |path: &str, headers: &str, body: &str| served.client.ask("POST", path, headers, body).status;
    let body = json!({ "lines": [gate()] }).to_string();
    assert_eq!(ask(TRIAL, "", &body), 415);
    assert_eq!(ask(TRIAL, &format!("{JSON}Origin: http://evil.example\r\n"), &body), 403);
    assert_eq!(ask(TRIAL, JSON, &format!("{{\"lines\": [], \"x\": \"{}\"}}", "x".repeat(17 << 10))), 413);
    assert_eq!(ask(TRIAL, JSON, "{\"lines\": 1}"), 400);
    assert_eq!(ask("/cameras/nobody/trial", JSON, &body), 404);
    for path in ["lines.json", "tracks"] {
        assert_eq!(served.client.get(&format!("/cameras/nobody/{path}")).status, 404);
        let answer = served.client.json(&format!("/cameras/north%20gate/{path}"));
        assert_schema(&format!("/cameras/{{camera}}/{path}"), "get", 200, &answer);
    }
    let tracks = until("a vehicle is followed", || {
        let tracks = served.client.json("/cameras/south/tracks");
        (!tracks["tracks"].as_array().unwrap().is_empty()).then_some(tracks)
    });
    assert_schema("/cameras/{camera}/tracks", "get", 200, &tracks);
    assert_eq!(std::fs::read_to_string(served.site.path("cameras.toml")).unwrap(), before);
    served.running.stop();
}

#[test]
fn where_looking_needs_the_token_trying_does_too() {
    let mut served = with_token_at("0.0.0.0");
    let body = json!({ "lines": [gate()] }).to_string();
    assert_eq!(served.client.ask("POST", TRIAL, JSON, &body).status, 401);
    assert_eq!(served.client.get("/cameras/south/tracks").status, 401);
    assert_eq!(served.client.get("/cameras/south/lines.json").status, 401);
    let page = served.client.get("/cameras/south/lines");
    assert!(page.status == 200 && page.head.contains("script-src 'self'") && !page.body.contains("south"), "{page:?}");
    assert_eq!(served.client.post(TRIAL, TOKEN, &body).status, 200);
    served.running.stop();
}

impl Browser {
    fn edit(&self, served: &Served, camera: &str) {
        self.open(&format!("http://127.0.0.1:{}/cameras/{camera}/lines", served.client.port));
        self.wait_for("the lines are tried", "document.querySelector('#toml').innerText.includes('[[camera]]')");
    }

    /// The page's place for a share of the picture.
    fn on_picture(&self, x: f64, y: f64) -> [i64; 2] {
        let script = "(() => { const box = document.querySelector('#drawing').getBoundingClientRect(); \
            return [box.left, box.top, box.width, box.height]; })()";
        let place = self.value(script);
        let side = |index: usize| place[index].as_f64().unwrap();
        [(side(0) + x * side(2)).round() as i64, (side(1) + y * side(3)).round() as i64]
    }

    fn drag(&self, from: [i64; 2], to: [i64; 2]) {
        let move_to = |[x, y]: [i64; 2]| json!({ "type": "pointerMove", "duration": 50, "x": x, "y": y });
        let half = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
        let actions = json!([move_to(from), { "type": "pointerDown", "button": 0 }, move_to(half), move_to(to), { "type": "pointerUp", "button": 0 }]);
        self.post("/actions", json!({ "actions": [{ "type": "pointer", "id": "mouse", "actions": actions }] }));
    }

    fn press(&self, keys: &str) {
        let key = |kind: &str, key: char| json!({ "type": kind, "value": key.to_string() });
        let actions: Vec<Value> =
            keys.chars().flat_map(|letter| [key("keyDown", letter), key("keyUp", letter)]).collect();
        self.post("/actions", json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }));
    }

    fn click(&self, selector: &str) {
        self.value(&format!("document.querySelector('{selector}').click()"));
    }

    fn wait_for_toml(&self, what: &str, part: &str) {
        self.wait_for(what, &format!("document.querySelector('#toml').innerText.includes({})", json!(part)));
    }
}

#[test]
fn a_line_that_is_drawn_and_applied_counts() {
    let Some(browser) = Browser::start(1440, false) else { return };
    let mut served = serve("");
    browser.edit(&served, "south");
    browser.wait_for("the picture is shown", "!document.querySelector('#picture').hidden");
    browser.click("#draw");
    browser.drag(browser.on_picture(0.3, 0.65), browser.on_picture(0.7, 0.65));
    // Its name is marked, to be typed over.
    browser.press("drawn by hand");
    browser.wait_for_toml("it is in the file", "name = \"drawn by hand\"\na = [0.3");
    let counted = "[...document.querySelectorAll('#sums tbody tr')].some((row) => row.innerText.includes('drawn by hand') \
        && !row.innerText.includes('\\t0\\t0'))";
    browser.wait_for("it would have counted", counted);
    let toml = browser.text("#toml");
    assert!(browser.text("#command").starts_with("lotcount lines apply lines.toml\n"));
    browser.click("#copy");
    browser.wait_for("it is copied", "document.querySelector('#copied').innerText !== ''");
    // The file that the browser saves, as it is.
    let path = served.site.path("lines.toml");
    let folder = path.parent().unwrap().to_str().unwrap();
    let parameters = json!({ "behavior": "allow", "downloadPath": folder });
    browser.post("/goog/cdp/execute", json!({ "cmd": "Browser.setDownloadBehavior", "params": parameters }));
    browser.click("#download");
    let saved = until("it is saved", || std::fs::read_to_string(&path).ok().filter(|text| !text.is_empty()));
    assert_eq!(saved.trim_end(), toml.trim_end());
    let told = served.site.ends_with(0, &["lines", "apply", path.to_str().unwrap()]);
    assert!(told.contains("@@ camera south, line drawn by hand\n+ name = \"drawn by hand\""), "{told}");
    served.running.signal(libc::SIGHUP);
    let sql = "SELECT direction FROM crossing_detail WHERE camera = 'south' AND line = 'drawn by hand'";
    until("a car is counted on it", || (!served.site.rows(sql).is_empty()).then_some(()));
    // What was seen before is still there, and what is drawn is what is configured.
    browser
        .wait_for("it is known", "document.querySelector('#unchanged').innerText.includes('as they are configured')");
    let foreign = "performance.getEntriesByType('resource').filter((entry) => !entry.name.replace('blob:', '').startsWith(location.origin)).length";
    assert_eq!(browser.value(foreign), 0);
    served.running.stop();
}

#[test]
fn the_keyboard_moves_a_line_and_what_is_wrong_is_said() {
    let Some(browser) = Browser::start(390, true) else { return };
    let mut served = serve("");
    browser.edit(&served, "north%20gate");
    assert_eq!(browser.value("document.documentElement.scrollWidth <= window.innerWidth"), true);
    let handle = "document.querySelector('[aria-label=\"End A of line gate\"]')";
    let place = || browser.value(&format!("{handle}.getAttribute('aria-valuetext')"));
    assert_eq!(place(), "30.0 % from the left, 50.0 % from the top");
    browser.value(&format!("{handle}.focus()"));
    // Right and down, one pixel of 640 x 360 each.
    let (right, down) = ('\u{e014}', '\u{e015}');
    browser.press(&format!("{right}{right}{down}"));
    assert_eq!(place(), "30.3 % from the left, 50.3 % from the top");
    browser.wait_for_toml("it is in the file", "a = [0.3032, 0.5028]");
    browser.click("#undo");
    browser.wait_for_toml("the last step is taken back", "a = [0.3032, 0.5]");
    assert_eq!(browser.value(&format!("document.activeElement === {handle}")), true);
    // By pointer, too: the whole line.
    browser.value("document.querySelector('#stage').scrollIntoView({ block: 'center' })");
    browser.drag(browser.on_picture(0.5, 0.5), browser.on_picture(0.5, 0.6));
    browser.wait_for("it lies lower", "/a = \\[0.30[0-9]+, 0.(59|60)/.test(document.querySelector('#toml').innerText)");
    // An end off the picture, typed.
    let number = "document.querySelectorAll('#cards input[type=number]')[2]";
    let typed = |value: &str| {
        browser.value(&format!(
            "(() => {{ {number}.focus(); {number}.value = '{value}'; {number}.dispatchEvent(new Event('input')); }})()"
        ));
    };
    typed("1.2");
    browser.wait_for(
        "it is an error",
        "document.querySelector('#cards .error')?.innerText.includes('`b` lies outside the picture') ?? false",
    );
    assert_eq!(browser.value("document.querySelector('#ready').hidden"), true);
    typed("0.31");
    browser.wait_for(
        "it is short",
        "document.querySelector('#cards .warning')?.innerText.includes('very short') ?? false",
    );
    assert_eq!(browser.value("document.querySelector('#cards .error')"), Value::Null);
    browser.click("#reset");
    browser.wait_for_toml("it is as it was", "a = [0.3, 0.5]\nb = [0.7, 0.5]");
    served.running.stop();
}
