//! What can be wrong with a file's bytes, said so that the reader knows what to do next.

use alloc::string::String;

use super::manifest::ManifestError;

/// Bytes that cannot be trusted, and why.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The bytes do not start as a file of this project does.
    #[error(
        "this is not an artist2vec {expected}: its first bytes are not the expected mark. Check that the right file was given and that it was not altered on its way"
    )]
    OtherFile {
        /// What was expected: "pack", "model", …
        expected: &'static str,
    },
    /// A file of this project, but of another kind.
    #[error("this is an artist2vec file of kind {found:?}, not a {expected}")]
    OtherKind {
        /// What was expected.
        expected: &'static str,
        /// The kind's tag in the file.
        found: String,
    },
    /// Written in a version that this program does not read.
    #[error("this {kind} has format version {found}; this program reads versions {oldest} to {newest}. {remedy}")]
    OtherVersion {
        /// The kind of file.
        kind: &'static str,
        /// The version in the file.
        found: u16,
        /// The oldest version that can be read.
        oldest: u16,
        /// The newest version that can be read.
        newest: u16,
        /// What to do.
        remedy: &'static str,
    },
    /// Shorter than its header says.
    #[error("this {kind} is cut short: {found} of {needed} bytes are there. {remedy}")]
    Truncated {
        /// The kind of file.
        kind: &'static str,
        /// Bytes that should be there.
        needed: u64,
        /// Bytes that are there.
        found: u64,
        /// What to do.
        remedy: &'static str,
    },
    /// A section's checksum does not fit its bytes.
    #[error("this {kind} is damaged: section {section} does not match its checksum. {remedy}")]
    Checksum {
        /// The kind of file.
        kind: &'static str,
        /// The section.
        section: String,
        /// What to do.
        remedy: &'static str,
    },
    /// Some other contradiction.
    #[error("this {kind} is damaged: {what}. {remedy}")]
    Damaged {
        /// The kind of file.
        kind: &'static str,
        /// What was found.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// A section that must be there is not.
    #[error("this {kind} lacks section {section}: it was not written by this program")]
    MissingSection {
        /// The kind of file.
        kind: &'static str,
        /// The section.
        section: String,
    },
    /// A section whose content does not hold together although its checksum is right.
    #[error("section {section} of this {kind} does not hold together: it was not written by this program")]
    BadColumn {
        /// The kind of file.
        kind: &'static str,
        /// The section.
        section: String,
    },
    /// A part that is not what its place in the manifest says.
    #[error(
        "this part does not hold {role} of {rows} rows from row {first}, as its manifest says: parts of two packs are mixed. {remedy}"
    )]
    OtherPart {
        /// What it should hold.
        role: &'static str,
        /// The first row that it should hold.
        first: u32,
        /// How many rows it should hold.
        rows: u32,
        /// What to do.
        remedy: &'static str,
    },
}

/// A pack could not be opened.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// The manifest cannot be trusted, or a part is not the one that it names.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// A part is damaged, or written by another program.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A part came before one that it continues.
    #[error(
        "{file} came before a part that it builds on. Load the parts in the manifest's order, or export the pack anew"
    )]
    TooEarly {
        /// The part's file.
        file: String,
    },
    /// The manifest names no such part.
    #[error("the manifest names no part number {part}")]
    NoSuchPart {
        /// The number, from 0.
        part: usize,
    },
}
