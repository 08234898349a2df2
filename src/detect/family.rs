//! One net exported at several input sizes, and which of them suits a region.

use std::path::{Path, PathBuf};

/// The .onnx files `<stem>-<width>x<height>.onnx`, sorted by name; `models/lotcount-rnd` means
/// `models/lotcount-rnd-320x192.onnx` and its brothers.
pub fn family_members(stem: &Path) -> Vec<PathBuf> {
    let Some(name) = stem.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let folder = match stem.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut members: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "onnx"))
        .filter(|path| {
            let size = path
                .file_stem()
                .and_then(|file| file.to_str())
                .and_then(|file| file.strip_prefix(name)?.strip_prefix('-'));
            size.and_then(|size| size.split_once('x'))
                .is_some_and(|(width, height)| width.parse::<u32>().is_ok() && height.parse::<u32>().is_ok())
        })
        .collect();
    members.sort();
    members
}

/// Input pixels that one look may have unless only larger nets are there: 320x192, at which one core looks 200 times a
/// second.
const USUAL_PIXELS: usize = 64 * 1024;

/// The index of the input size that shows a region of this shape largest, among those of usual cost; of equals the
/// cheapest. So a wide region gets a wide net, and no net is chosen that sees the cars smaller to save time.
pub fn best_size(sizes: &[(usize, usize)], region_width: usize, region_height: usize) -> Option<usize> {
    let pixels = |(width, height): (usize, usize)| width * height;
    let scale = |(width, height): (usize, usize)| {
        (width as f64 / region_width as f64).min(height as f64 / region_height as f64)
    };
    let usual: Vec<usize> = (0..sizes.len()).filter(|&index| pixels(sizes[index]) <= USUAL_PIXELS).collect();
    let best = usual.into_iter().max_by(|&a, &b| {
        let (a, b) = (sizes[a], sizes[b]);
        // Shares a hair apart are equal: sizes are rounded to 32 pixels.
        let difference = scale(a) - scale(b);
        if difference.abs() < 1e-6 { pixels(b).cmp(&pixels(a)) } else { difference.total_cmp(&0.0) }
    });
    best.or_else(|| (0..sizes.len()).min_by_key(|&index| pixels(sizes[index])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_regions() {
        let sizes = [(160, 96), (224, 256), (256, 160), (256, 224), (320, 192), (416, 256)];
        for (region, size) in [
            ((640, 360), (320, 192)),
            ((1920, 1080), (320, 192)),
            ((352, 288), (256, 224)),
            ((320, 240), (256, 224)),
            ((300, 360), (224, 256)),
        ] {
            assert_eq!(sizes[best_size(&sizes, region.0, region.1).unwrap()], size, "{region:?}");
        }
    }

    #[test]
    fn only_large_nets_are_better_than_none() {
        assert_eq!(best_size(&[(640, 640), (416, 416)], 640, 360), Some(1));
        assert_eq!(best_size(&[], 640, 360), None);
    }

    #[test]
    fn members_are_named_after_the_stem_and_a_size() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["net-320x192.onnx", "net-160x96.onnx", "net-320x192.toml", "net-big.onnx", "network-1x1.onnx"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        let names: Vec<_> = family_members(&folder.path().join("net"))
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["net-160x96.onnx", "net-320x192.onnx"]);
    }
}
