//! Faults and how they are shown.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::redact::mask_secrets;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used.
    Error,
    /// The file can be used, but probably does not do what its author wants.
    Warning,
}

/// One thing that is wrong, where, and what to do about it. `Debug` shows no secret, whatever the message quotes.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    pub severity: Severity,
    /// Bytes of the file.
    pub span: Range<usize>,
    pub message: String,
    pub hint: Option<String>,
}

impl Fault {
    pub fn error(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, span, message: message.into(), hint: None }
    }

    pub fn warning(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(span, message) }
    }

    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fault")
            .field("severity", &self.severity)
            .field("span", &self.span)
            .field("message", &mask_secrets(&self.message))
            .field("hint", &self.hint.as_deref().map(mask_secrets))
            .finish()
    }
}

/// Collects faults while a file is read, so that reading goes on after the first. Shared by all who read one file.
#[derive(Debug, Default)]
pub struct Faults {
    found: RefCell<Vec<Fault>>,
    closed: Cell<bool>,
}

impl Faults {
    pub fn add(&self, fault: Fault) {
        if !self.closed.get() {
            self.found.borrow_mut().push(fault);
        }
    }

    /// The last fault: what follows would be its consequence only.
    pub fn close_with(&self, fault: Fault) {
        self.add(fault);
        self.closed.set(true);
    }

    pub fn has_errors(&self) -> bool {
        self.found.borrow().iter().any(|fault| fault.severity == Severity::Error)
    }

    /// Everything found, in the order of the file.
    pub fn into_report(self, path: PathBuf, text: String) -> Report {
        let mut faults = self.found.into_inner();
        faults.sort_by_key(|fault| (fault.span.start, fault.severity));
        Report { path, text, faults }
    }
}

/// All faults of one file. `Display` shows them as a person reads them, without colour; neither it nor `Debug` shows
/// secrets.
pub struct Report {
    path: PathBuf,
    text: String,
    faults: Vec<Fault>,
}

impl Report {
    /// The file could not even be read.
    pub fn unreadable(path: PathBuf, error: &std::io::Error) -> Self {
        let fault = Fault::error(0..0, format!("the file cannot be read: {error}"));
        Self { path, text: String::new(), faults: vec![fault] }
    }

    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// Line and column of a fault, from 1, columns in characters.
    pub fn place(&self, fault: &Fault) -> (usize, usize) {
        let start = fault.span.start.min(self.text.len());
        let before = &self.text.as_bytes()[..start];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
        (line, String::from_utf8_lossy(&before[line_start..]).chars().count() + 1)
    }

    /// The first fault as `FILE:LINE:COLUMN: MESSAGE`, and how many more there are.
    pub fn in_one_line(&self) -> String {
        let path = self.path.display();
        let Some(fault) = self.faults.first() else { return format!("{path}: no fault") };
        let mut line = match self.place(fault) {
            _ if self.text.is_empty() => format!("{path}: {}", fault.message),
            (row, column) => format!("{path}:{row}:{column}: {}", fault.message),
        };
        if let Some(hint) = &fault.hint {
            line = format!("{line}; {hint}");
        }
        if self.faults.len() > 1 {
            line = format!("{line} (and {} more)", self.faults.len() - 1);
        }
        mask_secrets(&line.replace('\n', " "))
    }

    fn render(&self, fault: &Fault, text: &str, path: &str) -> String {
        let (message, hint) = (mask_secrets(&fault.message), fault.hint.as_deref().map(mask_secrets));
        let level = match fault.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(message.as_str());
        let group = if text.is_empty() {
            Group::with_title(title).element(annotate_snippets::Origin::path(path))
        } else {
            let annotation = AnnotationKind::Primary.span(on_one_line(text, &fault.span));
            title.element(Snippet::source(text).path(path).annotation(annotation))
        };
        let group = match &hint {
            Some(hint) => group.element(Level::HELP.message(hint.as_str())),
            None => group,
        };
        Renderer::plain().render(&[group])
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, path) = (mask_secrets(&self.text), mask_secrets(&self.path.to_string_lossy()));
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                writeln!(f, "\n")?;
            }
            f.write_str(&self.render(fault, &text, &path))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("path", &mask_secrets(&self.path.to_string_lossy()))
            .field("faults", &self.faults)
            .finish()
    }
}

impl std::error::Error for Report {}

/// The span cut at the end of its first line and moved into the text: a fault that spans a whole table is shown by the
/// table's head.
fn on_one_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
    let mut end = span.end.clamp(start, line_end);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    start..end
}
