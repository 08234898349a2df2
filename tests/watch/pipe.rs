//! Without a terminal: a line for each change.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};

use lotcount::count::Direction;

use super::PATIENCE;
use super::site::Site;

pub struct Lines {
    child: Child,
    lines: Receiver<String>,
}

impl Lines {
    pub fn of(site: &Site) -> Self {
        let mut child = site.watch().stdout(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// The lines up to the first one that holds this.
    pub fn up_to(&self, part: &str) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else { panic!("no `{part}` in {seen:#?}") };
            seen.push(line);
            if seen.last().is_some_and(|line| line.contains(part)) {
                return seen;
            }
        }
    }

    /// Asks it to end, and gives its exit code.
    pub fn end(mut self) -> Option<i32> {
        // SAFETY: a signal to a child that has not been waited for, so that the number is still its own.
        assert_eq!(unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGTERM) }, 0);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        // Only what this test started; it may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn every_change_is_a_line() {
    let site = Site::new();
    let mut run = site.run();
    run.crosses(Direction::Entry);
    let lines = Lines::of(&site);
    let first = lines.up_to("camera ramp").join("\n");
    for part in ["site Watched site: started", "lot main: 1 of 20", "lot 北口: 0 of 5", "camera north-gate: counting"]
    {
        assert!(first.contains(part), "no {part} in\n{first}");
    }
    assert!(first.ends_with("nobody answers)") && first.contains("camera ramp: troubled refused"), "{first}");
    run.crosses(Direction::Entry);
    let next = lines.up_to("lot main: 2 of 20");
    assert_eq!(next.len(), 2, "{next:#?}");
    assert!(next[0].ends_with("entry north-gate/way truck") && !next[0].contains('\x1b'), "{next:#?}");
    assert_eq!(lines.end(), Some(0));
}
