//! Lines as somebody has drawn them, as they come in.

use axum::http::StatusCode;
use serde::Deserialize;

use crate::config::{CameraLines, Line};
use crate::geometry::{Point, Rect, Segment};
use crate::http::server::problem::Problem;

/// No gate has more.
const MOST_LINES: usize = 32;

/// The body of `POST /cameras/NAME/trial`. Places are shares of the picture.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proposal {
    lines: Vec<Drawn>,
    /// left, top, right, bottom; without it the camera keeps what it has.
    region: Option<[f64; 4]>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Drawn {
    name: String,
    a: [f64; 2],
    b: [f64; 2],
    entry: Option<String>,
    exit: Option<String>,
    other_side: Option<String>,
}

impl Proposal {
    pub fn read(body: &[u8]) -> Result<Self, Problem> {
        let proposal: Self =
            serde_json::from_slice(body).map_err(|error| Problem::bad(format!("the body is no such JSON: {error}")))?;
        if proposal.lines.len() > MOST_LINES {
            let detail = format!("a camera has {MOST_LINES} lines at most here");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
        Ok(proposal)
    }

    pub fn of_camera(self, camera: String) -> CameraLines {
        let line = |drawn: Drawn| Line {
            name: drawn.name,
            segment: Segment::new(Point::new(drawn.a[0], drawn.a[1]), Point::new(drawn.b[0], drawn.b[1])),
            entry: drawn.entry,
            exit: drawn.exit,
            other_side: drawn.other_side,
        };
        CameraLines {
            camera,
            region: self.region.map(|[left, top, right, bottom]| Rect::new(left, top, right, bottom)),
            lines: self.lines.into_iter().map(line).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_proposal_is_said() {
        let status =
            |body: &str| Proposal::read(body.as_bytes()).map(|_| ()).map_err(|problem| problem.status.as_u16());
        let line = r#"{"name": "g", "a": [0.1, 0.2], "b": [0.3, 0.4], "entry": "main"}"#;
        assert_eq!(status(&format!(r#"{{"lines": [{line}]}}"#)), Ok(()));
        assert_eq!(status(&format!(r#"{{"lines": [{line}], "region": [0, 0, 1, 1]}}"#)), Ok(()));
        for wrong in ["", "{}", "[]", r#"{"lines": [], "regoin": null}"#, r#"{"lines": [{"name": "g"}]}"#] {
            assert_eq!(status(wrong), Err(400), "{wrong}");
        }
        assert_eq!(status(&line.replace("0.1", "1e999")), Err(400));
        assert_eq!(status(&format!(r#"{{"lines": [{}]}}"#, vec![line; 33].join(","))), Err(422));
    }
}
