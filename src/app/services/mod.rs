//! What the page asks of the browser: the pack from the network, the address, the theme.

pub(crate) mod address;
pub(crate) mod pack;
pub(crate) mod theme;
