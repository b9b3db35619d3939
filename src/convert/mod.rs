//! TBD convert
