//! The page in Chromium, driven by WebDriver.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::{TOKEN, serve, until, with_token_at};
use crate::client::Client;

pub struct Browser {
    driver: Child,
    client: Client,
    session: String,
}

/// A chromedriver and the port that it chose. `None`: another one that was started at the same moment took it first.
fn start_driver() -> std::io::Result<Option<(Child, u16)>> {
    let mut driver =
        Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    // Its first line repeats the 0 that it was asked for.
    let port = |line: String| line.rsplit_once("on port ")?.1.trim_end_matches('.').parse().ok();
    match lines.by_ref().filter_map(port).find(|port| *port != 0) {
        Some(port) => Ok(Some((driver, port))),
        None => driver.wait().map(|_| None),
    }
}

impl Browser {
    /// `None`, and says so: there is none on this machine.
    pub fn start(width: u32, dark: bool) -> Option<Self> {
        let Ok(started) = (0..5).find_map(|_| start_driver().transpose()).expect("a chromedriver that finds a port")
        else {
            eprintln!("SKIPPED: there is no chromedriver (apt-get install chromium-driver), the page is not tested");
            return None;
        };
        let (driver, port) = started;
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            format!("--window-size={width},1400"),
        ];
        if dark {
            arguments.push("--force-dark-mode".to_owned());
        }
        let mut browser = Self { driver, client: Client::new(port), session: String::new() };
        let options = json!({ "goog:chromeOptions": { "args": arguments } });
        let wanted = json!({ "capabilities": { "alwaysMatch": options } });
        let session = browser.post("/session", wanted);
        browser.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        Some(browser)
    }

    pub fn post(&self, path: &str, body: Value) -> Value {
        let headers = "Content-Type: application/json\r\n";
        let answer = self.client.ask("POST", &format!("{}{path}", self.session), headers, &body.to_string());
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()["value"].clone()
    }

    pub fn open(&self, address: &str) {
        self.post("/url", json!({ "url": address }));
    }

    /// What this expression is in the page.
    pub fn value(&self, expression: &str) -> Value {
        self.post("/execute/sync", json!({ "script": format!("return {expression};"), "args": [] }))
    }

    pub fn text(&self, selector: &str) -> String {
        let value = self.value(&format!("document.querySelector({})?.innerText ?? ''", json!(selector)));
        value.as_str().unwrap().to_owned()
    }

    pub fn wait_for(&self, what: &str, expression: &str) {
        until(what, || (self.value(expression) == true).then_some(()));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser, too.
        self.client.try_ask("DELETE", &self.session, "");
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

#[test]
fn the_page_shows_the_site_and_goes_on_after_a_restart() {
    let Some(browser) = Browser::start(390, false) else { return };
    let mut served = serve("");
    let port = served.client.port;
    browser.open(&format!("http://127.0.0.1:{port}/"));
    browser.wait_for("the lot is shown", "document.querySelector('#lots .number') !== null");
    browser.wait_for("crossings are shown", "document.querySelectorAll('#crossings li').length > 2");
    browser.wait_for("the curve is drawn", "document.querySelector('#lots .curve') !== null");
    assert_eq!(browser.text("#site"), "site");
    let shown = until("it follows the ledger", || {
        let inside = served.client.json("/totals")["lots"][0]["inside"].as_i64()?;
        (browser.text("#lots .number") == inside.to_string()).then_some(inside)
    });
    assert!(browser.text("#cameras").contains("north gate") && browser.text("#cameras").contains("counting"));
    // Nothing is cut off on a phone, nothing comes from elsewhere, nothing was refused by the page's own policy.
    assert_eq!(browser.value("document.documentElement.scrollWidth <= window.innerWidth"), true);
    let foreign = "performance.getEntriesByType('resource').filter((entry) => !entry.name.replace('blob:', '').startsWith(location.origin)).length";
    assert_eq!(browser.value(foreign), 0);
    assert_eq!(browser.value("getComputedStyle(document.querySelector('article')).borderTopStyle"), "solid");
    served.running.kill();
    browser
        .wait_for("it says that nobody answers", "document.querySelector('#state').innerText.startsWith('No answer')");
    served.run_again();
    browser.wait_for("it goes on by itself", "document.querySelector('#state').innerText.startsWith('counting')");
    until("it follows again", || {
        let inside = served.client.json("/totals")["lots"][0]["inside"].as_i64()?;
        (inside != shown && browser.text("#lots .number") == inside.to_string()).then_some(())
    });
}

#[test]
fn the_page_asks_for_the_token_where_it_is_needed() {
    let Some(browser) = Browser::start(1440, true) else { return };
    // Every address: whoever comes over the loopback needs it there, too.
    let served = with_token_at("0.0.0.0");
    browser.open(&format!("http://127.0.0.1:{}/", served.client.port));
    browser.wait_for("it asks", "!document.querySelector('#key').hidden");
    let enter = |token: &str| {
        let script =
            "document.querySelector('#token').value = arguments[0]; document.querySelector('#key').requestSubmit();";
        browser.post("/execute/sync", json!({ "script": script, "args": [token] }));
    };
    enter("not-the-token-at-all");
    browser.wait_for("it is refused", "document.querySelector('#refused').innerText.includes('not the token')");
    enter(TOKEN);
    browser.wait_for("the site is shown", "document.querySelector('#lots .number') !== null");
    browser.wait_for("and what its cameras see", STILLS);
    assert_eq!(browser.value("document.cookie"), "");
}

/// Every camera shows a picture.
const STILLS: &str = "(() => { const seen = [...document.querySelectorAll('#cameras img')]; return seen.length === 2 && seen.every((image) => image.naturalWidth === 640); })()";

/// What the first camera's picture looks like, in a word.
const LOOK: &str = "(() => { const image = document.querySelector('#cameras img'); if (!image?.naturalWidth) return ''; \
    const canvas = document.createElement('canvas'); [canvas.width, canvas.height] = [160, 90]; \
    const drawing = canvas.getContext('2d'); drawing.drawImage(image, 0, 0, 160, 90); return canvas.toDataURL(); })()";

/// Width by height of the place for a picture.
const SHAPE: &str = "(() => { const place = document.querySelector('#cameras .picture').getBoundingClientRect(); \
    return (place.width / place.height).toFixed(2); })()";

#[test]
fn pictures_move_on_request_and_go_on_after_a_restart() {
    let Some(browser) = Browser::start(1440, false) else { return };
    let mut served = serve("");
    browser.open(&format!("http://127.0.0.1:{}/", served.client.port));
    // The place is there before the picture is.
    browser.wait_for("the cameras are shown", "document.querySelector('#cameras .picture') !== null");
    assert_eq!(browser.value(SHAPE), "1.78");
    browser.wait_for("stills are shown", STILLS);
    assert_eq!(browser.value(SHAPE), "1.78");
    let still = browser.value(LOOK);
    assert_eq!(browser.text("#cameras button"), "Live");
    // By the keyboard, as by a click.
    browser.value("document.querySelector('#cameras button').focus()");
    browser.post(
        "/actions",
        json!({ "actions": [{ "type": "key", "id": "keys", "actions": [
        { "type": "keyDown", "value": "\u{E007}" }, { "type": "keyUp", "value": "\u{E007}" }] }] }),
    );
    assert_eq!(browser.text("#cameras button"), "Stop");
    let mut before = still;
    let mut moves = |what: &str| {
        until(what, || {
            let now = browser.value(LOOK);
            (now != before && now != "").then(|| before = now)
        });
    };
    for number in 0..4 {
        moves(&format!("it moves, {number}"));
    }
    served.running.kill();
    browser.wait_for("it says that there is none", "!document.querySelector('#cameras .none').hidden");
    assert_eq!(browser.value(SHAPE), "1.78", "nothing jumps");
    served.run_again();
    browser.wait_for("it goes on", "document.querySelector('#cameras .none').hidden");
    moves("it moves again");
    browser.value("document.querySelector('#cameras button').click()");
    assert_eq!(browser.text("#cameras button"), "Live");
}
