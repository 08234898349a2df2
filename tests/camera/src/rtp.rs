//! RTP packets (RFC 3550) of H.264 (RFC 6184) and HEVC (RFC 7798): a NAL unit that fits is a packet, a longer one goes in
//! fragments.

use crate::media::Codec;

/// Longest payload, so that a packet fits into an Ethernet frame.
const LONGEST: usize = 1400;
/// Ticks a second of the timestamps of video.
pub const CLOCK_RATE: f64 = 90_000.0;
pub const PAYLOAD_TYPE: u8 = 96;
pub const HEADER: usize = 12;

/// Numbers the packets of one stream.
#[derive(Debug)]
pub struct Packetiser {
    codec: Codec,
    sequence: u16,
    source: u32,
}

impl Packetiser {
    pub fn new(codec: Codec, sequence: u16, source: u32) -> Self {
        Self { codec, sequence, source }
    }

    /// The packets of one picture; the last one carries the marker.
    pub fn packets(&mut self, nals: &[Vec<u8>], timestamp: u32) -> Vec<Vec<u8>> {
        let payloads: Vec<Vec<u8>> = nals.iter().flat_map(|nal| payloads(self.codec, nal)).collect();
        let last = payloads.len().saturating_sub(1);
        payloads.iter().enumerate().map(|(index, payload)| self.packet(payload, timestamp, index == last)).collect()
    }

    fn packet(&mut self, payload: &[u8], timestamp: u32, marker: bool) -> Vec<u8> {
        let mut packet = Vec::with_capacity(HEADER + payload.len());
        packet.push(2 << 6); // the version
        packet.push(u8::from(marker) << 7 | PAYLOAD_TYPE);
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(self.source.to_be_bytes());
        packet.extend(payload);
        self.sequence = self.sequence.wrapping_add(1);
        packet
    }
}

/// A NAL unit as it is, or in fragmentation units.
fn payloads(codec: Codec, nal: &[u8]) -> Vec<Vec<u8>> {
    if nal.len() <= LONGEST {
        return vec![nal.to_vec()];
    }
    // The header of the unit that says "fragment", and the type of what it is a fragment of.
    let (header, kind, body) = match codec {
        Codec::H264 => (vec![nal[0] & 0xE0 | 28], nal[0] & 0x1F, &nal[1..]),
        Codec::Hevc => (vec![nal[0] & 0x81 | 49 << 1, nal[1]], nal[0] >> 1 & 0x3F, &nal[2..]),
    };
    let pieces = body.chunks(LONGEST - header.len() - 1);
    let last = pieces.len() - 1;
    let fragment = |(index, piece): (usize, &[u8])| {
        let (start, end) = (u8::from(index == 0) << 7, u8::from(index == last) << 6);
        [&header[..], &[start | end | kind], piece].concat()
    };
    pieces.enumerate().map(fragment).collect()
}

/// The packet as it travels inside the RTSP connection (RFC 2326, section 10.12).
pub fn interleaved(channel: u8, packet: &[u8]) -> Vec<u8> {
    let length = (packet.len() as u16).to_be_bytes();
    [&[b'$', channel, length[0], length[1]], packet].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a receiver does: undoes the fragmentation.
    fn reassembled(codec: Codec, packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut nals: Vec<Vec<u8>> = Vec::new();
        for packet in packets {
            let payload = &packet[HEADER..];
            let (fragment, header) = match codec {
                Codec::H264 => (payload[0] & 31 == 28, 1),
                Codec::Hevc => (payload[0] >> 1 & 63 == 49, 2),
            };
            if !fragment {
                nals.push(payload.to_vec());
                continue;
            }
            let unit = payload[header];
            if unit & 0x80 != 0 {
                nals.push(match codec {
                    Codec::H264 => vec![payload[0] & 0xE0 | unit & 31],
                    Codec::Hevc => vec![payload[0] & 0x81 | (unit & 63) << 1, payload[1]],
                });
            }
            nals.last_mut().unwrap().extend(&payload[header + 1..]);
        }
        nals
    }

    #[test]
    fn every_nal_unit_arrives_whole_in_packets_that_fit() {
        let body = |length: usize| (0..length).map(|byte| byte as u8);
        for (codec, key, small) in [(Codec::H264, vec![0x65], 0x68), (Codec::Hevc, vec![19 << 1, 1], 34 << 1)] {
            for length in [1, LONGEST - 2, LONGEST, LONGEST + 1, 3 * LONGEST, 60_000] {
                let nals = vec![vec![small, 1, 2], key.iter().copied().chain(body(length)).collect()];
                let packets = Packetiser::new(codec, u16::MAX, 7).packets(&nals, 90);
                assert_eq!(reassembled(codec, &packets), nals, "{codec:?} {length}");
                assert!(packets.iter().all(|packet| packet.len() <= HEADER + LONGEST));
                let numbers: Vec<u16> = packets.iter().map(|p| u16::from_be_bytes([p[2], p[3]])).collect();
                assert!(numbers.windows(2).all(|two| two[1] == two[0].wrapping_add(1)), "{numbers:?}");
                let markers: Vec<bool> = packets.iter().map(|packet| packet[1] & 0x80 != 0).collect();
                assert_eq!(markers.iter().filter(|&&marker| marker).count(), 1);
                assert!(markers.last().unwrap());
            }
        }
    }

    #[test]
    fn the_header_is_that_of_rfc_3550() {
        let packets = Packetiser::new(Codec::H264, 0x0102, 0x0A0B_0C0D).packets(&[vec![0x65, 9]], 0x1112_1314);
        assert_eq!(packets, [[0x80, 0xE0, 1, 2, 0x11, 0x12, 0x13, 0x14, 10, 11, 12, 13, 0x65, 9]]);
        assert_eq!(interleaved(2, &[1, 2, 3]), [b'$', 2, 0, 3, 1, 2, 3]);
    }
}
