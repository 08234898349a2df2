//! The order of display in an MP4 file, which OpenCV does not tell of undecoded packets: from the boxes `stts` (how long
//! each picture lasts) and `ctts` (by how much it is shown later than decoded), ISO/IEC 14496-12.

/// Of each of `frames` pictures in the order of decoding, its place in the order of display.
pub fn display_order(mp4: &[u8], frames: usize) -> Vec<usize> {
    let table = ["moov", "trak", "mdia", "minf", "stbl"].iter().try_fold(mp4, |inside, name| child(inside, name));
    let runs = |name| table.and_then(|table| child(table, name)).map(runs).unwrap_or_default();
    let durations = runs("stts").into_iter().chain(std::iter::repeat(1));
    let decoded = durations.scan(0_i64, |at, duration| {
        let now = *at;
        *at += i64::from(duration);
        Some(now)
    });
    let offsets = runs("ctts").into_iter().chain(std::iter::repeat(0));
    let shown: Vec<i64> = decoded.zip(offsets).take(frames).map(|(at, offset)| at + i64::from(offset)).collect();
    let mut by_time: Vec<usize> = (0..frames).collect();
    by_time.sort_by_key(|&frame| shown[frame]);
    let mut order = vec![0; frames];
    for (place, frame) in by_time.into_iter().enumerate() {
        order[frame] = place;
    }
    order
}

/// The content of the first box of that name.
fn child<'a>(mut boxes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    while let Some((head, _)) = boxes.split_at_checked(8) {
        let length = word(head, 0) as usize;
        // 0 (to the end) and 1 (64-bit length) occur in files larger than ours.
        if length < 8 || length > boxes.len() {
            return None;
        }
        if &head[4..] == name.as_bytes() {
            return Some(&boxes[8..length]);
        }
        boxes = &boxes[length..];
    }
    None
}

/// The values of a run-length table: version and flags, number of runs, then (count, value) each.
fn runs(table: &[u8]) -> Vec<i32> {
    let pairs = table.get(8..).unwrap_or_default().chunks_exact(8);
    pairs.flat_map(|pair| std::iter::repeat_n(word(pair, 4) as i32, word(pair, 0) as usize)).collect()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &str, content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes()[..], name.as_bytes(), content].concat()
    }

    fn table(name: &str, runs: &[(u32, u32)]) -> Vec<u8> {
        let pairs = runs.iter().flat_map(|(count, value)| [count.to_be_bytes(), value.to_be_bytes()]).flatten();
        let head = [0_u32.to_be_bytes(), (runs.len() as u32).to_be_bytes()].concat();
        boxed(name, &head.into_iter().chain(pairs).collect::<Vec<u8>>())
    }

    fn mp4(tables: &[u8]) -> Vec<u8> {
        let inside = boxed("stbl", tables);
        let inside = ["minf", "mdia", "trak", "moov"].iter().fold(inside, |inside, name| boxed(name, &inside));
        [boxed("ftyp", b"isom"), inside].concat()
    }

    #[test]
    fn reorders_by_the_composition_offsets() {
        // I P B B P in the order of decoding, shown as I B B P P.
        let tables = [table("stts", &[(5, 10)]), table("ctts", &[(1, 10), (1, 30), (2, 0), (1, 10)])].concat();
        assert_eq!(display_order(&mp4(&tables), 5), [0, 3, 1, 2, 4]);
    }

    #[test]
    fn without_offsets_the_orders_are_the_same() {
        assert_eq!(display_order(&mp4(&table("stts", &[(3, 10)])), 3), [0, 1, 2]);
        assert_eq!(display_order(b"no file", 2), [0, 1]);
    }
}
