//! docs/report.schema.json is true of what is written.

use std::path::Path;

use lotcount::report::{Format, ReportDocument};
use serde_json::Value;

use crate::golden;

fn json(document: &ReportDocument) -> Value {
    let mut bytes = Vec::new();
    document.write(Format::Json, &mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_report_is_as_the_schema_says() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for document in [
        golden::normal_day(),
        golden::spring_day(),
        golden::autumn_day(),
        golden::day_with_a_gap(),
        golden::day_with_adjustments(),
        golden::empty_day(),
        golden::week(),
    ] {
        let json = json(&document);
        let faults: Vec<String> =
            validator.iter_errors(&json).map(|fault| format!("{}: {fault}", fault.instance_path())).collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", document.period);
    }
}

/// The schema knows every key, so a new one has to be described; and it is no blank cheque.
#[test]
fn the_schema_refuses_what_is_not_so() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let good = json(&golden::day_with_adjustments());
    let wrong: [(&str, Value); 6] = [
        ("/schema", "lotcount.report/1".into()),
        ("/lots/0/entries", (-1).into()),
        ("/lots/0/coverage", 1.5.into()),
        ("/steps/lines/0/start", 7.into()),
        ("/adjustments/0/kind", "guess".into()),
        ("/gaps", Value::Null),
    ];
    for (place, value) in wrong {
        let mut json = good.clone();
        *json.pointer_mut(place).unwrap() = value;
        assert!(!validator.is_valid(&json), "{place}");
    }
    let mut json = good;
    json["lots"][0]["surprise"] = 1.into();
    assert!(!validator.is_valid(&json));
}
