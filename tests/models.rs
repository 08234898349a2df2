//! `lotcount models` and the choice of a size, with the real binary.
#![cfg(all(feature = "onnx", feature = "video"))]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The family that comes with lotcount.
const FAMILY: &str = "lotcount-s";

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Exit code, standard output and standard error of `lotcount` in a folder.
fn lotcount(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lotcount"));
    let output = command.current_dir(folder).args(arguments).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// A folder with `models/` that holds the smallest bundled net.
fn site() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    std::fs::create_dir(&models).unwrap();
    for ending in ["onnx", "toml"] {
        let name = format!("{FAMILY}-160x96.{ending}");
        std::fs::copy(project().join("models").join(&name), models.join(&name)).unwrap();
    }
    (folder, models)
}

/// The bundled configuration in that folder, its cameras with this further row.
fn configure(folder: &Path, row: &str) {
    let text = std::fs::read_to_string(project().join("cameras.toml")).unwrap();
    let samples = format!("{row}\nsource = \"{}/samples/", project().display());
    std::fs::write(folder.join("cameras.toml"), text.replace("source = \"samples/", &samples)).unwrap();
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

#[test]
fn the_bundled_models_are_listed_with_their_times_and_cameras() {
    let (code, table, errors) = lotcount(project(), &["models", "--runs", "2"]);
    assert_eq!((code, errors.as_str()), (0, ""), "{table}");
    for file in lotcount::detect::family_members(&project().join("models").join(FAMILY)) {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let row = table.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("no {name}:\n{table}"));
        let size = name.rsplit('-').next().unwrap();
        assert!(row.contains(&format!(" {size} ")) && row.matches(" ms").count() == 2, "{row}");
        assert!(row.contains("MIT OR Apache-2.0"), "{row}");
    }
    assert!(table.contains(&format!("models/{FAMILY} is used by oblique, overhead")), "{table}");
    // Only what a sidecar says in free words may be longer than a narrow terminal's line.
    let long = table.lines().find(|line| line.chars().count() > 80 && !line.starts_with(FAMILY));
    assert_eq!(long, None);
}

#[test]
fn json_says_the_same_to_programs() {
    let (folder, models) = site();
    configure(folder.path(), "");
    let (code, text, errors) = lotcount(folder.path(), &["models", "--json", "--runs", "3"]);
    assert_eq!(code, 0, "{errors}");
    let listing = json(&text);
    assert_eq!(listing["schema"], "lotcount.models/1");
    assert_eq!(listing["broken"], Value::Array(vec![]));
    let [model] = &listing["models"].as_array().unwrap()[..] else { panic!("{text}") };
    let bytes = std::fs::metadata(models.join(format!("{FAMILY}-160x96.onnx"))).unwrap().len();
    assert_eq!(model["name"], format!("{FAMILY}-160x96"));
    assert_eq!((&model["width"], &model["height"]), (&160.into(), &96.into()));
    assert_eq!((&model["head"], &model["file_bytes"]), (&"lotcount".into(), &bytes.into()));
    assert_eq!((&model["licence"], &model["looks"]), (&"MIT OR Apache-2.0".into(), &3.into()));
    assert_eq!(model["cameras"], serde_json::json!(["oblique", "overhead"]));
    let (median, fastest) = (model["look_ms"].as_f64().unwrap(), model["fastest_look_ms"].as_f64().unwrap());
    assert!(0.0 < fastest && fastest <= median, "{text}");
}

#[test]
fn no_configuration_is_needed_unless_one_is_named() {
    let (folder, models) = site();
    let (code, table, errors) = lotcount(folder.path(), &["models", "--runs", "1"]);
    assert_eq!((code, errors.as_str()), (0, ""), "{table}");
    assert!(table.contains(&format!("{FAMILY}-160x96")) && !table.contains("used by"), "{table}");
    let elsewhere = tempfile::tempdir().unwrap();
    let path = models.join(FAMILY).display().to_string();
    let (code, text, errors) = lotcount(elsewhere.path(), &["models", "--runs", "1", "--json", &path]);
    assert_eq!(code, 0, "{errors}");
    assert_eq!(json(&text)["models"][0]["cameras"], Value::Null);

    let (code, _, errors) = lotcount(folder.path(), &["models", "--runs", "1", "--config", "other.toml"]);
    assert!(code == 3 && errors.contains("other.toml"), "{code}: {errors}");
}

#[test]
fn a_faulty_configuration_does_not_hide_the_models() {
    let (folder, _models) = site();
    configure(folder.path(), "anker = \"centre\"");
    let (code, table, errors) = lotcount(folder.path(), &["models", "--runs", "1"]);
    assert!(code == 3 && errors.contains("unknown key `anker`"), "{code}: {errors}");
    assert!(table.contains(&format!("{FAMILY}-160x96")), "{table}");
}

#[test]
fn broken_models_are_told_in_a_line_each_and_the_good_ones_listed() {
    let (folder, models) = site();
    let good = models.join(format!("{FAMILY}-160x96.onnx"));
    let sidecar = std::fs::read_to_string(good.with_extension("toml")).unwrap();
    std::fs::write(models.join("foreign.onnx"), b"not a net").unwrap();
    std::fs::write(models.join("foreign.toml"), &sidecar).unwrap();
    std::fs::copy(&good, models.join("misspelt.onnx")).unwrap();
    std::fs::write(models.join("misspelt.toml"), sidecar.replace("\"letterbox\"", "\"leterbox\"")).unwrap();
    std::fs::copy(&good, models.join("undescribed.onnx")).unwrap();
    let (code, table, errors) = lotcount(folder.path(), &["models", "--runs", "1"]);
    assert_eq!(code, 3, "{errors}");
    assert!(table.contains(&format!("{FAMILY}-160x96")), "{table}");
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(lines.len(), 3, "{errors}");
    assert!(lines.iter().all(|line| line.starts_with("error: models/")), "{errors}");
    assert!(lines[0].contains("foreign.onnx is not the file that its sidecar describes"), "{errors}");
    let line = sidecar.lines().position(|line| line.contains("letterbox")).unwrap() + 1;
    assert!(lines[1].contains(&format!("misspelt.toml:{line}:10: unknown value `leterbox`")), "{errors}");
    assert!(lines[1].contains("did you mean `letterbox`?"), "{errors}");
    assert!(lines[2].contains("undescribed.toml: the file cannot be read"), "{errors}");

    let (code, text, _) = lotcount(folder.path(), &["models", "--runs", "1", "--json"]);
    let listing = json(&text);
    assert_eq!((code, listing["models"].as_array().unwrap().len()), (3, 1), "{text}");
    assert_eq!(listing["broken"][0]["file"], "models/foreign.onnx");
    assert!(listing["broken"][2]["reason"].as_str().unwrap().contains("undescribed.toml"), "{text}");
}

#[test]
fn what_is_no_model_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("models")).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "notes").unwrap();
    for (arguments, told) in [
        (&["models"][..], "there is no model"),
        (&["models", "models"], "there is no .onnx file in models"),
        (&["models", "notes.txt"], "notes.txt is no .onnx file"),
        (&["models", "gone.onnx"], "gone.onnx cannot be read"),
        (&["models", "models/gone"], "models/gone is no .onnx file, no folder and no family"),
    ] {
        let (code, table, errors) = lotcount(folder.path(), arguments);
        assert_eq!((code, table.as_str(), errors.lines().count()), (3, "", 1), "{arguments:?}: {errors}");
        assert!(errors.contains(told), "{arguments:?}: {errors}");
    }
    let (code, ..) = lotcount(folder.path(), &["models", "--runs", "0"]);
    assert_eq!(code, 2);
}

#[test]
fn check_shows_the_size_that_each_camera_gets_and_a_named_file_forces_one() {
    let (code, table, errors) = lotcount(project(), &["check"]);
    assert_eq!(code, 0, "{errors}");
    let row = table.lines().find(|line| line.contains(&format!("{FAMILY}-416x256"))).unwrap_or_default();
    for cell in ["oblique", "640x360", "416x256", "0.65", "of 6"] {
        assert!(row.contains(&format!(" {cell} ")), "no {cell}:\n{table}");
    }
    // Not the size that would be chosen: it is done all the same.
    for (size, scale) in [("160x96", "0.25"), ("320x192", "0.50")] {
        let folder = tempfile::tempdir().unwrap();
        let file = project().join("models").join(format!("{FAMILY}-{size}.onnx"));
        configure(folder.path(), &format!("model = \"{}\"", file.display()));
        let (code, table, errors) = lotcount(folder.path(), &["check"]);
        assert_eq!(code, 0, "{errors}");
        let row = table.lines().find(|line| line.contains(&format!("{FAMILY}-{size}"))).unwrap_or_default();
        for cell in ["640x360", size, scale, "named"] {
            assert!(row.contains(&format!(" {cell} ")), "no {cell}:\n{table}");
        }
    }
}
