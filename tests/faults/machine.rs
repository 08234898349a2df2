//! How much of the machine others took: what a program does in time can be judged only where it had the machine.

use std::fs;
use std::process;

/// Clock ticks since the machine was started.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    all: u64,
    busy: u64,
    /// By this process and those that it started.
    own: u64,
}

/// Of `/proc/stat`: idle, and waiting for a disk.
const IDLE: [usize; 2] = [3, 4];
/// Guests are in the time of users already.
const COLUMNS: usize = 8;
/// Of `/proc/PID/stat`, counted after the program's name: parent, time in the program and the kernel, and that of children
/// that have ended.
const PARENT: usize = 1;
const TIMES: [usize; 2] = [11, 12];
const TIMES_OF_ENDED: [usize; 2] = [13, 14];

impl Machine {
    pub fn now() -> Self {
        let stat = fs::read_to_string("/proc/stat").unwrap();
        let all: Vec<u64> = stat.lines().next().unwrap().split_whitespace().skip(1).take(COLUMNS).map(number).collect();
        let idle: u64 = IDLE.iter().map(|&column| all[column]).sum();
        let total = all.iter().sum();
        Self { all: total, busy: total - idle, own: own() }
    }

    /// Share of all processors' time since then that others had, the host of a virtual machine among them.
    pub fn taken_by_others(&self) -> f64 {
        let now = Self::now();
        let others = (now.busy - self.busy) as f64 - now.own.saturating_sub(self.own) as f64;
        others.max(0.0) / (now.all - self.all).max(1) as f64
    }
}

fn number(text: &str) -> u64 {
    text.parse().unwrap()
}

fn own() -> u64 {
    let sum = |fields: &[u64], of: &[usize]| of.iter().map(|&field| fields[field]).sum::<u64>();
    let this = fields("self").unwrap();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let started = processes.filter_map(|entry| fields(entry.file_name().to_str()?));
    let started = started.filter(|fields| fields[PARENT] == u64::from(process::id()));
    let running: u64 = started.map(|fields| sum(&fields, &TIMES)).sum();
    sum(&this, &TIMES) + sum(&this, &TIMES_OF_ENDED) + running
}

/// `None`: there is no such process (any more). What is no number is zero.
fn fields(process: &str) -> Option<Vec<u64>> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(") ")?;
    Some(after_name.split_whitespace().map(|field| field.parse().unwrap_or(0)).collect())
}
