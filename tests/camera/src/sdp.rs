//! The description of the stream (RFC 4566; RFC 6184, section 8.2; RFC 7798, section 7.1).

use crate::base64;
use crate::media::{Clip, Codec};
use crate::rtp::PAYLOAD_TYPE;

pub fn describe(clip: &Clip, fps: f64) -> String {
    let sets: Vec<String> = clip.parameter_sets().into_iter().map(base64::encode).collect();
    let (name, parameters) = match (clip.codec, sets.as_slice()) {
        (Codec::Hevc, [video, sequence, picture, ..]) => {
            ("H265", format!("sprop-vps={video}; sprop-sps={sequence}; sprop-pps={picture}"))
        }
        (Codec::Hevc, _) => ("H265", String::new()),
        (Codec::H264, sets) => ("H264", format!("packetization-mode=1; sprop-parameter-sets={}", sets.join(","))),
    };
    let lines = [
        "v=0".to_owned(),
        "o=- 1 1 IN IP4 127.0.0.1".to_owned(),
        "s=camera".to_owned(),
        "c=IN IP4 0.0.0.0".to_owned(),
        "t=0 0".to_owned(),
        "a=control:*".to_owned(),
        format!("m=video 0 RTP/AVP {PAYLOAD_TYPE}"),
        format!("a=rtpmap:{PAYLOAD_TYPE} {name}/90000"),
        format!("a=fmtp:{PAYLOAD_TYPE} {parameters}"),
        format!("a=framerate:{fps}"),
        "a=control:trackID=0".to_owned(),
    ];
    lines.map(|line| line + "\r\n").concat()
}
