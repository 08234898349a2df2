//! Telling systemd how the service does (sd_notify): ready, status, alive, reloading, stopping.
//!
//! Outside systemd, where NOTIFY_SOCKET is not set, all of it does nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sd_notify::NotifyState;

/// The connection to the service manager that started this process.
#[derive(Debug)]
pub struct Notifier {
    present: bool,
    interval: Option<Duration>,
    /// The last message could not be sent; said once, until one can.
    failing: AtomicBool,
}

impl Notifier {
    pub fn from_environment() -> Self {
        Self {
            present: std::env::var_os("NOTIFY_SOCKET").is_some(),
            // Half of it, as systemd asks for: one late message does no harm.
            interval: sd_notify::watchdog_enabled().map(|limit| limit / 2),
            failing: AtomicBool::new(false),
        }
    }

    /// Counting has begun, or goes on after a reload.
    pub fn ready(&self) {
        self.send(&[NotifyState::Ready]);
    }

    /// One line that `systemctl status` shows. It must hold no password.
    pub fn status(&self, text: &str) {
        // A line break would begin another message.
        let line: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        self.send(&[NotifyState::Status(&line)]);
    }

    /// Says that the service is alive. Only the supervisor may call this, and only while the writer of the database
    /// answers: a service that hangs is to be killed and started again.
    pub fn feed(&self) {
        self.send(&[NotifyState::Watchdog]);
    }

    /// How often [`Self::feed`] is wanted; `None`: systemd does not watch.
    pub fn interval(&self) -> Option<Duration> {
        self.interval
    }

    /// The configuration is being read again; [`Self::ready`] ends it, also when the old one was kept.
    pub fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.send(&[NotifyState::Reloading, now]),
            // systemd before 253 does not need the time.
            Err(_) => self.send(&[NotifyState::Reloading]),
        }
    }

    /// The end has begun: what has been read is being counted.
    pub fn stopping(&self) {
        self.send(&[NotifyState::Stopping]);
    }

    fn send(&self, state: &[NotifyState]) {
        if !self.present {
            return;
        }
        match sd_notify::notify(state) {
            Ok(()) => self.failing.store(false, Ordering::Relaxed),
            Err(error) if !self.failing.swap(true, Ordering::Relaxed) => {
                log::warn!("systemd cannot be told how the service does: {error}");
            }
            Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;
    use std::process::{Command, Stdio};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);
    const SPEAKER: &str = "service::systemd::tests::a_service_speaks";

    /// Runs [`a_service_speaks`] in a process of its own, because the environment is the whole process's.
    fn speak(variables: &[(&str, &str)]) -> bool {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", SPEAKER, "--ignored"]).stdout(Stdio::null()).stderr(Stdio::null());
        for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            child.env_remove(name);
        }
        child.envs(variables.iter().copied()).status().unwrap().success()
    }

    /// Fails when the interval is not the one that SPEAKER_INTERVAL_MS gives.
    #[test]
    #[ignore = "the other tests run it, with an environment"]
    fn a_service_speaks() {
        let notifier = Notifier::from_environment();
        let expected =
            std::env::var("SPEAKER_INTERVAL_MS").ok().map(|text| Duration::from_millis(text.parse().unwrap()));
        assert_eq!(notifier.interval(), expected);
        notifier.ready();
        notifier.status("3 of 4 cameras\nREADY=1");
        notifier.feed();
        notifier.reloading();
        notifier.stopping();
    }

    #[test]
    fn systemd_is_told_in_its_own_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let path = path.to_str().unwrap();
        assert!(speak(&[("NOTIFY_SOCKET", path), ("WATCHDOG_USEC", "60000000"), ("SPEAKER_INTERVAL_MS", "30000")]));
        let next = || {
            let mut bytes = [0; 256];
            let length = socket.recv(&mut bytes).unwrap();
            String::from_utf8(bytes[..length].to_vec()).unwrap()
        };
        assert_eq!(next(), "READY=1\n");
        assert_eq!(next(), "STATUS=3 of 4 cameras READY=1\n");
        assert_eq!(next(), "WATCHDOG=1\n");
        let reloading = next();
        let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
        assert!(time.trim_end().parse::<u64>().unwrap() > 0);
        assert_eq!(next(), "STOPPING=1\n");
    }

    #[test]
    fn nothing_is_said_where_nobody_listens() {
        assert!(speak(&[]), "outside systemd");
        assert!(speak(&[("NOTIFY_SOCKET", "/no/such/socket")]), "a manager that has gone is no reason to fail");
        let other = [("WATCHDOG_USEC", "60000000"), ("WATCHDOG_PID", "1")];
        assert!(speak(&other), "the watchdog of another process");
    }
}
