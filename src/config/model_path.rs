//! Whether the model that a camera names is there.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::detect::{family_members, model_files};
use crate::diagnostics::{At, Fault, Faults};

/// The family that comes with lotcount.
const DEFAULT: &str = "lotcount-s";

/// Where the default is looked for, in this order: beside the configuration, whose folder this is, in the working folder,
/// and where packages put data.
pub fn model_folders(folder: &Path) -> [PathBuf; 4] {
    [folder, Path::new(""), Path::new("/usr/local/share/lotcount"), Path::new("/usr/share/lotcount")]
        .map(|folder| folder.join("models"))
}

/// Resolves the path and sees that every file can be read; what is in them is judged when they are loaded.
pub fn validate(typed: Option<&At<String>>, camera_span: Range<usize>, folder: &Path, faults: &Faults) -> PathBuf {
    let (path, span) = match typed {
        Some(model) => (folder.join(&model.value), model.span.clone()),
        None => (default(folder), camera_span),
    };
    let files = model_files(&path);
    if files.is_empty() {
        let message = format!("there is no model {}", path.display());
        let hint =
            "name an .onnx file, or a family as in models/lotcount-s for models/lotcount-s-320x192.onnx and so on";
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
    let stems = model_folders(folder).map(|folder| folder.join(DEFAULT));
    stems.iter().find(|stem| !family_members(stem).is_empty()).unwrap_or(&stems[0]).clone()
}
