//! TBD layout
