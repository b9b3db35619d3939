//! TBD charts
