//! The search for training settings: which to try, what a trial is worth, and a journal that survives.
//!
//! Owns the space of settings, the strategies, the journal and the report. Must not know the terminal.
