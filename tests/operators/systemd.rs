//! What systemd hears, as it hears it: datagrams at a socket.

use std::os::unix::net::UnixDatagram;

use misbehaving_camera::Mode;

use super::PATIENCE;
use super::gate::Gate;
use super::process::Running;
use super::site::Site;

/// The place of systemd.
struct Manager {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Manager {
    /// Everything up to and with the message that is wanted.
    fn hears(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> &str {
        loop {
            let mut bytes = [0; 4096];
            let received = self.socket.recv(&mut bytes);
            let length = received.unwrap_or_else(|error| panic!("no {what} ({error}) after {:#?}", self.heard));
            self.heard.push(String::from_utf8(bytes[..length].to_vec()).unwrap());
            if wanted(self.heard.last().unwrap()) {
                return self.heard.last().unwrap();
            }
        }
    }

    fn count(&self, message: &str) -> usize {
        self.heard.iter().filter(|heard| *heard == message).count()
    }
}

#[test]
fn systemd_hears_how_a_real_run_does() {
    let (gate, absent) = (Gate::open(), Gate::open_in(Mode::Refuse));
    let site = Site::counting(&[("gate", &gate), ("absent", &absent)]);
    let path = site.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut systemd = Manager { socket, heard: Vec::new() };
    let mut command = site.command(&["run"]);
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "1000000");
    let mut running = Running::start(command);

    systemd.hears("READY", |heard| heard == "READY=1\n");
    systemd.hears("reason", |heard| heard == "STATUS=1 of 2 cameras counting; absent: refused\n");
    let fed = systemd.count("WATCHDOG=1\n");
    for _ in 0..3 {
        systemd.hears("WATCHDOG", |heard| heard == "WATCHDOG=1\n");
    }
    assert_eq!((systemd.count("READY=1\n"), systemd.count("WATCHDOG=1\n")), (1, fed + 3));

    running.signal(libc::SIGHUP);
    let reloading = systemd.hears("RELOADING", |heard| heard.starts_with("RELOADING=1\n"));
    let since = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap().trim_end();
    assert!(since.parse::<u64>().unwrap() > 0);
    systemd.hears("READY after the reload", |heard| heard == "READY=1\n");
    systemd.hears("WATCHDOG after the reload", |heard| heard == "WATCHDOG=1\n");

    // It comes well: nobody need ask.
    absent.recover();
    systemd.hears("recovery", |heard| heard == "STATUS=2 of 2 cameras counting\n");
    running.signal(libc::SIGTERM);
    systemd.hears("STOPPING", |heard| heard == "STOPPING=1\n");
    assert_eq!(running.ended().0, Some(0), "{}", running.seen);
    assert_eq!(systemd.count("READY=1\n"), 2);
    assert_eq!(site.number("SELECT count(*) FROM gap WHERE reason = 'refused'"), 1);
    site.assert_sound();
}
