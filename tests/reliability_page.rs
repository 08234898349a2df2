//! docs/reliability.md promises a test for a fault: it has to be there.

use std::path::Path;

fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "sh") {
            all.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

/// The last column of the tables of faults.
fn named_tests(page: &str) -> Vec<String> {
    let faults = page.split("## Every fault and its test").nth(1).unwrap();
    let rows = faults.lines().filter(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn every_test_on_the_page_exists() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = String::new();
    sources(&project.join("src"), &mut all);
    sources(&project.join("tests"), &mut all);
    let named = named_tests(include_str!("../docs/reliability.md"));
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !all.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "docs/reliability.md names tests that do not exist: {missing:?}");
}
