//! Basic (RFC 7617) and Digest (RFC 2069, as cameras have it) authentication.

use std::fmt;

use md5::{Digest, Md5};

use crate::base64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Basic,
    Digest,
}

/// Who may look.
#[derive(Clone)]
pub struct Access {
    pub scheme: Scheme,
    pub user: String,
    pub password: String,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Access({:?}, {})", self.scheme, self.user)
    }
}

const REALM: &str = "camera";

impl Access {
    /// The value of `WWW-Authenticate`.
    pub fn challenge(&self, nonce: &str) -> String {
        match self.scheme {
            Scheme::Basic => format!("Basic realm=\"{REALM}\""),
            Scheme::Digest => format!("Digest realm=\"{REALM}\", nonce=\"{nonce}\""),
        }
    }

    /// Whether the value of `Authorization` proves that the client knows user and password.
    pub fn admits(&self, method: &str, authorization: Option<&str>, nonce: &str) -> bool {
        let Some((scheme, proof)) = authorization.and_then(|value| value.split_once(' ')) else { return false };
        match (self.scheme, scheme.to_ascii_lowercase().as_str()) {
            (Scheme::Basic, "basic") => {
                proof.trim() == base64::encode(format!("{}:{}", self.user, self.password).as_bytes())
            }
            (Scheme::Digest, "digest") => {
                let field = |name| digest_field(proof, name);
                let (Some(uri), Some(response)) = (field("uri"), field("response")) else { return false };
                let known = field("username") == Some(&self.user) && field("nonce") == Some(nonce);
                known && response == self.response(method, uri, nonce)
            }
            _ => false,
        }
    }

    fn response(&self, method: &str, uri: &str, nonce: &str) -> String {
        let who = md5_hex(&format!("{}:{REALM}:{}", self.user, self.password));
        md5_hex(&format!("{who}:{nonce}:{}", md5_hex(&format!("{method}:{uri}"))))
    }
}

/// The value of `name="value"` among fields divided by commas; no value of ours holds a comma.
fn digest_field<'a>(fields: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = fields.split(',').filter_map(|field| field.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.trim_matches('"'))
}

pub fn md5_hex(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(scheme: Scheme) -> Access {
        Access { scheme, user: "Aladdin".to_owned(), password: "open sesame".to_owned() }
    }

    #[test]
    fn basic_admits_the_example_of_rfc_7617_only() {
        let access = access(Scheme::Basic);
        assert!(access.admits("GET", Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), ""));
        for wrong in [None, Some("Basic QWxhZGRpbjpvcGVu"), Some("Digest username=\"Aladdin\""), Some("Basic")] {
            assert!(!access.admits("GET", wrong, ""), "{wrong:?}");
        }
    }

    #[test]
    fn digest_admits_who_knows_the_password_and_this_nonce() {
        assert_eq!(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72", "RFC 1321, appendix A.5");
        let access = access(Scheme::Digest);
        // printf of "Aladdin:camera:open sesame" and "DESCRIBE:rtsp://h/s" through md5sum
        let response = access.response("DESCRIBE", "rtsp://h/s", "n1");
        assert_eq!(response, "55e783a19630c9e6f30328da1f9188b9");
        let proof = format!(
            "Digest username=\"Aladdin\", realm=\"camera\", nonce=\"n1\", uri=\"rtsp://h/s\", response=\"{response}\""
        );
        assert!(access.admits("DESCRIBE", Some(&proof), "n1"));
        assert!(!access.admits("SETUP", Some(&proof), "n1"), "of another method");
        assert!(!access.admits("DESCRIBE", Some(&proof), "n2"), "of another nonce");
        assert!(!access.admits("DESCRIBE", Some(&proof.replace("Aladdin", "Ali")), "n1"));
    }
}
