//! Every head against golden boxes that ONNX Runtime made from the same nets and pictures (external set), and models that
//! are broken in every way.
#![cfg(feature = "onnx")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lotcount::detect::{Class, Detection, Detector, Model, ModelError, Models, NetDetector, PixelRegion, suppress};
use lotcount::geometry::Rect;
use lotcount::source::Picture;
use serde_json::Value;

/// What may differ from ONNX Runtime.
const PIXELS: f64 = 1.0;
const SCORE: f64 = 0.01;

fn shared_models() -> Option<PathBuf> {
    let shared = std::env::var_os("LOTCOUNT_SHARED");
    if shared.is_none() {
        // Not eprintln: the test harness would keep it to itself.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: LOTCOUNT_SHARED is not set, so heads are not compared with golden boxes"
        );
    }
    shared.map(|shared| Path::new(&shared).join("models"))
}

fn picture(path: &Path) -> Picture {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap())).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
    bytes.truncate(info.buffer_size());
    bytes.chunks_exact_mut(3).for_each(|pixel| pixel.swap(0, 2));
    Picture::new(info.width as usize, info.height as usize, bytes)
}

fn boxes(rows: &Value) -> Vec<(String, f64, Rect)> {
    let number = |value: &Value| value.as_f64().unwrap();
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let corner = |index: usize| number(&row["box"][index]);
            let rect = Rect::new(corner(0), corner(1), corner(2), corner(3));
            (row["class"].as_str().unwrap().to_owned(), number(&row["score"]), rect)
        })
        .collect()
}

/// The golden boxes are not cut to the picture; ours are.
fn cut(rect: &Rect, picture: &Picture) -> Rect {
    let (w, h) = (picture.width() as f64, picture.height() as f64);
    Rect::new(rect.x1.clamp(0.0, w), rect.y1.clamp(0.0, h), rect.x2.clamp(0.0, w), rect.y2.clamp(0.0, h))
}

fn is_near(found: &Detection, (class, score, rect): &(String, f64, Rect), picture: &Picture) -> bool {
    let rect = cut(rect, picture);
    let off = [found.rect.x1 - rect.x1, found.rect.y1 - rect.y1, found.rect.x2 - rect.x2, found.rect.y2 - rect.y2];
    found.class.name() == class && (found.score - score).abs() <= SCORE && off.iter().all(|off| off.abs() <= PIXELS)
}

/// One to one, but for boxes so close to the threshold that rounding decides.
fn compare(name: &str, found: &[Detection], golden: &[(String, f64, Rect)], threshold: f64, picture: &Picture) {
    let mut left = found.to_vec();
    for wanted in golden {
        let off = |detection: &Detection| (detection.score - wanted.1).abs();
        let near = (0..left.len()).filter(|&index| is_near(&left[index], wanted, picture));
        // Of neighbouring cells that say nearly the same, the one with the nearest score.
        match near.min_by(|&a, &b| off(&left[a]).total_cmp(&off(&left[b]))) {
            Some(index) => {
                left.remove(index);
            }
            None => assert!(wanted.1 < threshold + SCORE, "{name}: nothing like {wanted:?} among {left:#?}"),
        }
    }
    for extra in left {
        assert!(extra.score < threshold + SCORE, "{name}: {extra:?} is not in the golden file");
    }
}

/// The golden files suppress at 0.5 and per class; `suppress` does so where all boxes are of one class.
fn suppress_by_class(candidates: Vec<Detection>) -> Vec<Detection> {
    let of_class = |class| candidates.iter().copied().filter(|found| found.class == class).collect();
    Class::ALL.into_iter().flat_map(|class| suppress(of_class(class), 0.5)).collect()
}

#[test]
fn every_head_sees_what_onnx_runtime_sees() {
    let Some(models) = shared_models() else { return };
    let nets = [
        ("yolox_nano", "yolox_nano"),
        ("yolov5n_416", "yolov5n_416"),
        ("picodet_s_320", "picodet_s_320"),
        ("nanodet_m_320", "nanodet_m_320"),
        ("vehicle-detection-0200", "vehicle-detection-0200.raw"),
        ("lotcount-rnd-320x192", "lotcount-rnd-320x192"),
        ("lotcount-rnd-256x160", "lotcount-rnd-256x160"),
    ];
    for (golden, file) in nets {
        let text = std::fs::read_to_string(models.join("golden").join(format!("{golden}.json"))).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let threshold = document["threshold"].as_f64().unwrap();
        let sidecar = Path::new("tests/sidecars").join(format!("{file}.toml"));
        let model = Model::load_with_sidecar(&models.join(format!("{file}.onnx")), &sidecar).unwrap();
        let mut detector = NetDetector::new(Arc::new(model), threshold);
        for (frame, expected) in document["frames"].as_object().unwrap() {
            let name = format!("{golden} on {frame}");
            let picture = picture(&models.join("golden").join(frame));
            let whole = PixelRegion::whole(picture.width(), picture.height());
            let candidates = detector.candidates(&picture, whole).unwrap();
            let golden = boxes(&expected["candidates"]);
            assert!(!golden.is_empty() || candidates.is_empty(), "{name}");
            compare(&name, &candidates, &golden, threshold, &picture);
            compare(&name, &suppress_by_class(candidates), &boxes(&expected["kept"]), threshold, &picture);
        }
    }
}

/// A copy of a bundled model in a folder of its own.
fn bundled() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for ending in ["onnx", "toml"] {
        let name = format!("lotcount-s-160x96.{ending}");
        std::fs::copy(Path::new("models").join(&name), folder.path().join(&name)).unwrap();
    }
    let path = folder.path().join("lotcount-s-160x96.onnx");
    (folder, path)
}

fn change_sidecar(onnx: &Path, change: impl FnOnce(String) -> String) {
    let sidecar = onnx.with_extension("toml");
    let text = std::fs::read_to_string(&sidecar).unwrap();
    std::fs::write(sidecar, change(text)).unwrap();
}

fn describe_as_is(onnx: &Path) {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(std::fs::read(onnx).unwrap());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    change_sidecar(onnx, |text| {
        let start = text.find("sha256 = \"").unwrap() + "sha256 = \"".len();
        format!("{}{hash}{}", &text[..start], &text[start + 64..])
    });
}

fn words(error: &ModelError) -> String {
    lotcount::diagnostics::in_words(error)
}

#[test]
fn every_bundled_model_loads_and_the_family_is_complete() {
    let models = Models::load(Path::new("models/lotcount-s")).unwrap();
    assert_eq!(models.members().len(), 6);
    assert_eq!(models.fit(640, 360).name(), "lotcount-s-416x256");
    assert_eq!(models.fit(300, 360).name(), "lotcount-s-224x256");
}

#[test]
fn a_changed_file_is_not_the_one_described() {
    let (_folder, onnx) = bundled();
    let mut bytes = std::fs::read(&onnx).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&onnx, bytes).unwrap();
    let error = Model::load(&onnx).err().unwrap();
    assert!(matches!(error, ModelError::OtherFile { .. }), "{}", words(&error));
}

#[test]
fn truncated_and_random_files_are_errors_not_panics() {
    let (_folder, onnx) = bundled();
    let whole = std::fs::read(&onnx).unwrap();
    let noise: Vec<u8> = (0..4096_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for bytes in [&whole[..whole.len() / 2], &whole[..100], &noise, b""] {
        std::fs::write(&onnx, bytes).unwrap();
        describe_as_is(&onnx);
        let error = Model::load(&onnx).err().unwrap();
        assert!(matches!(error, ModelError::Net { .. } | ModelError::Head { .. }), "{}", words(&error));
    }
}

#[test]
fn a_missing_sidecar_is_named() {
    let (_folder, onnx) = bundled();
    std::fs::remove_file(onnx.with_extension("toml")).unwrap();
    let words = words(&Model::load(&onnx).err().unwrap());
    assert!(words.contains("lotcount-s-160x96.toml"), "{words}");
}

#[test]
fn a_net_with_another_head_says_what_it_needs() {
    let (_folder, onnx) = bundled();
    change_sidecar(&onnx, |text| text.replace("head = \"lotcount\"", "head = \"yolox\"\nstrides = [8, 16, 32]"));
    let words = words(&Model::load(&onnx).err().unwrap());
    assert!(words.contains("[1, 315, 5]") && words.contains("`yolox` needs"), "{words}");
}

#[test]
fn every_fault_of_a_sidecar_is_told_at_once() {
    let (_folder, onnx) = bundled();
    change_sidecar(&onnx, |text| {
        text.replace("colour = \"rgb\"", "colour = \"rbg\"")
            .replace("birth = 0.35", "birt = 0.35")
            .replace("pad = 114", "pad = 300")
    });
    let words = words(&Model::load(&onnx).err().unwrap());
    for part in ["did you mean `rgb`?", "did you mean `birth`?", "`pad` must lie between 0 and 255", ".toml:5:10"] {
        assert!(words.contains(part), "{part} is missing in\n{words}");
    }
}

#[test]
fn another_input_size_than_the_sidecars_is_told_with_both() {
    let (_folder, onnx) = bundled();
    change_sidecar(&onnx, |text| text.replace("width = 160", "width = 128"));
    let words = words(&Model::load(&onnx).err().unwrap());
    assert!(words.contains("its input is [1, 3, 96, 160], and its sidecar says [1, 3, 96, 128]"), "{words}");
}

#[test]
fn a_class_that_the_net_does_not_have_is_told() {
    let (_folder, onnx) = bundled();
    change_sidecar(&onnx, |text| text.replace("0 = \"vehicle\"", "2 = \"car\""));
    let words = words(&Model::load(&onnx).err().unwrap());
    assert!(words.contains("names class 2, and the net has the classes 0 to 0"), "{words}");
}

/// A field of a protocol buffer: number, wire type 2 (length and bytes).
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

/// A net `image -> dets` of one operator, in ONNX's format (onnx.proto).
fn net_of_one(operator: &str) -> Vec<u8> {
    let lengths = [1, 3, 96, 160].map(|length| field(1, &[0x08, length | 0x80, length >> 7]));
    // TypeProto.tensor_type: elem_type = FLOAT, shape
    let tensor = [vec![0x08, 1], field(2, &lengths.concat())].concat();
    let value = |name: &str| [field(1, name.as_bytes()), field(2, &field(1, &tensor))].concat();
    let node = [field(1, b"image"), field(2, b"dets"), field(4, operator.as_bytes())].concat();
    let graph = [field(1, &node), field(2, b"graph"), field(11, &value("image")), field(12, &value("dets"))].concat();
    // ir_version = 8, graph, opset_import { version: 13 }
    [vec![0x08, 8], field(7, &graph), field(8, &[0x10, 13])].concat()
}

#[test]
fn operators_that_cannot_be_run_are_named() {
    let (_folder, onnx) = bundled();
    // Made right, such a net gets as far as its head: what follows is about the operator.
    std::fs::write(&onnx, net_of_one("Relu")).unwrap();
    describe_as_is(&onnx);
    let error = Model::load(&onnx).err().unwrap();
    assert!(matches!(error, ModelError::Head { .. }), "{}", words(&error));
    std::fs::write(&onnx, net_of_one("GridWarp")).unwrap();
    describe_as_is(&onnx);
    let words = words(&Model::load(&onnx).err().unwrap());
    assert!(words.contains("operators that cannot be run here: GridWarp"), "{words}");
}

/// Pixels that no two regions share.
fn chart(width: usize, height: usize) -> Picture {
    let byte = |i: usize| ((i as u32).wrapping_mul(2_654_435_761) >> 16) as u8 & 0x3f;
    let mut picture = Picture::new(width, height, (0..width * height * 3).map(byte).collect());
    // Something with corners, for the net to have an opinion of.
    for (x, y) in (120..260).flat_map(|x| (80..150).map(move |y| (x, y))) {
        let at = (y * width + x) * 3;
        picture.bgr_mut()[at..at + 3].copy_from_slice(&[40, 40, 220]);
    }
    picture
}

fn crop(picture: &Picture, region: PixelRegion) -> Picture {
    let row = |y: usize| {
        let start = ((region.y + y) * picture.width() + region.x) * 3;
        &picture.bgr()[start..start + region.width * 3]
    };
    Picture::new(region.width, region.height, (0..region.height).flat_map(row).copied().collect())
}

/// So low that any picture gives boxes.
const ANY: f64 = 0.001;

#[test]
fn a_region_gives_the_boxes_of_its_crop_where_the_region_lies() {
    let model = Arc::new(Model::load(Path::new("models/lotcount-s-160x96.onnx")).unwrap());
    let picture = chart(400, 300);
    let region = PixelRegion { x: 90, y: 60, width: 240, height: 130 };
    let cropped = crop(&picture, region);
    let mut detector = NetDetector::new(model, ANY);
    // The same detector looks here and there: nothing of one region may be left in the next.
    let whole = detector.detect(&picture, PixelRegion::whole(400, 300)).unwrap();
    let part = detector.detect(&picture, region).unwrap();
    let alone = detector.detect(&cropped, PixelRegion::whole(240, 130)).unwrap();
    assert!(!part.is_empty() && part != whole);
    let moved = |found: &Detection| {
        let rect = Rect::new(found.rect.x1 + 90.0, found.rect.y1 + 60.0, found.rect.x2 + 90.0, found.rect.y2 + 60.0);
        Detection { rect, ..*found }
    };
    assert_eq!(part.len(), alone.len());
    for (part, alone) in part.iter().zip(alone.iter().map(moved)) {
        assert_eq!((part.score, part.class), (alone.score, alone.class));
        assert!((part.rect.x1 - alone.rect.x1).abs() < 1e-9 && (part.rect.y2 - alone.rect.y2).abs() < 1e-9);
    }
    assert_eq!(detector.detect(&picture, PixelRegion::whole(400, 300)).unwrap(), whole);
}

#[test]
fn cameras_share_a_net_from_any_thread() {
    let model = Arc::new(Model::load(Path::new("models/lotcount-s-160x96.onnx")).unwrap());
    let pictures = [chart(320, 192), chart(200, 190)];
    let look = |picture: &Picture| {
        let mut detector = NetDetector::new(Arc::clone(&model), ANY);
        detector.detect(picture, PixelRegion::whole(picture.width(), picture.height())).unwrap()
    };
    let alone = [look(&pictures[0]), look(&pictures[1])];
    assert_ne!(alone[0], alone[1]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|i| assert_eq!(look(&pictures[i % 2]), alone[i % 2])));
        }
    });
}

#[test]
fn a_picture_smaller_than_the_region_is_an_error() {
    let model = Arc::new(Model::load(Path::new("models/lotcount-s-160x96.onnx")).unwrap());
    let mut detector = NetDetector::new(model, ANY);
    let error = detector.detect(&chart(320, 192), PixelRegion::whole(320, 240)).unwrap_err();
    assert_eq!(error.to_string(), "the region 320x240 at 0,0 does not lie in a picture of 320x192");
}
