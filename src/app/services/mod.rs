//! What the page asks of the browser: the address, the theme.

pub(crate) mod address;
pub(crate) mod theme;
