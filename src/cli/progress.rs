//! Progress bars on standard error that vanish when it is no terminal, and Ctrl-C as a polite request to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use crate::progress::Progress;

/// Draws one bar a stage.
pub(super) struct Bars {
    bar: Mutex<ProgressBar>,
    interrupted: Arc<AtomicBool>,
}

impl Bars {
    /// Makes bars that also watch for Ctrl-C: the first one asks the work to end as it thinks best, the second ends
    /// the program at once.
    pub(super) fn interruptible() -> Self {
        let bars = Self { bar: Mutex::new(ProgressBar::hidden()), interrupted: Arc::default() };
        let flag = Arc::clone(&bars.interrupted);
        // A handler may be installed once a process; where another one stands already, Ctrl-C simply ends the program.
        let _ = ctrlc::set_handler(move || {
            if flag.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            eprintln!("stopping (Ctrl-C again to quit at once)");
        });
        bars
    }

    fn with_bar(&self, act: impl FnOnce(&mut ProgressBar)) {
        act(&mut self.bar.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.with_bar(|bar| bar.finish_and_clear());
    }
}

impl Progress for Bars {
    fn stage(&self, name: &str, total: Option<u64>) {
        let template = match total {
            Some(_) => "{prefix:>12} {wide_bar} {percent:>3}% {msg} {eta}",
            None => "{prefix:>12} {spinner} {human_pos} {msg} {elapsed}",
        };
        self.with_bar(|bar| {
            bar.finish_and_clear();
            *bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_prefix(name.to_owned());
        });
    }

    fn advance(&self, steps: u64) {
        self.with_bar(|bar| bar.inc(steps));
    }

    fn message(&self, text: &str) {
        self.with_bar(|bar| bar.set_message(text.to_owned()));
    }

    fn warn(&self, text: &str) {
        self.with_bar(|bar| bar.suspend(|| eprintln!("warning: {text}")));
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}
