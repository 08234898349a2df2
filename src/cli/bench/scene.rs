//! What is measured: a recording, and the camera that it is taken to be.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::truth::{Passage, read, truth_file};
use crate::cli::model_search::ModelSearch;
use crate::cli::{Exit, Failure};
use crate::config::{Camera, Config, Source, model_folders};
use crate::diagnostics::{TomlFile, mask_secrets};

/// The recording that comes with lotcount, its line, and the share of its time in which a vehicle moves.
const SAMPLE: &str = "quiet.mp4";
const SAMPLE_LINE: &str = "a = [0.804, 0.733]\nb = [0.345, 0.421]";
const SAMPLE_ACTIVITY: f64 = 0.20;
/// Where nobody drew one: down the middle.
const MIDDLE: &str = "a = [0.5, 0.0]\nb = [0.5, 1.0]";

/// A recording with the line to count over.
pub struct Scene {
    /// With this camera alone, whose source is the recording. The database is not that of the site.
    pub config: Config,
    pub recording: PathBuf,
    /// Of the lines; `None` where nobody wrote it down, or lines were made up.
    pub truth: Option<Vec<Passage>>,
    /// Share of the time in which a vehicle moves, where it is known.
    pub activity: Option<f64>,
    /// Which line it is, in words.
    pub line: String,
}

impl Scene {
    /// The recording that was named, or the bundled sample. `site` is the configuration, if there is one, and `folder` where
    /// it is or would be.
    pub fn of(site: Option<Config>, folder: &Path, recording: Option<&Path>, scratch: &Path) -> Result<Self, Failure> {
        let Some(recording) = recording else {
            let recording = bundled(folder)?;
            let config = config(folder, SAMPLE_LINE, &recording, scratch)?;
            let truth = read(&truth_file(&recording));
            let line = "the line of the bundled sample".to_owned();
            return Ok(Self { config, recording, truth, activity: Some(SAMPLE_ACTIVITY), line });
        };
        readable(recording)?;
        let recording = recording.to_path_buf();
        if let Some((config, camera)) = site.and_then(|site| configured(site, &recording)) {
            let truth = read(&truth_file(&recording));
            let line = format!("the lines of the camera `{}`", camera.name);
            let config = elsewhere(Config { cameras: vec![camera], ..config }, &recording, scratch);
            return Ok(Self { config, recording, truth, activity: None, line });
        }
        let config = config(folder, MIDDLE, &recording, scratch)?;
        let line = "a line down the middle (no configured camera has this source)".to_owned();
        Ok(Self { config, recording, truth: None, activity: None, line })
    }

    pub fn camera(&self) -> &Camera {
        &self.config.cameras[0]
    }

    /// The same with another recording of the same size in shares: an enlarged copy.
    pub fn with_recording(&self, recording: &Path, scratch: &Path) -> Self {
        let config = elsewhere(self.config.clone(), recording, scratch);
        let (truth, line) = (self.truth.clone(), self.line.clone());
        Self { config, recording: recording.to_path_buf(), truth, activity: self.activity, line }
    }
}

/// The sample, where models are looked for, too.
fn bundled(folder: &Path) -> Result<PathBuf, Failure> {
    let folders = model_folders(folder).map(|models| models.with_file_name("samples"));
    let found = folders.iter().map(|folder| folder.join(SAMPLE)).find(|path| path.is_file());
    found.ok_or_else(|| {
        let mut places: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        places.dedup();
        let text = format!(
            "error: the recording {SAMPLE} that comes with lotcount is in none of {}; copy samples/ there, or name a \
             recording: lotcount bench --recording FILE",
            places.join(", ")
        );
        Failure::text(Exit::Camera, text)
    })
}

fn readable(recording: &Path) -> Result<(), Failure> {
    let shown = mask_secrets(&recording.to_string_lossy());
    let why = match File::open(recording) {
        Ok(_) if recording.is_file() => return Ok(()),
        Ok(_) => "it is no file".to_owned(),
        Err(error) => error.to_string(),
    };
    let text = format!("error: {shown} cannot be measured: {why}; --recording names a recorded file such as an .mp4");
    Err(Failure::text(Exit::Camera, text))
}

/// The camera of the configuration that plays this recording.
fn configured(site: Config, recording: &Path) -> Option<(Config, Camera)> {
    let same = |camera: &&Camera| match &camera.source {
        Source::Recording { path, .. } => {
            matches!((path.canonicalize(), recording.canonicalize()), (Ok(a), Ok(b)) if a == b)
        }
        _ => false,
    };
    let camera = site.cameras.iter().find(same).cloned()?;
    Some((site, camera))
}

/// A site with one camera that counts over this line, and the model that comes with lotcount.
fn config(folder: &Path, line: &str, recording: &Path, scratch: &Path) -> Result<Config, Failure> {
    let models = ModelSearch::of_site(folder, None);
    if let Some((_, reason)) = models.missing.first() {
        return Err(Failure::text(Exit::Config, format!("error: {reason}")));
    }
    // The source is put in afterwards: a file's name may hold what TOML does not like.
    let text = format!(
        "site = {{ name = \"bench\", time_zone = \"UTC\" }}\nlot = [{{ name = \"lot\" }}]\n[[camera]]\nname = \"camera\"\n\
         source = \"rtsp://192.0.2.1/\"\n[[camera.line]]\nname = \"gate\"\n{line}\nentry = \"lot\"\nexit = \"lot\"\n"
    );
    let file = TomlFile { path: folder.join("bench"), text };
    match Config::from_file(file) {
        Ok((config, _)) => Ok(elsewhere(config, recording, scratch)),
        Err(faults) => Err(Failure::text(Exit::Config, faults.to_string())),
    }
}

/// Nothing of the site itself is touched.
fn elsewhere(mut config: Config, recording: &Path, scratch: &Path) -> Config {
    config.site.database = scratch.join("bench.db");
    config.site.totals = scratch.join("totals.json");
    config.site.backup_folder = scratch.join("backups");
    config.http = None;
    for camera in &mut config.cameras {
        camera.source = Source::Recording { path: recording.to_path_buf(), start: None };
        // The same cars again and again would empty any lot, and that would be told.
        for line in &mut camera.lines {
            (line.entry, line.exit, line.other_side) = (None, None, None);
        }
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    fn scene(recording: &Path) -> Result<Scene, Failure> {
        let (site, _) = Config::load(&project().join("cameras.toml")).unwrap();
        Scene::of(Some(site), project(), Some(recording), Path::new("/nowhere"))
    }

    #[test]
    fn a_recording_of_the_configuration_keeps_its_line_and_its_truth() {
        let scene = scene(&project().join("samples/overhead.mp4")).unwrap();
        assert_eq!(scene.camera().name, "overhead");
        assert_eq!(scene.truth.as_ref().map(Vec::len), Some(13));
        assert_eq!(scene.config.cameras.len(), 1);
        assert_eq!(scene.config.site.database, Path::new("/nowhere/bench.db"));
        assert!(scene.line.contains("`overhead`"));
    }

    #[test]
    fn a_recording_of_nobody_is_counted_down_the_middle() {
        let folder = tempfile::tempdir().unwrap();
        let recording = folder.path().join("a \"new\" one.mp4");
        std::fs::copy(project().join("samples/oblique.mp4"), &recording).unwrap();
        let scene = scene(&recording).unwrap();
        let line = scene.camera().lines[0].segment;
        assert_eq!((line.a.x, line.a.y, line.b.x, line.b.y), (0.5, 0.0, 0.5, 1.0));
        assert_eq!(scene.truth, None);
        assert_eq!(scene.camera().source, Source::Recording { path: recording, start: None });
        assert!(scene.line.contains("no configured camera"));
    }

    #[test]
    fn what_is_not_there_is_told_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        for recording in [folder.path().join("absent.mp4"), folder.path().to_path_buf()] {
            let failure = scene(&recording).err().unwrap();
            assert_eq!((failure.exit, failure.text.lines().count()), (Exit::Camera, 1), "{failure}");
        }
    }
}
