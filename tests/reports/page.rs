//! The page needs nothing but itself, says in words what it shows, and can be read by who sees little.

use std::collections::BTreeSet;

use lotcount::report::{Format, ReportDocument};
use lotcount::store::AdjustmentKind;

use crate::golden;
use crate::site::Site;

fn page(document: &ReportDocument) -> String {
    let mut bytes = Vec::new();
    document.write(Format::Html, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// What stands between `before` and `after`, each time.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    text.split(before).skip(1).map(|rest| rest.split(after).next().unwrap()).collect()
}

#[test]
fn it_loads_nothing_and_runs_nothing() {
    for document in [golden::normal_day(), golden::day_with_a_gap(), golden::week()] {
        let page = page(&document);
        for foreign in ["<script", " src=", " href=", "http:", "https:", "@import", "<link", "<iframe", " on"] {
            let found = page.find(foreign).map(|at| &page[at.saturating_sub(30)..at + 30]);
            // ` on` only as the beginning of an attribute such as onclick=.
            let is_attribute = |text: &str| {
                foreign != " on" || text.split(' ').any(|word| word.starts_with("on") && word.contains('='))
            };
            assert!(!found.is_some_and(is_attribute), "{foreign}: {found:?}");
        }
        assert!(between(&page, "url(", ")").iter().all(|url| url.starts_with('#')));
    }
}

#[test]
fn what_people_wrote_stays_text() {
    let mut site = Site::since("2026-06-15", "Europe/Berlin");
    site.observed_all_day("2026-06-15");
    site.adjustment(AdjustmentKind::Set, "Yard", "2026-06-15T06:00", 3, "<script>alert('x')</script> & \"more\"");
    let page = page(&site.report("2026-06-15", None));
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert('x')&lt;/script&gt; &amp; &quot;more&quot;"), "it is shown");
}

#[test]
fn every_chart_has_a_name_and_every_table_a_caption_and_scopes() {
    let page = page(&golden::week());
    let charts = between(&page, "<svg ", "</svg>");
    assert_eq!(charts.len(), 2 * (2 * 2 + 1 + 1), "each is drawn for wide and for narrow screens");
    let mut names = BTreeSet::new();
    for chart in charts {
        assert!(chart.contains("role=\"img\"") && chart.contains("<desc "), "{}", &chart[..200]);
        let labelled = between(chart, "aria-labelledby=\"", "\"")[0];
        for id in labelled.split(' ') {
            assert!(chart.contains(&format!("id=\"{id}\"")), "{id}");
            assert!(names.insert(id.to_owned()), "{id} is not the only one");
        }
    }
    let ids = between(&page, " id=\"", "\"");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id comes twice");
    for table in between(&page, "<table>", "</table>") {
        assert!(table.starts_with("<caption>"));
        assert!(between(table, "<th", ">").iter().all(|th| th.contains("scope=") || th.starts_with("ead")), "{table}");
    }
}

/// Relative luminance, as WCAG defines it.
fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|part| {
        let part = part / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn colour(theme: &str, name: &str) -> [f64; 3] {
    let hex = between(theme, &format!("--{name}: #"), ";")[0];
    [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()))
}

/// Letters have a contrast of 4.5 at least, in the light and in the dark, also on the fields of the heat map.
#[test]
fn letters_can_be_read() {
    let page = page(&golden::normal_day());
    let themes = between(&page, ":root {", "}");
    assert_eq!(themes.len(), 2, "light and dark");
    for theme in themes {
        for (letters, ground) in [
            ("ink", "ground"),
            ("ink", "panel"),
            ("soft", "ground"),
            ("soft", "panel"),
            ("entries", "ground"),
            ("exits", "ground"),
            ("good", "ground"),
            ("bad", "ground"),
        ] {
            let found = contrast(colour(theme, letters), colour(theme, ground));
            assert!(found >= 4.5, "{letters} on {ground}: {found:.2}");
        }
        for (shade, letters) in
            [("s0", "weak"), ("s1", "weak"), ("s2", "weak"), ("s3", "weak"), ("s4", "strong"), ("s5", "strong")]
        {
            let opacity: f64 = {
                let text = between(&page, &format!(".{shade} {{ fill-opacity: "), ";")[0];
                text.parse().unwrap()
            };
            let (heat, ground) = (colour(theme, "heat"), colour(theme, "ground"));
            let field = [0, 1, 2].map(|part| heat[part] * opacity + ground[part] * (1.0 - opacity));
            let found = contrast(field, colour(theme, &format!("on-{letters}")));
            assert!(found >= 4.5, "{shade}: {found:.2}");
        }
    }
}
