//! The library that makes disks and clocks fail, built when it is first asked for. What it can do: see faults.c.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/storage_faults/faults.c");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let unfinished = folder.join(format!("faults-{}.so", std::process::id()));
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .args([&unfinished, &source])
        .arg("-ldl")
        .output()
        .expect("there is a C compiler, which building the program needs as well");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let library = folder.join("faults.so");
    std::fs::rename(unfinished, &library).unwrap();
    library
});

pub fn library() -> &'static Path {
    &LIBRARY
}
