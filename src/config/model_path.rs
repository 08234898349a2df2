//! Whether the model that a camera names is there.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::detect::family_members;
use crate::diagnostics::{At, Fault, Faults};

/// The model that comes with lotcount.
const DEFAULT: &str = "models/lotcount-rnd";
/// Where it is looked for, after the configuration's own folder: the working folder, and where packages put data.
const FOLDERS: [&str; 3] = ["", "/usr/local/share/lotcount", "/usr/share/lotcount"];

/// Resolves the path and sees that every file can be read; what is in them is judged when they are loaded.
pub fn validate(typed: Option<&At<String>>, camera_span: Range<usize>, folder: &Path, faults: &Faults) -> PathBuf {
    let (path, span) = match typed {
        Some(model) => (folder.join(&model.value), model.span.clone()),
        None => (default(folder), camera_span),
    };
    let files = match path.extension() {
        Some(extension) if extension == "onnx" => vec![path.clone()],
        _ => family_members(&path),
    };
    if files.is_empty() {
        let message = format!("there is no model {}", path.display());
        let hint =
            "name an .onnx file, or a family as in models/lotcount-rnd for models/lotcount-rnd-320x192.onnx and so on";
        faults.add(Fault::error(span.clone(), message).hint(hint));
    }
    for file in files.iter().flat_map(|onnx| [onnx.clone(), onnx.with_extension("toml")]) {
        if let Err(error) = File::open(&file) {
            let fault =
                Fault::error(span.clone(), format!("the model's file {} cannot be read: {error}", file.display()));
            faults.add(fault.hint("a model is an .onnx file with a .toml of the same name: see models/README.md"));
        }
    }
    path
}

fn default(folder: &Path) -> PathBuf {
    let beside = folder.join(DEFAULT);
    let elsewhere = FOLDERS.iter().map(|folder| Path::new(folder).join(DEFAULT));
    std::iter::once(beside.clone()).chain(elsewhere).find(|stem| !family_members(stem).is_empty()).unwrap_or(beside)
}
