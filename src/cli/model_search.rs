//! Which models there are: those that the command line names, or those that the site can use.

use std::path::{Path, PathBuf};

use crate::config::{Config, model_folders};
use crate::detect::{model_files, models_in};

/// What a search brought.
#[derive(Debug, Default)]
pub struct ModelSearch {
    /// The .onnx files in the order in which they were found, each once.
    pub found: Vec<PathBuf>,
    /// What was named and is not there, with the reason in one line.
    pub missing: Vec<(PathBuf, String)>,
    /// What the cameras name; `None` when no configuration was read.
    pub uses: Option<Vec<Use>>,
}

/// A model or family as the configuration names it, and the cameras that do.
#[derive(Debug, PartialEq)]
pub struct Use {
    pub model: PathBuf,
    pub cameras: Vec<String>,
}

impl ModelSearch {
    /// Files, folders and families by name.
    pub fn of_paths(paths: &[PathBuf]) -> Self {
        let mut search = Self::default();
        for path in paths {
            let files = if path.is_dir() { models_in(path) } else { model_files(path) };
            if files.is_empty() {
                let reason = match path.is_dir() {
                    true => format!("there is no .onnx file in {}", path.display()),
                    false => format!("{} is no .onnx file, no folder and no family of .onnx files", path.display()),
                };
                search.missing.push((path.clone(), reason));
            }
            search.add(files);
        }
        search
    }

    /// Everything where the default model is looked for, and what the cameras name. `folder` is the configuration's.
    pub fn of_site(folder: &Path, config: Option<&Config>) -> Self {
        let mut search = Self { uses: config.map(uses), ..Self::default() };
        let folders = model_folders(folder);
        for folder in &folders {
            search.add(models_in(folder));
        }
        let named: Vec<PathBuf> = search.uses.iter().flatten().flat_map(|used| model_files(&used.model)).collect();
        search.add(named);
        if search.found.is_empty() {
            let mut places: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
            places.dedup();
            let reason = format!("there is no model: no .onnx file in any of {}", places.join(", "));
            search.missing.push((folders[0].clone(), reason));
        }
        search
    }

    fn add(&mut self, files: Vec<PathBuf>) {
        for file in files {
            if !self.found.iter().any(|known| same_file(known, &file)) {
                self.found.push(file);
            }
        }
    }

    /// The cameras that name this file or its family; `None` when no configuration was read.
    pub fn cameras(&self, onnx: &Path) -> Option<Vec<&str>> {
        let names = |used: &Use| model_files(&used.model).iter().any(|file| same_file(file, onnx));
        let uses = self.uses.as_ref()?;
        Some(uses.iter().filter(|used| names(used)).flat_map(|used| &used.cameras).map(String::as_str).collect())
    }
}

/// In the order of the configuration.
fn uses(config: &Config) -> Vec<Use> {
    let mut uses: Vec<Use> = Vec::new();
    for camera in &config.cameras {
        match uses.iter_mut().find(|used| used.model == camera.model) {
            Some(used) => used.cameras.push(camera.name.clone()),
            None => uses.push(Use { model: camera.model.clone(), cameras: vec![camera.name.clone()] }),
        }
    }
    uses
}

/// Also by another way, as the working folder and its absolute path.
fn same_file(a: &Path, b: &Path) -> bool {
    a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        folder
    }

    fn names(search: &ModelSearch) -> Vec<String> {
        search.found.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn files_folders_and_families_are_found_once_each() {
        let folder = folder_with(&["b-64x64.onnx", "b-96x64.onnx", "a.onnx", "a.toml", "notes.txt"]);
        let path = |name: &str| folder.path().join(name);
        let search = ModelSearch::of_paths(&[path("b"), path("a.onnx"), path("."), path("b-64x64.onnx")]);
        assert_eq!(names(&search), ["b-64x64.onnx", "b-96x64.onnx", "a.onnx"]);
        assert!(search.missing.is_empty(), "{search:?}");
        assert_eq!(search.cameras(&path("a.onnx")), None, "nobody looked for cameras");
    }

    #[test]
    fn what_is_not_there_is_told_and_the_rest_found() {
        let folder = folder_with(&["a.onnx", "notes.txt"]);
        let empty = folder_with(&[]);
        let path = |name: &str| folder.path().join(name);
        let search = ModelSearch::of_paths(&[path("c"), path("notes.txt"), empty.path().to_path_buf(), path("a.onnx")]);
        assert_eq!(names(&search), ["a.onnx"]);
        let missing: Vec<_> = search.missing.iter().map(|(path, _)| path.clone()).collect();
        assert_eq!(missing, [path("c"), path("notes.txt"), empty.path().to_path_buf()]);
        assert!(search.missing[2].1.contains("no .onnx file in"), "{search:?}");
    }

    #[test]
    fn a_camera_uses_every_member_of_its_family_or_one_file() {
        let folder = folder_with(&["b-64x64.onnx", "b-96x64.onnx"]);
        let path = |name: &str| folder.path().join(name);
        let used = |model: &str, camera: &str| Use { model: path(model), cameras: vec![camera.to_owned()] };
        let uses = Some(vec![used("b", "north"), used("b-96x64.onnx", "south")]);
        let search = ModelSearch { uses, ..ModelSearch::default() };
        assert_eq!(search.cameras(&path("b-64x64.onnx")).unwrap(), ["north"]);
        assert_eq!(search.cameras(&path("b-96x64.onnx")).unwrap(), ["north", "south"]);
        assert!(search.cameras(&path("c.onnx")).unwrap().is_empty());
    }
}
