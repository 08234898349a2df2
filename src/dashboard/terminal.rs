//! The terminal: raw while it is watched, as it was before afterwards, however that ends.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, MoveTo, Show};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use super::feed::Feed;
use super::model::Dashboard;
use super::plain::{changes, lines_of};
use super::style::Look;
use super::view::draw;

/// How long a key or a signal may go unnoticed.
const STEP: Duration = Duration::from_millis(100);

/// Shows the feed until somebody quits by a key or a signal: on the whole screen of a terminal, or line by line.
pub fn watch(feed: &Feed, screen: bool, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        flag::register(signal, Arc::clone(&stop))?;
    }
    if screen { on_screen(feed, look, &stop, out) } else { line_by_line(feed, &stop, out) }
}

fn line_by_line(feed: &Feed, stop: &AtomicBool, out: &mut dyn Write) -> io::Result<()> {
    let mut last: Option<Dashboard> = None;
    while !stop.load(Ordering::Relaxed) {
        let Some(dashboard) = feed.newest(STEP)? else { continue };
        let lines = match &last {
            Some(last) => changes(last, &dashboard),
            None => lines_of(&dashboard),
        };
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()?;
        last = Some(dashboard);
    }
    Ok(())
}

/// While it lives, the terminal is raw and shows the other screen.
struct Raw;

impl Raw {
    fn enter(out: &mut impl Write) -> io::Result<Self> {
        enable_raw_mode()?;
        // From here on whatever fails restores it.
        let raw = Self;
        // The hook that prints a panic comes after the terminal is itself again.
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            restore();
            print(panic);
        }));
        execute!(out, EnterAlternateScreen, DisableLineWrap, Hide)?;
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
    }
}

/// As far as there still is a terminal. Emptied first: tmux was seen to leave rows of a screen that was resized behind. Past
fn restore() {
    if let Ok(out) = io::stdout().as_fd().try_clone_to_owned() {
        let mut out = File::from(out);
        let _ = execute!(out, Clear(ClearType::All), MoveTo(0, 0), EnableLineWrap, LeaveAlternateScreen, Show);
    }
    let _ = disable_raw_mode();
}

fn on_screen(feed: &Feed, look: Look, stop: &AtomicBool, out: &mut dyn Write) -> io::Result<()> {
    let continued = Arc::new(AtomicBool::new(false));
    flag::register(SIGCONT, Arc::clone(&continued))?;
    let mut terminal = Terminal::new(CrosstermBackend::new(out))?;
    let _raw = Raw::enter(terminal.backend_mut())?;
    let mut last: Option<Dashboard> = None;
    while !stop.load(Ordering::Relaxed) {
        let mut is_new = false;
        // Keys wait no longer than a look at the feed takes.
        if event::poll(STEP)? {
            match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release && quits(key.code, key.modifiers) => break,
                Event::Resize(..) => is_new = true,
                _ => {}
            }
        }
        if continued.swap(false, Ordering::Relaxed) {
            // Whoever had the terminal meanwhile left it as he liked.
            enable_raw_mode()?;
            execute!(terminal.backend_mut(), EnterAlternateScreen, DisableLineWrap, Hide)?;
            terminal.clear()?;
            is_new = true;
        }
        if let Some(dashboard) = feed.newest(Duration::ZERO)? {
            last = Some(dashboard);
            is_new = true;
        }
        if let (true, Some(dashboard)) = (is_new, &last) {
            terminal.draw(|frame| draw(frame, dashboard, look))?;
        }
    }
    Ok(())
}

fn quits(key: KeyCode, modifiers: KeyModifiers) -> bool {
    match key {
        KeyCode::Char('q' | 'Q') | KeyCode::Esc => true,
        KeyCode::Char('c') => modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    }
}
