use proptest::prelude::*;

use super::*;

/// A line and what is shown of it; what is not in the table is shown as it is.
#[test]
fn a_table_of_lines() {
    let cases = [
        ("rtsp://admin:s3cret@10.0.0.2/ch1", "rtsp://admin:******@10.0.0.2/ch1"),
        ("source = \"rtsp://a:p@ss/w:rd@cam\"", "source = \"rtsp://a:*********@cam\""),
        ("rtsp://admin:${GATE_PASSWORD}@cam/1", "rtsp://admin:${GATE_PASSWORD}@cam/1"),
        ("http://cam/v?user=a&password=s3cret&x=1", "http://cam/v?user=a&password=******&x=1"),
        ("http://cam/v?access_token=abc", "http://cam/v?access_token=***"),
        ("password = \"s3cret\"  # oh", "password = \"******\"  # oh"),
        ("password_file = \"/etc/gate.password\"", "password_file = \"/etc/gate.password\""),
        ("rtsp://cam/stream", "rtsp://cam/stream"),
        ("source = \"rtsp://a:gehe\u{fc}m@cam", "source = \"rtsp://a:*******@cam"),
        // without a scheme
        ("source = \"admin:s3cret@10.0.0.2/ch1\"", "source = \"admin:******@10.0.0.2/ch1\""),
        ("source = \"rtsp:/admin:s3cret@cam\"", "source = \"rtsp:*************@cam\""),
        ("there is no file /etc/x/admin:s3cret@cam/1", "there is no file /etc/x/admin:******@cam/1"),
        ("`admin:s3cret@cam` is no camera", "`admin:******@cam` is no camera"),
        // without an at-sign
        ("source = \"rtsp://admin:s3cret\"", "source = \"rtsp://admin:******\""),
        ("source = \"rtsp://admin:s3cret/10.0.0.2\"", "source = \"rtsp://admin:***************\""),
        ("rtsp://cam:554/stream", "rtsp://cam:554/stream"),
        ("rtsp://[2001:db8::1]:554/stream", "rtsp://[2001:db8::1]:554/stream"),
        // blanks
        ("source = \"rtsp://a:my own pass@cam/1\"", "source = \"rtsp://a:***********@cam/1\""),
        ("source = rtsp://a:my own pass@cam/1", "source = rtsp://a:***********@cam/1"),
        ("source = \"a:my own pass@cam/1\"", "source = \"a:***********@cam/1\""),
        ("password = \"my own pass\"", "password = \"***********\""),
        // quotes
        ("source = \"rtsp://a:p\\\"w@cam/1\" # b", "source = \"rtsp://a:****@cam/1\" # b"),
        ("source = \"rtsp://a:p\"w@cam/1\"", "source = \"rtsp://a:***@cam/1\""),
        ("source = 'rtsp://a:p\"w@cam/1'", "source = 'rtsp://a:***@cam/1'"),
        ("password = \"p\\\"w\" # b", "password = \"****\" # b"),
        ("password = \"p\"w\"", "password = \"***\""),
        ("{ password = \"pw\", user = \"u\" }", "{ password = \"**\", user = \"u\" }"),
        // without quotes
        ("password = s3cret pass # or so", "password = *******************"),
        ("password = s3&cret", "password = **&cret"),
        ("x?password=s3cret next", "x?password=****** next"),
        // others than TOML
        ("password: s3cret pass", "password: ***********"),
        ("Authorization: Basic dTpw", "Authorization: **********"),
        ("unauthorized: the camera wants another password", "unauthorized: the camera wants another password"),
        ("the password file /x cannot be read: gone", "the password file /x cannot be read: gone"),
        (
            "rtsp://10.0.0.2/user=admin&password=s3cret&channel=1",
            "rtsp://10.0.0.2/user=admin&password=******&channel=1",
        ),
        ("region = [0.1, 0.2] # see bob@example.com", "region = [0.1, 0.2] # see bob@example.com"),
    ];
    for (line, expected) in cases {
        assert_eq!(mask_secrets(line), expected, "{line}");
    }
}

#[test]
fn a_secret_of_several_lines_is_masked_to_its_end() {
    let text = "password = \"\"\"\ns3cret\nmore\"\"\"\nname = \"gate\"\n";
    assert_eq!(mask_secrets(text), "password = \"\"\"\n******\n****\"\"\"\nname = \"gate\"\n");
    let text = "password = '''s3cret'''\nname = 'gate'\r\n";
    assert_eq!(mask_secrets(text), "password = '''******'''\nname = 'gate'\r\n");
}

#[test]
fn columns_stay_where_they_were() {
    let text = "a = 1\nsource = \"rtsp://u:p\u{e4}ss@h/\" # \u{1f697}\n";
    assert_eq!(mask_secrets(text).len(), text.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_it_or_changes_its_length(text in ".{0,200}", more in "[a-z:/@\"'=# \u{a0}\\\\]{0,60}") {
        let text = format!("{text}\n{more}pass{more}://{more}");
        prop_assert_eq!(mask_secrets(&text).len(), text.len());
    }

    /// However a password is written into the address, properly quoted or not at all.
    #[test]
    fn no_password_is_shown(password in "Zq[ -~\u{e4}]{2,20}[^ \u{0}-\u{1f}]") {
        let url = format!("rtsp://viewer:{password}@cam.example/1");
        let quoted = format!("source = \"{}\" # the gate", url.replace('\\', "\\\\").replace('"', "\\\""));
        prop_assert!(!mask_secrets(&quoted).contains("Zq"), "{quoted}");
        let bare = format!("source = {url}");
        prop_assert!(!mask_secrets(&bare).contains("Zq"), "{bare}");
        let value = format!("password = {password}");
        prop_assert!(!mask_secrets(&value).contains("Zq"), "{value}");
    }
}
