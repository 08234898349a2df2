//! One net exported at several input sizes, and which of them suits a region.

use std::path::{Path, PathBuf};

/// The .onnx files that a path means: itself, or the members of the family whose stem it is.
pub fn model_files(path: &Path) -> Vec<PathBuf> {
    if is_onnx(path) { vec![path.to_path_buf()] } else { family_members(path) }
}

/// The .onnx files `<stem>-<width>x<height>.onnx`, sorted by name; `models/lotcount-s` means
/// `models/lotcount-s-320x192.onnx` and its brothers.
pub fn family_members(stem: &Path) -> Vec<PathBuf> {
    let Some(name) = stem.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let folder = match stem.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let of_family = |path: &PathBuf| name_without_size(path).is_some_and(|family| family == name);
    models_in(folder).into_iter().filter(of_family).collect()
}

/// The .onnx files of a folder, sorted by name; none when it cannot be read.
pub fn models_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| is_onnx(path));
    files.sort();
    files
}

/// The stem of the family that a file belongs to by its name: `models/net` of `models/net-320x192.onnx`, and
/// `models/single` of `models/single.onnx`.
pub fn family_stem(onnx: &Path) -> PathBuf {
    match name_without_size(onnx) {
        Some(name) => onnx.with_file_name(name),
        None => onnx.with_extension(""),
    }
}

pub(super) fn is_onnx(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "onnx")
}

/// `net` of `net-320x192.onnx`; `None` when the name tells no size.
fn name_without_size(onnx: &Path) -> Option<&str> {
    let (name, size) = onnx.file_stem()?.to_str()?.rsplit_once('-')?;
    let (width, height) = size.split_once('x')?;
    (width.parse::<u32>().is_ok() && height.parse::<u32>().is_ok()).then_some(name)
}

/// Input pixels that one look may have unless only larger nets are there or one is named: 416x256, at which a slow core
/// (2.5 GHz) looks 70 times a second. On 12 recordings (305 crossings) lotcount-s has an F1 of 0.980 at 320x192 and 0.997 at
/// 416x256, which takes 1.8 times as long.
const USUAL_PIXELS: usize = 416 * 256;

/// Pixels of an input for one of the region that it shows: more is a larger car. Both are width and height.
pub fn scale(input: (usize, usize), region: (usize, usize)) -> f64 {
    (input.0 as f64 / region.0 as f64).min(input.1 as f64 / region.1 as f64)
}

/// The index of the input size that shows a region of this shape largest, among those of usual cost; of equals the
/// cheapest. So a wide region gets a wide net, and no net is chosen that sees the cars smaller to save time.
///
/// A region of few pixels is enlarged beyond its own resolution: what counts is how large the net sees the cars. On the same
/// recordings shrunk to 160x96 the F1 of an earlier net is 0.920 at 160x96, 0.967 at 256x160, 0.980 at 320x192 and 0.985 at 416x256.
pub fn best_size(sizes: &[(usize, usize)], region_width: usize, region_height: usize) -> Option<usize> {
    let pixels = |(width, height): (usize, usize)| width * height;
    let usual: Vec<usize> = (0..sizes.len()).filter(|&index| pixels(sizes[index]) <= USUAL_PIXELS).collect();
    let best = usual.into_iter().max_by(|&a, &b| {
        let (a, b) = (sizes[a], sizes[b]);
        let region = (region_width, region_height);
        // Shares a hair apart are equal: sizes are rounded to 32 pixels.
        let difference = scale(a, region) - scale(b, region);
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
            ((640, 360), (416, 256)),
            ((1920, 1080), (416, 256)),
            ((352, 288), (416, 256)),
            ((320, 240), (416, 256)),
            ((300, 360), (224, 256)),
            // Enlarged.
            ((160, 96), (416, 256)),
            ((64, 80), (224, 256)),
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
    fn a_family_is_its_name_without_the_size() {
        for (file, stem) in [
            ("models/net-320x192.onnx", "models/net"),
            ("models/my-net-s-64x64.onnx", "models/my-net-s"),
            ("single.onnx", "single"),
            ("models/yolox-nano.onnx", "models/yolox-nano"),
            ("models/net-1x.onnx", "models/net-1x"),
        ] {
            assert_eq!(family_stem(Path::new(file)), Path::new(stem), "{file}");
        }
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
