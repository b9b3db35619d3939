//! How long work tells its caller where it is, and learns that it should stop.
//!
//! Owns the trait only. The library never prints: `cli::progress` draws bars, tests use [`Silent`].

/// What long work reports while it runs, and asks: shall I go on? Implement what you want to hear; the rest does nothing.
pub trait Progress: Sync {
    /// Begins a stage of `total` steps (mentions, rows, bytes); `None` where the length is unknown.
    fn stage(&self, _name: &str, _total: Option<u64>) {}
    /// Adds `steps` finished steps to the running stage.
    fn advance(&self, _steps: u64) {}
    /// Replaces the short text beside the bar, such as words per second and loss.
    fn message(&self, _text: &str) {}
    /// Tells what the user must know even if the work comes to a good end, such as a checkpoint that could not be written.
    fn warn(&self, _text: &str) {}
    /// Says whether the user asked to stop; work then ends early and keeps what it has.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Reports nothing and never interrupts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {}
