//! What the page asks of the browser: the address, the plots, the theme.

pub(crate) mod address;
pub(crate) mod plots;
pub(crate) mod theme;
