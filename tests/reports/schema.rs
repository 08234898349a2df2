//! docs/report.schema.json is true of what is written.

use std::path::Path;

use lotcount::alert::{Alert, Kind, Subject};
use lotcount::report::{Format, ReportDocument};
use lotcount::time::UtcMicros;
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

#[test]
fn alerts_are_as_the_schema_says() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut document = golden::normal_day();
    let alert = |kind, subject, ended| Alert {
        id: 1,
        key: "full Yard 1".to_owned(),
        kind,
        subject,
        began: UtcMicros::from(document.start.timestamp()),
        ended,
        detail: "60 of 60".to_owned(),
        ended_detail: ended.map(|_| "55 of 60".to_owned()),
    };
    let end = UtcMicros::from(document.end.timestamp());
    let line = Subject::Line { camera: "north-gate".to_owned(), line: "gate".to_owned() };
    let alerts =
        vec![alert(Kind::Full, Subject::Lot("Yard".to_owned()), Some(end)), alert(Kind::SilentLine, line, None)];
    document.alerts = alerts;
    let json = json(&document);
    assert_eq!(json["alerts"].as_array().unwrap().len(), 2);
    let faults: Vec<String> = validator.iter_errors(&json).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:#?}");
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
