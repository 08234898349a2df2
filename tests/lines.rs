//! `lotcount lines apply` as an operator runs it.
#![cfg(all(feature = "http", feature = "onnx", feature = "video"))]

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

struct Site {
    folder: tempfile::TempDir,
    bundled: String,
}

impl Site {
    /// A copy of the bundled configuration.
    fn new() -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let bundled = std::fs::read_to_string(project.join("cameras.toml")).unwrap();
        let site = Self { folder: tempfile::tempdir().unwrap(), bundled };
        std::fs::write(site.path("cameras.toml"), &site.bundled).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn config(&self) -> String {
        std::fs::read_to_string(self.path("cameras.toml")).unwrap()
    }

    /// `lotcount lines apply`, with this as its standard input.
    fn apply(&self, arguments: &[&str], lines: &str) -> Output {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("lotcount"));
        command.args(["lines", "apply"]).args(arguments).arg("--config").arg(self.path("cameras.toml"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Its standard output when it ends with this code, its standard error when that is not 0.
    fn ends_with(&self, code: i32, arguments: &[&str], lines: &str) -> String {
        let output = self.apply(arguments, lines);
        let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
        if code == 0 { out } else { err }
    }

    fn files(&self) -> usize {
        std::fs::read_dir(self.folder.path()).unwrap().count()
    }
}

const LINES: &str = r#"
[[camera]]
name = "oblique"
region = [0.1, 0.1, 1.0, 0.9]
[[camera.line]]
name = "gate"
a = [0.7, 0.551]
b = [0.366, 0.488]
entry = "main"
exit = "main"
[[camera.line]]
name = "second"
a = [0.7, 0.65]
b = [0.366, 0.6]
exit = "main"
"#;

#[test]
fn lines_are_written_once_and_the_old_file_is_kept() {
    let site = Site::new();
    std::fs::set_permissions(site.path("cameras.toml"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let told = site.ends_with(0, &["--dry-run", "-"], LINES);
    let changes = "\
@@ camera oblique
+ region = [0.1, 0.1, 1.0, 0.9]
@@ camera oblique, line gate
- a = [0.706, 0.551]
+ a = [0.7, 0.551]
@@ camera oblique, line second
+ name = \"second\"
+ a = [0.7, 0.65]
+ b = [0.366, 0.6]
+ exit = \"main\"
";
    assert_eq!(told, format!("{}: would change\n{changes}", site.path("cameras.toml").display()));
    assert_eq!((site.config() == site.bundled, site.files()), (true, 1), "a dry run writes nothing");

    std::fs::write(site.path("lines.toml"), LINES).unwrap();
    let told = site.ends_with(0, &[site.path("lines.toml").to_str().unwrap()], "");
    assert!(told.contains(changes) && told.contains("systemctl reload lotcount"), "{told}");
    let backup = told.split_once("kept as ").unwrap().1.split_once(".\n").unwrap().0;
    assert_eq!(std::fs::read_to_string(backup).unwrap(), site.bundled);
    for path in [Path::new(backup), &site.path("cameras.toml")] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o640);
    }
    let gate = "entry = \"main\"                       # the lot that an entry enters
exit = \"main\"                        # the lot that an exit leaves
";
    let second = "\n[[camera.line]]\nname = \"second\"\na = [0.7, 0.65]\nb = [0.366, 0.6]\nexit = \"main\"\n";
    let model = "# model = \"models/lotcount-s\"      # a family of sizes of one net, or one .onnx file\n";
    let start = "start = 2026-06-15T07:00:00          # when its first frame was taken, local time or with an offset\n";
    assert!(site.bundled.contains(model) && site.bundled.contains(start));
    let expected = site.bundled.replacen("a = [0.706, 0.551]", "a = [0.7, 0.551]", 1);
    let expected = expected.replacen(gate, &format!("{gate}{second}"), 1);
    let expected = expected.replacen(start, &format!("{start}region = [0.1, 0.1, 1.0, 0.9]\n"), 1);
    assert_eq!(site.config(), expected);

    let files = site.files();
    let told = site.ends_with(0, &["-"], LINES);
    assert!(told.ends_with(": nothing changes\n"), "{told}");
    assert_eq!(site.files(), files);
    // Back again, by the region of before and without the second line.
    let first =
        LINES.split_once("[[camera.line]]\nname = \"second\"").unwrap().0.replace("[0.7, 0.551]", "[0.706, 0.551]");
    site.ends_with(0, &["--replace", "-"], &first);
    let expected = site.bundled.replacen(start, &format!("{start}region = [0.1, 0.1, 1.0, 0.9]\n"), 1);
    assert_eq!(site.config(), expected);
}

#[test]
fn what_is_wrong_is_told_and_nothing_is_written() {
    let site = Site::new();
    let told = site.ends_with(3, &["-"], &LINES.replace("\"oblique\"", "\"obliqe\""));
    assert!(told.contains("<stdin>:3:8") && told.contains("did you mean `oblique`?"), "{told}");
    let told = site.ends_with(3, &["/no/such/file"], "");
    assert!(told.contains("/no/such/file") && told.contains("cannot be read"), "{told}");
    // Right by itself, and wrong together with the lines that stay.
    let region = "[[camera]]\nname = \"oblique\"\nregion = [0.0, 0.0, 0.5, 0.5]\n";
    let told = site.ends_with(3, &["-"], region);
    assert!(told.contains("nothing was written") && told.contains("outside the camera's `region`"), "{told}");
    let told =
        site.ends_with(3, &["--replace", "-"], "[[camera]]\nname = \"oblique\"\nregion = [0.0, 0.0, 1.0, 1.0]\n");
    assert!(told.contains("this camera has no counting line"), "{told}");
    assert_eq!((site.config() == site.bundled, site.files()), (true, 1));

    std::fs::write(site.path("cameras.toml"), site.bundled.replace("time_zone", "timezone")).unwrap();
    let told = site.ends_with(3, &["-"], LINES);
    assert!(told.contains("did you mean `time_zone`?"), "{told}");
}

#[test]
fn no_password_is_shown_and_none_is_lost() {
    let site = Site::new();
    let inline = "site = { name = \"s\", time_zone = \"UTC\" }\nlot = [{ name = \"main\" }]\n\
        camera = [{ name = \"oblique\", source = \"rtsp://u:geheim@192.0.2.1/\", line = [{ name = \"gate\", \
        a = [0.2, 0.5], b = [0.9, 0.5], exit = \"main\" }] }]\n";
    std::fs::write(site.path("cameras.toml"), inline).unwrap();
    for arguments in [&["--dry-run", "-"][..], &["-"], &["--replace", "-"]] {
        let output = site.apply(arguments, LINES);
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success() && !told.contains("geheim"), "{told}");
    }
    assert!(site.config().contains("u:geheim@192.0.2.1"));
}
