//! The description beside every net: `NAME.toml` for `NAME.onnx`. models/README.md documents the format.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use crate::detect::Class;
use crate::diagnostics::{At, Fault, Faults, Report, TableReader, TomlFile, did_you_mean};
use crate::track::Thresholds;

#[derive(Clone, Debug, PartialEq)]
pub struct Sidecar {
    pub input: Input,
    pub head: HeadKind,
    /// Which of the net's classes are what; the net's other classes are ignored.
    pub classes: BTreeMap<usize, Class>,
    /// Overlap above which the less sure of two boxes goes.
    pub iou: f64,
    /// Those that fit the net's scores.
    pub thresholds: Thresholds,
    /// Of the .onnx file, 64 hexadecimal digits, lower case.
    pub sha256: String,
    pub licence: String,
    pub source: String,
}

/// How a picture becomes the net's input `[1, 3, height, width]` f32.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub width: usize,
    pub height: usize,
    pub colour: ColourOrder,
    /// A value is (byte * scale - mean) / std; mean and std by channel, in the order of `colour`.
    pub scale: f32,
    pub mean: [f32; 3],
    pub std: [f32; 3],
    pub resize: Resize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourOrder {
    Rgb,
    Bgr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    /// The region is stretched to the input.
    Plain,
    /// The region keeps its shape; the rest is filled with the byte `pad`.
    Letterbox { placement: Placement, pad: u8 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    TopLeft,
    Centre,
}

/// How the net's output is read; `src/detect/head` has one file for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadKind {
    Lotcount,
    Yolox {
        strides: Vec<usize>,
    },
    Yolov5,
    /// `bins`: cut before its softmax over that many bins a side; `None`: a full export.
    Yolov8 {
        strides: Vec<usize>,
        bins: Option<usize>,
    },
    Gfl {
        strides: Vec<usize>,
        bins: usize,
    },
    /// `priors`: a .npy file beside the net.
    Ssd {
        priors: String,
    },
}

impl HeadKind {
    /// What sidecars call it.
    pub fn name(&self) -> &'static str {
        match self {
            HeadKind::Lotcount => "lotcount",
            HeadKind::Yolox { .. } => "yolox",
            HeadKind::Yolov5 => "yolov5",
            HeadKind::Yolov8 { .. } => "yolov8",
            HeadKind::Gfl { .. } => "gfl",
            HeadKind::Ssd { .. } => "ssd",
        }
    }
}

const HEADS: [&str; 6] = ["lotcount", "yolox", "yolov5", "yolov8", "gfl", "ssd"];
/// Largest input that anybody would run on a small computer.
const LARGEST_SIDE: i64 = 4096;

impl Sidecar {
    pub fn read(path: &Path) -> Result<Self, Report> {
        Self::from_file(TomlFile::read(path)?)
    }

    pub fn from_file(file: TomlFile) -> Result<Self, Report> {
        let faults = Faults::default();
        let sidecar = {
            let table = file.parse(&faults);
            read_root(TableReader::new(&table, &faults))
        };
        match sidecar {
            Some(sidecar) if !faults.has_errors() => Ok(sidecar),
            _ => Err(file.report(faults)),
        }
    }
}

fn read_root(mut root: TableReader) -> Option<Sidecar> {
    let input = root.require("input").table("input").and_then(read_input);
    let output = root.require("output").table("output").and_then(read_output);
    let thresholds = root.require("thresholds").table("thresholds").and_then(read_thresholds);
    let origin = root.require("origin").table("origin").and_then(read_origin);
    root.finish();
    let (head, classes, iou) = output?;
    let (sha256, licence, source) = origin?;
    Some(Sidecar { input: input?, head, classes, iou, thresholds: thresholds?, sha256, licence, source })
}

fn read_input(mut table: TableReader) -> Option<Input> {
    let faults = table.faults();
    let mut side = |key| {
        let side = table.require(key).whole_number(key)?;
        within(faults, key, &side.map(|side| side as f64), 1.0..=LARGEST_SIDE as f64).map(|side| side as usize)
    };
    let (width, height) = (side("width"), side("height"));
    let colour = one_of(
        faults,
        table.require("colour").string("colour"),
        &[("rgb", ColourOrder::Rgb), ("bgr", ColourOrder::Bgr)],
    );
    let scale = table.number("scale").map_or(1.0, |scale| scale.value);
    let mean = table.numbers("mean").map_or([0.0; 3], |mean| mean.value);
    let std = table.numbers("std");
    if let Some(std) = &std
        && std.value.contains(&0.0)
    {
        faults.add(Fault::error(std.span.clone(), "`std` divides, so none of its numbers may be 0"));
    }
    let letterbox = [("letterbox", true), ("plain", false)];
    let letterbox = one_of(faults, table.require("resize").string("resize"), &letterbox);
    let resize = match letterbox {
        Some(true) => read_letterbox(&mut table),
        Some(false) => Some(Resize::Plain),
        None => None,
    };
    table.finish();
    let narrow = |numbers: [f64; 3]| numbers.map(|number| number as f32);
    Some(Input {
        width: width?,
        height: height?,
        colour: colour?,
        scale: scale as f32,
        mean: narrow(mean),
        std: narrow(std.map_or([1.0; 3], |std| std.value)),
        resize: resize?,
    })
}

fn read_letterbox(table: &mut TableReader) -> Option<Resize> {
    let faults = table.faults();
    let placement = one_of(
        faults,
        table.require("placement").string("placement"),
        &[("top-left", Placement::TopLeft), ("centre", Placement::Centre)],
    );
    let pad = table.require("pad").number("pad");
    let pad = within(faults, "pad", &pad?, 0.0..=255.0)?;
    Some(Resize::Letterbox { placement: placement?, pad: pad as u8 })
}

type Output = (HeadKind, BTreeMap<usize, Class>, f64);

fn read_output(mut table: TableReader) -> Option<Output> {
    let faults = table.faults();
    let name = one_of(faults, table.require("head").string("head"), &HEADS.map(|name| (name, name)));
    let head = name.and_then(|name| read_head(name, &mut table));
    let classes = table.require("classes").table("classes").map(|classes| read_classes(&classes));
    let iou = table.require("iou").number("iou").and_then(|iou| within(faults, "iou", &iou, 0.0..=1.0));
    table.finish();
    Some((head?, classes?, iou?))
}

fn read_head(name: &str, table: &mut TableReader) -> Option<HeadKind> {
    Some(match name {
        "yolox" => HeadKind::Yolox { strides: strides(table)? },
        "yolov5" => HeadKind::Yolov5,
        "yolov8" => match bins(table) {
            Some(bins) => HeadKind::Yolov8 { strides: strides(table)?, bins: Some(bins) },
            None => HeadKind::Yolov8 { strides: Vec::new(), bins: None },
        },
        "gfl" => {
            let strides = strides(table);
            table.require("bins");
            HeadKind::Gfl { strides: strides?, bins: bins(table)? }
        }
        "ssd" => HeadKind::Ssd { priors: table.require("priors").string("priors")?.value },
        _ => HeadKind::Lotcount,
    })
}

fn strides(table: &mut TableReader) -> Option<Vec<usize>> {
    let strides = table.require("strides").whole_numbers("strides")?;
    let valid: Option<Vec<usize>> = strides
        .value
        .iter()
        .map(|&stride| usize::try_from(stride).ok().filter(|stride| (1..=512).contains(stride)))
        .collect();
    if valid.as_ref().is_none_or(Vec::is_empty) {
        table.faults().add(Fault::error(strides.span, "`strides` are pixels per cell, as in [8, 16, 32]"));
        return None;
    }
    valid
}

fn bins(table: &mut TableReader) -> Option<usize> {
    let faults = table.faults();
    let bins = table.whole_number("bins")?;
    within(faults, "bins", &bins.map(|bins| bins as f64), 2.0..=64.0).map(|bins| bins as usize)
}

/// `0 = "vehicle"`: the net's class and ours.
fn read_classes(table: &TableReader) -> BTreeMap<usize, Class> {
    let faults = table.faults();
    let mut classes = BTreeMap::new();
    for (key, value, span) in table.entries() {
        let Ok(index) = key.value.parse::<usize>() else {
            faults
                .add(Fault::error(key.span, format!("`{}` is no class of a net: they are numbers from 0", key.value)));
            continue;
        };
        match value.as_str().map(Class::from_str) {
            Some(Ok(class)) => {
                classes.insert(index, class);
            }
            _ => {
                let names = Class::ALL.map(Class::name);
                let hint = match value.as_str().and_then(|name| did_you_mean(name, names)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("known: {}", names.join(", ")),
                };
                faults.add(Fault::error(span, "this is no class of ours").hint(hint));
            }
        }
    }
    if classes.values().all(|class| !class.is_counted()) {
        faults.add(Fault::error(table.span(), "no class of this net is a vehicle that is counted"));
    }
    classes
}

fn read_thresholds(mut table: TableReader) -> Option<Thresholds> {
    let faults = table.faults();
    let mut threshold = |key, range| {
        let threshold = table.require(key).number(key)?;
        within(faults, key, &threshold, range)
    };
    let (drop, birth) = (threshold("drop", 0.0..=1.0), threshold("birth", 0.0..=1.0));
    let evidence = threshold("evidence", 0.0..=100.0);
    if let (Some(drop), Some(birth)) = (drop, birth)
        && birth < drop
    {
        faults.add(Fault::error(table.span(), "`birth` lies below `drop`: no box would be left to start a track"));
    }
    table.finish();
    Some(Thresholds { drop: drop?, birth: birth?, evidence: evidence? })
}

fn read_origin(mut table: TableReader) -> Option<(String, String, String)> {
    let faults = table.faults();
    let sha256 = table.require("sha256").string("sha256");
    if let Some(At { value, span }) = &sha256
        && (value.len() != 64 || !value.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    {
        faults.add(
            Fault::error(span.clone(), "`sha256` is 64 hexadecimal digits, lower case").hint("sha256sum NAME.onnx"),
        );
    }
    let licence = table.require("licence").string("licence");
    let source = table.require("source").string("source");
    table.finish();
    Some((sha256?.value, licence?.value, source?.value))
}

fn within(faults: &Faults, key: &str, at: &At<f64>, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
    if range.contains(&at.value) {
        return Some(at.value);
    }
    let message = format!("`{key}` must lie between {} and {}", range.start(), range.end());
    faults.add(Fault::error(at.span.clone(), message));
    None
}

fn one_of<T: Copy>(faults: &Faults, typed: Option<At<String>>, known: &[(&str, T)]) -> Option<T> {
    let At { value, span } = typed?;
    if let Some((_, meaning)) = known.iter().find(|(name, _)| *name == value) {
        return Some(*meaning);
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let hint = match did_you_mean(&value, names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("known: {}", names.join(", ")),
    };
    faults.add(Fault::error(span, format!("unknown value `{value}`")).hint(hint));
    None
}
