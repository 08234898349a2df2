//! cameras.toml as it was typed: every value with its place, nothing judged yet but its type. Also a file of counting lines,
//! which holds a part of one.

use std::ops::Range;

use toml::value::Datetime;

use crate::diagnostics::{At, TableReader};

pub struct File {
    pub site: Option<Site>,
    pub lots: Vec<Lot>,
    pub cameras: Vec<Camera>,
    pub alerts: Option<Alerts>,
    pub http: Option<Http>,
    pub span: Range<usize>,
}

/// Who may see and steer the site over the network.
pub struct Http {
    pub listen: Option<At<String>>,
    pub token: Option<At<String>>,
    pub token_file: Option<At<String>>,
    pub hosts: Option<At<Vec<String>>>,
    pub max_connections: Option<At<i64>>,
    pub max_viewers: Option<At<i64>>,
}

pub struct Site {
    pub name: Option<At<String>>,
    pub time_zone: Option<At<String>>,
    pub database: Option<At<String>>,
    pub totals: Option<At<String>>,
    pub publish_every_s: Option<At<f64>>,
    pub rtsp_transport: Option<At<String>>,
    pub backup_folder: Option<At<String>>,
    pub backups_kept: Option<At<i64>>,
    pub keep_days: Option<At<i64>>,
    pub inference_threads: Option<At<i64>>,
}

#[derive(Default)]
pub struct Lot {
    pub name: Option<At<String>>,
    pub capacity: Option<At<i64>>,
    pub alerts: Option<LotAlerts>,
    pub within: Option<At<String>>,
    pub resets: Vec<Reset>,
}

pub struct Reset {
    pub at: Option<At<String>>,
    pub days: Option<At<Vec<String>>>,
    pub overnight: Option<At<i64>>,
    pub span: Range<usize>,
}

/// What is told of the whole site.
pub struct Alerts {
    pub camera_down_s: Option<At<f64>>,
    pub silent_lines: Option<At<bool>>,
}

/// What is told of one lot.
pub struct LotAlerts {
    pub fill: Option<At<bool>>,
    pub nearly_full: Option<At<f64>>,
    pub full: Option<At<f64>>,
    pub hysteresis: Option<At<f64>>,
    pub closing: Option<At<String>>,
    pub imbalance: Option<At<i64>>,
}

#[derive(Default)]
pub struct Camera {
    pub name: Option<At<String>>,
    pub source: Option<At<String>>,
    pub username: Option<At<String>>,
    pub password_file: Option<At<String>>,
    pub start: Option<At<Datetime>>,
    pub looks_per_second: Option<At<f64>>,
    pub motion_gate: Option<At<bool>>,
    pub score: Option<At<f64>>,
    pub anchor: Option<At<String>>,
    pub region: Option<At<[f64; 4]>>,
    pub model: Option<At<String>>,
    pub lines: Vec<Line>,
    pub span: Range<usize>,
}

pub struct Line {
    pub name: Option<At<String>>,
    pub a: Option<At<[f64; 2]>>,
    pub b: Option<At<[f64; 2]>>,
    pub entry: Option<At<String>>,
    pub exit: Option<At<String>>,
    pub other_side: Option<At<String>>,
    pub span: Range<usize>,
}

impl File {
    pub fn read(mut root: TableReader) -> Self {
        let span = root.span();
        let site = root.require("site").table("site").map(Site::read);
        let lots = root.tables("lot").into_iter().map(Lot::read).collect();
        let cameras = root.tables("camera").into_iter().map(Camera::read).collect();
        let alerts = root.table("alerts").map(Alerts::read);
        let http = root.table("http").map(Http::read);
        root.finish();
        Self { site, lots, cameras, alerts, http, span }
    }
}

impl Http {
    fn read(mut table: TableReader) -> Self {
        let http = Self {
            listen: table.require("listen").string("listen"),
            token: table.string("token"),
            token_file: table.string("token_file"),
            hosts: table.strings("hosts"),
            max_connections: table.whole_number("max_connections"),
            max_viewers: table.whole_number("max_viewers"),
        };
        table.finish();
        http
    }
}

impl Site {
    fn read(mut table: TableReader) -> Self {
        let site = Self {
            name: table.require("name").string("name"),
            time_zone: table.require("time_zone").string("time_zone"),
            database: table.string("database"),
            totals: table.string("totals"),
            publish_every_s: table.number("publish_every_s"),
            rtsp_transport: table.string("rtsp_transport"),
            backup_folder: table.string("backup_folder"),
            backups_kept: table.whole_number("backups_kept"),
            keep_days: table.whole_number("keep_days"),
            inference_threads: table.whole_number("inference_threads"),
        };
        table.finish();
        site
    }
}

impl Lot {
    fn read(mut table: TableReader) -> Self {
        let lot = Self {
            name: table.require("name").string("name"),
            capacity: table.whole_number("capacity"),
            alerts: table.table("alerts").map(LotAlerts::read),
            within: table.string("within"),
            resets: table.tables("reset").into_iter().map(Reset::read).collect(),
        };
        table.finish();
        lot
    }
}

impl Alerts {
    fn read(mut table: TableReader) -> Self {
        let alerts = Self { camera_down_s: table.number("camera_down_s"), silent_lines: table.boolean("silent_lines") };
        table.finish();
        alerts
    }
}

impl LotAlerts {
    fn read(mut table: TableReader) -> Self {
        let alerts = Self {
            fill: table.boolean("fill"),
            nearly_full: table.number("nearly_full"),
            full: table.number("full"),
            hysteresis: table.number("hysteresis"),
            closing: table.string("closing"),
            imbalance: table.whole_number("imbalance"),
        };
        table.finish();
        alerts
    }
}

impl Reset {
    fn read(mut table: TableReader) -> Self {
        let reset = Self {
            span: table.span(),
            at: table.require("at").string("at"),
            days: table.strings("days"),
            overnight: table.whole_number("overnight"),
        };
        table.finish();
        reset
    }
}

impl Camera {
    fn read(mut table: TableReader) -> Self {
        let camera = Self {
            span: table.span(),
            name: table.require("name").string("name"),
            source: table.require("source").string("source"),
            username: table.string("username"),
            password_file: table.string("password_file"),
            start: table.date_time("start"),
            looks_per_second: table.number("looks_per_second"),
            motion_gate: table.boolean("motion_gate"),
            score: table.number("score"),
            anchor: table.string("anchor"),
            region: table.numbers("region"),
            model: table.string("model"),
            lines: table.tables("line").into_iter().map(Line::read).collect(),
        };
        table.finish();
        camera
    }

    fn read_lines(mut table: TableReader) -> Self {
        let camera = Self {
            span: table.span(),
            name: table.require("name").string("name"),
            region: table.numbers("region"),
            lines: table.tables("line").into_iter().map(Line::read).collect(),
            ..Self::default()
        };
        table.finish();
        camera
    }
}

/// The cameras of a file of counting lines: their names, regions and lines.
pub fn read_lines(mut root: TableReader) -> Vec<Camera> {
    let cameras = root.require("camera").tables("camera").into_iter().map(Camera::read_lines).collect();
    root.finish();
    cameras
}

impl Line {
    fn read(mut table: TableReader) -> Self {
        let line = Self {
            span: table.span(),
            name: table.require("name").string("name"),
            a: table.require("a").numbers("a"),
            b: table.require("b").numbers("b"),
            entry: table.string("entry"),
            exit: table.string("exit"),
            other_side: table.string("other_side"),
        };
        table.finish();
        line
    }
}
