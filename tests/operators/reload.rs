//! Configurations that are read again while cars pass.

use misbehaving_camera::Mode;

use super::gate::{Gate, now};
use super::process::Running;
use super::site::{Site, config};
use super::until;

/// Asks for a reload while a car is on its way over the line.
fn reload(gate: &Gate, running: &Running) {
    gate.wait_for_a_car();
    running.signal(libc::SIGHUP);
}

#[test]
fn a_reload_disturbs_no_camera_that_stays_as_it_was_and_a_faulty_one_disturbs_none() {
    let (gate, moved, added) = (Gate::open(), Gate::open(), Gate::open_in(Mode::Slow));
    let before = config(&[("gate", &gate), ("moved", &moved)]);
    let site = Site::with(&before);
    let mut running = site.run();
    for _ in ["gate", "moved"] {
        running.wait_for("looking at");
    }
    site.wait_until("SELECT count(*) FROM session", 2);

    let file = site.path("cameras.toml");
    let line = |text: &str, part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;
    let unclosed = before.replacen("name = \"moved\"", "name = \"moved", 1);
    let misspelt = before.replacen("anchor", "ancor", 1);
    let faults: [(&str, String); 4] = [
        ("no file", "the file cannot be read: No such file or directory".to_owned()),
        ("a folder", "the file cannot be read: Is a directory".to_owned()),
        (&unclosed, format!("{}:{}:", file.display(), line(&unclosed, "name = \"moved"))),
        (&misspelt, format!("{}:{}:1", file.display(), line(&misspelt, "ancor"))),
    ];
    for (fault, told) in faults {
        std::fs::remove_file(&file).unwrap();
        match fault {
            "no file" => {}
            "a folder" => std::fs::create_dir(&file).unwrap(),
            text => std::fs::write(&file, text).unwrap(),
        }
        reload(&gate, &running);
        running.wait_for("the configuration stays as it was");
        running.wait_for(&told);
        if fault == "a folder" {
            std::fs::remove_dir(&file).unwrap();
        }
        std::fs::write(&file, &before).unwrap();
    }
    assert_eq!(site.number("SELECT count(*) FROM session WHERE ended_at_us IS NULL"), 2, "a session was interrupted");

    // One camera's line is moved, one camera is added, one stays.
    let after = config(&[("gate", &gate), ("moved", &moved), ("added", &added)]);
    let (first, others) = after.split_at(after.find("name = \"moved\"").unwrap());
    std::fs::write(&file, format!("{first}{}", others.replacen("[0.3, 0.5]", "[0.3, 0.48]", 1))).unwrap();
    reload(&gate, &running);
    running.wait_for("the configuration was read again: added, moved changed");
    let sessions = |camera: &str| {
        site.number(&format!(
            "SELECT count(*) FROM session JOIN camera ON camera.id = camera_id WHERE name = '{camera}'"
        ))
    };
    until("the new configuration is followed", || (sessions("moved") == 2 && sessions("added") == 1).then_some(()));
    running.wait_for("gate -> entry");
    let until = now();
    running.stop();

    assert_eq!((sessions("gate"), site.number("SELECT count(*) FROM line WHERE camera_id = 1")), (1, 1));
    assert_eq!(site.number("SELECT count(*) FROM line WHERE camera_id = 2"), 2, "a line that is moved is another one");
    let sql = |column: &str| format!("SELECT {column} FROM session WHERE camera_id = 1");
    assert!(site.number(&sql("frames_dropped")) == 0 || !gate.had_the_machine(), "frames were dropped");
    gate.assert_counted(&site, "gate", until);
    site.assert_sound();
}
