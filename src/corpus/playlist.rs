//! A playlist as inputs have it, and what a reader of an input tells its caller.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde::Deserialize;

/// No playlist may be longer than this many bytes; what seems longer is damage. Real ones stay below 200 KB.
pub(super) const MAX_PLAYLIST: usize = 16 << 20;

/// A playlist in the Million Playlist Dataset's fields; all others are ignored.
#[derive(Debug, Deserialize)]
pub(super) struct Playlist<'a> {
    /// The title.
    #[serde(borrow, default)]
    pub(super) name: Option<Text<'a>>,
    /// The tracks in order.
    #[serde(borrow)]
    pub(super) tracks: Vec<Track<'a>>,
}

/// Who plays a track.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Track<'a> {
    /// The artist's stable id.
    #[serde(borrow, default)]
    pub(super) artist_uri: Option<Text<'a>>,
    /// The artist's name.
    #[serde(borrow, default)]
    pub(super) artist_name: Option<Text<'a>>,
}

/// Text that is borrowed from the input wherever it stands there as it is.
#[derive(Debug, Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// What a reader found.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// A whole playlist.
    Playlist(Playlist<'a>),
    /// Something that is not whole.
    Damage {
        /// Where, in bytes from the start of the (uncompressed) input.
        offset: u64,
        /// Why it could not be read.
        reason: String,
    },
}

/// Whether the caller wants more; readers stop at once where it does not.
pub(super) type Wanted = ControlFlow<()>;
