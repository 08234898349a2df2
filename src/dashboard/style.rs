//! Colours, and what stands for them where there are none. No meaning is in a colour alone.

use ratatui::style::{Color, Modifier, Style};

use crate::alert::Level;

use super::model::State;

/// How things look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub color: bool,
}

impl Look {
    /// As the user wishes: <https://no-color.org>.
    pub fn of_environment() -> Self {
        Self { color: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) }
    }

    fn colored(self, color: Color, else_modifier: Modifier) -> Style {
        if self.color { Style::new().fg(color) } else { Style::new().add_modifier(else_modifier) }
    }

    pub fn head(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    pub fn title(self) -> Style {
        self.colored(Color::Cyan, Modifier::BOLD).add_modifier(Modifier::BOLD)
    }

    pub fn dim(self) -> Style {
        self.colored(Color::DarkGray, Modifier::DIM)
    }

    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub fn good(self) -> Style {
        self.colored(Color::Green, Modifier::empty())
    }

    pub fn warning(self) -> Style {
        self.colored(Color::Yellow, Modifier::BOLD)
    }

    pub fn bad(self) -> Style {
        self.colored(Color::Red, Modifier::REVERSED).add_modifier(Modifier::BOLD)
    }

    pub fn entry(self) -> Style {
        self.colored(Color::Green, Modifier::empty())
    }

    pub fn exit(self) -> Style {
        self.colored(Color::Blue, Modifier::empty())
    }

    pub fn level(self, level: Level) -> Style {
        match level {
            Level::Notice => self.strong(),
            Level::Warning => self.warning(),
            Level::Critical => self.bad(),
        }
    }

    pub fn state(self, state: State) -> Style {
        match state {
            State::Counting | State::Done => self.good(),
            State::Connecting | State::Troubled => self.warning(),
            State::Failed => self.bad(),
            State::Unknown => self.dim(),
        }
    }

    /// Of a lot that is so full.
    pub fn fill(self, utilization: f64) -> Style {
        match utilization {
            share if share >= 1.0 => self.colored(Color::Red, Modifier::BOLD),
            share if share >= 0.9 => self.colored(Color::Yellow, Modifier::BOLD),
            _ => self.colored(Color::Green, Modifier::empty()),
        }
    }
}
