//! Whom it refuses, and how.

use super::{TOKEN, serve, with_token};
use crate::site::{Site, gate, head};

#[test]
fn foreign_hosts_origins_and_addresses_are_refused() {
    let mut served = serve("hosts = [\"gate.example\"]");
    let client = &served.client;
    let with_host = |hosts: &str, target: &str| {
        let request = format!("GET {target} HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n");
        client.raw(request.as_bytes()).map(|answer| answer.status)
    };
    let own = client.host();
    for good in [&own, "Host: localhost\r\n", "Host: gate.example:80\r\n", "Host: GATE.example\r\n"] {
        assert_eq!(with_host(good, "/status"), Some(200), "{good}");
    }
    for foreign in ["Host: evil.example\r\n", "Host: 127.0.0.2\r\n", "Host: gate.example.evil.example\r\n"] {
        assert_eq!(with_host(foreign, "/status"), Some(421), "{foreign}");
    }
    for missing in ["", "Host: \r\n", "Host: a b\r\n", &format!("{own}Host: localhost\r\n")] {
        assert_eq!(with_host(missing, "/status"), Some(400), "{missing}");
    }
    assert_eq!(with_host(&own, "http://evil.example/status"), Some(421), "the address counts, too");
    for (origin, status) in [("http://gate.example", 200), ("null", 403), ("https://evil.example", 403)] {
        let answer = client.ask("GET", "/status", &format!("Origin: {origin}\r\n"), "");
        assert_eq!(answer.status, status, "{origin}");
    }
    let answer = client.get("/status");
    for header in ["nosniff", "content-security-policy: default-src 'none'", "cache-control: no-store", "no-referrer"] {
        assert!(answer.head.contains(header), "{header} is missing:\n{}", answer.head);
    }
    assert!(!answer.head.contains("set-cookie") && !answer.head.contains("access-control"), "{}", answer.head);
    served.running.stop();
}

#[test]
fn nothing_but_the_routes_is_there() {
    let mut served = serve("");
    for path in [
        "/status/",
        "//status",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/status%00",
        "/cameras.toml",
        "/STATUS",
    ] {
        assert_eq!(served.client.get(path).status, 404, "{path}");
    }
    assert_eq!(served.client.get("/crossings?limit=100000").status, 400);
    let answer = served.client.get("/nothing");
    assert!(answer.head.contains("application/problem+json") && answer.json()["status"] == 404, "{answer:?}");
    served.running.stop();
}

#[test]
fn without_a_token_nothing_changes() {
    let mut served = serve("");
    for path in ["/restart", "/cameras/south/restart", "/occupancy/main"] {
        let answer = served.client.post(path, TOKEN, r#"{"set": 1, "reason": "r"}"#);
        assert!(answer.status == 403 && answer.body.contains("token"), "{path}: {answer:?}");
    }
    assert!(served.site.rows("SELECT why FROM adjustment").is_empty());
    served.running.stop();
}

#[test]
fn only_the_token_opens_and_nobody_reads_it_anywhere() {
    let mut served = with_token();
    let body = r#"{"set": 12, "reason": "walked round", "by": "eve"}"#;
    let almost = format!("{}0", &TOKEN[1..]);
    for wrong in ["", "x", &TOKEN[..31], &almost] {
        let answer = served.client.post("/occupancy/main", wrong, body);
        assert!(answer.status == 401 && answer.head.contains("www-authenticate: bearer"), "{wrong}: {answer:?}");
    }
    let in_address = served.client.ask("POST", &format!("/restart?token={TOKEN}"), "", "");
    assert_eq!(in_address.status, 401);
    let twice = format!("Authorization: Bearer x\r\nAuthorization: Bearer {TOKEN}\r\n");
    assert_eq!(served.client.ask("POST", "/restart", &twice, "").status, 401);
    assert_eq!(served.client.get("/status").status, 200, "who is on the machine may look");
    served.running.stop();
    assert!(!served.running.log().contains(TOKEN));
}

#[test]
fn a_configuration_that_would_show_the_site_to_anybody_is_refused() {
    let refused = |http: &str| {
        let leads = "entry = \"main\"";
        let config = format!(
            "lot = [{{ name = \"main\" }}]\n{}[http]\n{http}\n{}",
            head(""),
            gate("north", "source = \"rtsp://192.0.2.1/\"", leads)
        );
        let output = Site::with(&config).command(&["run"]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let secret = "do-not-show-this-to-anybody";
    for (http, part) in [
        ("listen = \"0.0.0.0:8080\"", "needs a `token`"),
        ("listen = \"8080\"", "no address"),
        ("token = \"${LOTCOUNT_NO_SUCH_TOKEN}\"", "`listen`"),
        ("listen = \"127.0.0.1:0\"\ntoken = \"${LOTCOUNT_NO_SUCH_TOKEN}\"", "is not set"),
        (&format!("listen = \"127.0.0.1:0\"\ntoken = \"{secret}\""), "does not belong into this file"),
        ("listen = \"127.0.0.1:0\"\nhosts = [\"http://gate.example/\"]", "no name of a host"),
        ("listen = \"127.0.0.1:0\"\nmax_connections = 1", "between 8 and 512"),
        ("listen = \"127.0.0.1:0\"\nmax_viewers = 0", "between 1 and 1000"),
        ("listen = \"127.0.0.1:0\"\nmax_viewers = 1001", "between 1 and 1000"),
    ] {
        let (code, err) = refused(http);
        assert!(code == Some(3) && err.contains(part) && err.contains("cameras.toml:"), "{http}\n{err}");
        assert!(!err.contains(secret), "{err}");
    }
}

#[test]
fn an_address_that_is_taken_is_said_at_once() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = format!(
        "lot = [{{ name = \"main\" }}]\n{}[http]\nlisten = \"{}\"\n{}",
        head(""),
        taken.local_addr().unwrap(),
        gate("north", "source = \"rtsp://192.0.2.1/\"", "entry = \"main\"")
    );
    let output = Site::with(&config).command(&["run"]).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.lines().count() == 1 && err.contains("cannot be listened at"), "{err}");
}
