//! Recommenders that need no training: what any vectors should beat, or at least be compared with.

mod incidence;
mod item_item;
mod popularity;
mod ppmi_svd;

pub use item_item::ItemItem;
pub use popularity::Popularity;
pub use ppmi_svd::{PpmiSvd, ppmi_svd};
