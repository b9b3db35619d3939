//! What is drawn: one file a part of the page. Components read the state, dispatch actions and own no rules.

pub(crate) mod explore;
pub(crate) mod footer;
pub(crate) mod how_it_works;
pub(crate) mod masthead;

mod answers;
mod artist;
mod beginnings;
mod question;
mod search_box;
