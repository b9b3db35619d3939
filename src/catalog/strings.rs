//! A column of strings: all texts end to end, and where each one ends.
//!
//! Two sections on the wire: `u32` end offsets, one a string, and the UTF-8 bytes.

use alloc::string::String;
use alloc::vec::Vec;

use super::container::{Container, Tag};
use super::error::FormatError;

/// A checked view of a column of strings.
#[derive(Clone, Copy, Debug)]
pub struct Strings<'a> {
    ends: &'a [u32],
    bytes: &'a [u8],
}

impl<'a> Strings<'a> {
    /// Checks that `ends` rises, stays on character boundaries and covers `bytes` exactly.
    ///
    /// `None` where it does not, or where the bytes are not UTF-8.
    pub fn new(ends: &'a [u32], bytes: &'a [u8]) -> Option<Self> {
        let text = core::str::from_utf8(bytes).ok()?;
        let mut previous = 0;
        for &end in ends {
            if end < previous || !text.is_char_boundary(end as usize) {
                return None;
            }
            previous = end;
        }
        (previous as usize == bytes.len()).then_some(Self { ends, bytes })
    }

    /// A view of a column that [`Self::new`] has accepted before; otherwise some strings may read as empty.
    pub(super) fn trusted(ends: &'a [u32], bytes: &'a [u8]) -> Self {
        Self { ends, bytes }
    }

    /// Reads the column from its two sections.
    ///
    /// # Errors
    /// [`FormatError`] where a section is missing or the column does not hold together.
    pub fn read(container: &Container<'a>, ends: Tag, text: Tag) -> Result<Self, FormatError> {
        Self::new(container.column(ends)?, container.section(text)?).ok_or_else(|| container.bad_column(text))
    }

    /// The number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Says whether there are no strings.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The string at `index`; empty beyond the end.
    pub fn get(&self, index: usize) -> &'a str {
        let Some(&end) = self.ends.get(index) else { return "" };
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        let bytes = self.bytes.get(start as usize..end as usize).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }

    /// All strings in order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> + 'a {
        (0..self.len()).map(move |index| self.get(index))
    }
}

/// A column of strings in memory of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    ends: Vec<u32>,
    bytes: Vec<u8>,
}

impl Texts {
    /// Takes a column; `None` where [`Strings::new`] refuses it.
    pub(super) fn new(ends: Vec<u32>, bytes: Vec<u8>) -> Option<Self> {
        Strings::new(&ends, &bytes)?;
        Some(Self { ends, bytes })
    }

    /// The number of strings.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where the first such string stands.
    pub(super) fn position(&self, string: &str) -> Option<usize> {
        let mut start = 0;
        // Bytes are compared: to see that each string is UTF-8 again would cost more than the search.
        self.ends.iter().position(|&end| {
            let bytes = &self.bytes[core::mem::replace(&mut start, end as usize)..end as usize];
            bytes == string.as_bytes()
        })
    }

    /// The string at `index`; empty beyond the end.
    pub(super) fn get(&self, index: usize) -> &str {
        Strings::trusted(&self.ends, &self.bytes).get(index)
    }

    /// All strings in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        Strings::trusted(&self.ends, &self.bytes).iter()
    }
}

/// Lays strings end to end: the `u32` ends and the UTF-8 bytes. `None` where they exceed 4 GiB.
pub fn encode_strings<S: AsRef<str>>(strings: impl IntoIterator<Item = S>) -> Option<(Vec<u32>, Vec<u8>)> {
    let (mut ends, mut text) = (Vec::new(), String::new());
    for string in strings {
        text.push_str(string.as_ref());
        ends.push(u32::try_from(text.len()).ok()?);
    }
    Some((ends, text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back() {
        let (ends, bytes) = encode_strings(["Björk", "", "宇多田ヒカル"]).unwrap();
        let strings = Strings::new(&ends, &bytes).unwrap();
        assert_eq!(strings.iter().collect::<Vec<_>>(), ["Björk", "", "宇多田ヒカル"]);
        assert_eq!(strings.get(3), "");
    }

    #[test]
    fn columns_that_do_not_hold_together_are_refused() {
        let bytes = "Björk".as_bytes();
        for ends in [&[3, 6][..], &[7], &[5], &[4, 2, 6], &[]] {
            assert!(Strings::new(ends, bytes).is_none(), "{ends:?}");
        }
        assert!(Strings::new(&[2], &[0xff, 0xfe]).is_none());
        assert!(Strings::new(&[], &[]).unwrap().is_empty());
    }
}
