//! A net with its description: loaded once, shared by all cameras that use it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::family::{best_size, is_onnx, model_files};
use super::head::{Head, HeadError};
use super::net::{Net, NetError};
use super::sidecar::{HeadKind, Sidecar};
use crate::diagnostics::Report;

/// One .onnx file ready to look.
pub struct Model {
    name: String,
    sidecar: Sidecar,
    net: Net,
    head: Head,
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("{path} cannot be read")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0}")]
    Sidecar(Report),
    #[error("{path} is not the file that its sidecar describes: its SHA-256 is {found}, and {expected} is expected")]
    OtherFile { path: PathBuf, found: String, expected: String },
    #[error("{path} cannot be used")]
    Net { path: PathBuf, source: NetError },
    #[error("{path} does not fit its sidecar")]
    Head { path: PathBuf, source: HeadError },
    #[error("there is no {path}-<width>x<height>.onnx")]
    EmptyFamily { path: PathBuf },
}

impl Model {
    /// Loads `NAME.onnx` and `NAME.toml` beside it.
    pub fn load(onnx: &Path) -> Result<Self, ModelError> {
        Self::load_with_sidecar(onnx, &onnx.with_extension("toml"))
    }

    /// The same with a sidecar from elsewhere.
    pub fn load_with_sidecar(onnx: &Path, sidecar: &Path) -> Result<Self, ModelError> {
        let bytes = read(onnx)?;
        let sidecar = Sidecar::read(sidecar).map_err(ModelError::Sidecar)?;
        let path = onnx.to_path_buf();
        let found: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        if found != sidecar.sha256 {
            return Err(ModelError::OtherFile { path, found, expected: sidecar.sha256 });
        }
        let priors = match &sidecar.head {
            HeadKind::Ssd { priors } => Some(read(&onnx.with_file_name(priors))?),
            _ => None,
        };
        let (width, height) = (sidecar.input.width, sidecar.input.height);
        let net = Net::parse(&bytes, width, height).map_err(|source| ModelError::Net { path: path.clone(), source })?;
        let head = Head::new(&sidecar.head, width, height, priors.as_deref())
            .and_then(|head| check_fit(&head, &sidecar, &net).map(|()| head))
            .map_err(|source| ModelError::Head { path: path.clone(), source })?;
        let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Ok(Self { name, sidecar, net, head })
    }

    /// The file's name without its ending.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn sidecar(&self) -> &Sidecar {
        &self.sidecar
    }

    pub(super) fn net(&self) -> &Net {
        &self.net
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }
}

/// The head reads the net's outputs, and every class of the class map is one of the net's.
fn check_fit(head: &Head, sidecar: &Sidecar, net: &Net) -> Result<(), HeadError> {
    head.check(net.output_shapes())?;
    let classes = head.classes(net.output_shapes());
    match sidecar.classes.keys().find(|&&class| class >= classes) {
        Some(&named) => Err(HeadError::Class { named, last: classes - 1 }),
        None => Ok(()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    std::fs::read(path).map_err(|source| ModelError::Unreadable { path: path.to_path_buf(), source })
}

/// What a configuration names as its model: one net, or a family of one net at several input sizes.
pub struct Models {
    members: Vec<Arc<Model>>,
    is_family: bool,
}

impl Models {
    /// A path that ends in `.onnx` is that file; any other is the stem of a family.
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        let files = model_files(path);
        if files.is_empty() {
            return Err(ModelError::EmptyFamily { path: path.to_path_buf() });
        }
        let members = files.iter().map(|file| Model::load(file).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(Self { members, is_family: !is_onnx(path) })
    }

    /// The member that shows a region of this shape best.
    pub fn fit(&self, region_width: usize, region_height: usize) -> Arc<Model> {
        let sizes: Vec<_> =
            self.members.iter().map(|model| (model.sidecar.input.width, model.sidecar.input.height)).collect();
        let best = best_size(&sizes, region_width, region_height).unwrap_or(0);
        Arc::clone(&self.members[best])
    }

    /// Whether a family was named, not one file.
    pub fn is_family(&self) -> bool {
        self.is_family
    }

    pub fn members(&self) -> &[Arc<Model>] {
        &self.members
    }
}
