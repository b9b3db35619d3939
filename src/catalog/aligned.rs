//! Bytes in memory that start at a multiple of 64, so that columns inside them can be used where they lie.

use alloc::collections::TryReserveError;
use alloc::vec;
use alloc::vec::Vec;

/// One cache line.
#[repr(C, align(64))]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Line([u8; 64]);

/// A 64-byte-aligned run of bytes.
#[derive(Clone)]
pub struct AlignedBytes {
    lines: Vec<Line>,
    length: usize,
}

impl AlignedBytes {
    /// Makes `length` zero bytes.
    pub fn zeroed(length: usize) -> Self {
        Self { lines: vec![Line([0; 64]); length.div_ceil(64)], length }
    }

    /// Appends zero bytes until there are `length`; changes nothing where there are as many already.
    ///
    /// # Errors
    /// Where memory does not suffice; nothing has changed then.
    pub fn try_grow(&mut self, length: usize) -> Result<(), TryReserveError> {
        let more = length.div_ceil(64).saturating_sub(self.lines.len());
        self.lines.try_reserve_exact(more)?;
        // Bytes behind the end of the last line are zero: nobody can have written there.
        self.lines.resize(self.lines.len() + more, Line([0; 64]));
        self.length = self.length.max(length);
        Ok(())
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Says whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.lines)[..self.length]
    }

    /// The bytes, to be filled.
    pub fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.length]
    }
}

impl From<&[u8]> for AlignedBytes {
    fn from(bytes: &[u8]) -> Self {
        let mut aligned = Self::zeroed(bytes.len());
        aligned.as_mut_slice().copy_from_slice(bytes);
        aligned
    }
}

impl core::fmt::Debug for AlignedBytes {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AlignedBytes({} bytes)", self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_keeps_what_is_there_and_appends_zeros() {
        let mut bytes = AlignedBytes::from(&[7; 70][..]);
        bytes.try_grow(200).unwrap();
        assert_eq!(bytes.as_slice(), [&[7; 70][..], &[0; 130]].concat());
        bytes.try_grow(3).unwrap();
        assert_eq!(bytes.len(), 200);
        assert!(bytes.try_grow(usize::MAX).is_err());
        assert_eq!(bytes.len(), 200);
    }
}
