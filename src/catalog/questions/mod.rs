//! Every question asked of a pack, one file an idea.
//!
//! Owns what a question is made of ([`Term`]), how its answers are listed ([`Options`]), and the formulas. All are pure
//! functions of the pack: the same bits natively and in the browser, ties to the more mentioned artist, every f32 sum from
//! first to last. Knows nothing of how questions are typed in a terminal or shown on a page.
//!
//! | question | asked by |
//! | --- | --- |
//! | who is similar, artist arithmetic | [`Pack::similar`], [`Pack::blend`], [`Pack::parse`], [`Pack::subtraction`] |
//! | who belongs into a playlist with these | [`Pack::recommend`] |
//! | how to walk from one artist to another | [`Pack::path`] |
//! | where artists stand between two ends | [`Axis`], [`Pack::places`], [`Pack::strongest_axes`] |
//! | why is this artist among the answers | [`Pack::why`] |
//! | which words describe an artist | [`Pack::descriptive_words`] |
//! | how far, which rank, who does not fit | [`Pack::similarity`], [`Pack::rank`], [`Pack::fits`] |

mod axes;
mod blend;
mod compare;
mod diversity;
mod expression;
mod list;
mod path;
mod recommend;
mod shortest;
mod terms;
mod why;
mod words;

#[cfg(test)]
mod fixture;

pub use axes::{Axis, AxisError, FoundAxis, Origin, Place, Places, Pole};
pub use blend::{Method, Subtraction};
pub use expression::ExpressionError;
pub use list::Options;
pub use path::{Length, Path, PathError, PathOptions};
pub use terms::{Item, Term, WordId};
pub use why::Why;
pub use words::NearWord;
pub(super) use words::Usual;

#[cfg(doc)]
use super::pack::Pack;
