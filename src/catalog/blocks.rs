//! Rows that arrive in blocks, each block immutable and shared.

use alloc::sync::Arc;
use alloc::vec::Vec;

/// Blocks of rows end to end. A copy shares them.
#[derive(Debug)]
pub(super) struct Blocks<T> {
    /// Each block with the number of rows up to its end.
    blocks: Vec<(Arc<T>, usize)>,
}

impl<T> Blocks<T> {
    /// The number of rows.
    pub(super) fn len(&self) -> usize {
        self.blocks.last().map_or(0, |&(_, end)| end)
    }

    /// The same rows and `rows` more behind them.
    pub(super) fn with(&self, block: T, rows: usize) -> Self {
        let mut more = self.clone();
        more.blocks.push((Arc::new(block), self.len() + rows));
        more
    }

    /// All blocks, each with the number of its first row.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        let mut first = 0;
        self.blocks.iter().map(move |(block, end)| (core::mem::replace(&mut first, *end), &**block))
    }

    /// The block of a row, and the row's place there.
    pub(super) fn find(&self, row: usize) -> Option<(&T, usize)> {
        let block = self.blocks.partition_point(|&(_, end)| end <= row);
        let first = block.checked_sub(1).map_or(0, |before| self.blocks[before].1);
        self.blocks.get(block).map(|(block, _)| (&**block, row - first))
    }
}

impl<T> Clone for Blocks<T> {
    fn clone(&self) -> Self {
        Self { blocks: self.blocks.clone() }
    }
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_in_their_block() {
        let blocks = Blocks::default().with('a', 2).with('b', 0).with('c', 1);
        let found: Vec<_> = (0..4).map(|row| blocks.find(row).map(|(&block, place)| (block, place))).collect();
        assert_eq!(found, [Some(('a', 0)), Some(('a', 1)), Some(('c', 0)), None]);
        assert_eq!(
            blocks.iter().map(|(first, &block)| (first, block)).collect::<Vec<_>>(),
            [(0, 'a'), (2, 'b'), (2, 'c')]
        );
        assert_eq!(blocks.len(), 3);
    }
}
