//! The text format of Prometheus, 0.0.4.

use std::fmt::{Display, Write};

use super::site::{CameraState, Snapshot};
use crate::store::{LineTotal, Occupancy};

/// One family at a time, every sample below its help and type.
struct Families(String);

impl Families {
    fn family<V: Display>(&mut self, name: &str, kind: &str, help: &str, samples: impl Iterator<Item = (String, V)>) {
        // Writing into a String cannot fail.
        let _ = writeln!(self.0, "# HELP lotcount_{name} {help}\n# TYPE lotcount_{name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(self.0, "lotcount_{name}{labels} {value}");
        }
    }
}

/// `{camera="north",line="gate"}`, with what the format wants escaped.
fn labels(pairs: &[(&str, &str)]) -> String {
    let escape = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

pub fn text(snapshot: &Snapshot, lines: &[LineTotal], lots: &[Occupancy], open_alerts: usize) -> String {
    let mut families = Families(String::new());
    let one = |value: u64| [(String::new(), value)].into_iter();
    let version = [(labels(&[("version", env!("CARGO_PKG_VERSION"))]), 1)];
    families.family("build_info", "gauge", "The version that runs.", version.into_iter());
    let cameras = || snapshot.cameras.iter().map(|camera| (labels(&[("camera", &camera.name)]), camera));
    let counting = cameras().map(|(labels, camera)| (labels, u8::from(camera.state == CameraState::Counting)));
    families.family("camera_counting", "gauge", "1 while the camera is counted.", counting);
    let read = cameras().map(|(labels, camera)| (labels, camera.frames_read));
    families.family("frames_read_total", "counter", "Frames that came from the camera.", read);
    let looked = cameras().map(|(labels, camera)| (labels, camera.frames_looked_at));
    families.family("frames_looked_at_total", "counter", "Frames in which vehicles were looked for.", looked);
    let dropped = cameras().map(|(labels, camera)| (labels, camera.frames_dropped));
    families.family("frames_dropped_total", "counter", "Frames for which there was no time.", dropped);
    let latency = cameras().filter_map(|(labels, camera)| Some((labels, camera.latency_ms? as f64 / 1e3)));
    families.family("look_latency_seconds", "gauge", "From a frame's receipt until it was counted.", latency);
    let published = cameras().map(|(labels, camera)| (labels, camera.pictures_published));
    families.family("pictures_published_total", "counter", "Pictures that came while somebody looked.", published);
    let encoded = cameras().map(|(labels, camera)| (labels, camera.pictures_encoded));
    families.family("pictures_encoded_total", "counter", "Files that were made of them.", encoded);
    let crossings = lines.iter().flat_map(|line| {
        let of = |direction| labels(&[("camera", &line.camera), ("line", &line.line), ("direction", direction)]);
        [(of("entry"), line.entries), (of("exit"), line.exits)]
    });
    families.family("crossings_total", "counter", "Vehicles counted over the line, ever.", crossings);
    let inside = lots.iter().map(|lot| (labels(&[("lot", &lot.lot)]), lot.inside));
    families.family("lot_vehicles", "gauge", "Vehicles in the lot by the ledger.", inside);
    let capacity = lots.iter().filter_map(|lot| Some((labels(&[("lot", &lot.lot)]), lot.capacity?)));
    families.family("lot_capacity", "gauge", "Spaces of the lot.", capacity);
    families.family("alerts_open", "gauge", "Alerts that have not ended.", one(open_alerts as u64));
    let waiting = snapshot.waiting_changes;
    families.family("waiting_changes", "gauge", "Changes that the database did not take yet.", one(waiting));
    let alive = u64::from(snapshot.writer_is_alive);
    families.family("writer_alive", "gauge", "1 while the writer of the database gives signs of life.", one(alive));
    let restarts = snapshot.threads.iter().map(|thread| (labels(&[("thread", &thread.name)]), thread.restarts));
    families.family("thread_restarts_total", "counter", "Threads that were replaced.", restarts);
    families.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_the_format() {
        assert_eq!(labels(&[("camera", "a\"b\\c\nd")]), r#"{camera="a\"b\\c\nd"}"#);
        assert_eq!(labels(&[]), "");
    }
}
