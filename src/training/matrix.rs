//! A matrix of numbers that several threads change at once.
//!
//! Owns shared rows. Threads copy rows out, compute on the copy, and add their change: races lose an update now and
//! then, as in Hogwild (Recht et al. 2011), but every access is a relaxed atomic, so there is no undefined behaviour.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::TrainingError;

/// Numbers per line: rows are padded with zeros to whole lines.
pub(super) const LINE: usize = 16;

/// One cache line of sixteen numbers, as the bits of `f32`.
#[derive(Default)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [AtomicU32; LINE]);

impl Line {
    /// Where the cells of neighbouring lines begin, one after the other.
    #[inline(always)]
    pub(super) fn cells(lines: &[Self]) -> *const AtomicU32 {
        lines.as_ptr().cast()
    }
}

/// Shared rows of `columns` numbers.
pub(super) struct Matrix {
    lines: Vec<Line>,
    lines_per_row: usize,
    columns: usize,
}

impl Matrix {
    /// A matrix of zeros.
    ///
    /// # Errors
    /// [`TrainingError::Memory`] where it does not fit.
    pub(super) fn zeros(rows: usize, columns: usize) -> Result<Self, TrainingError> {
        let lines_per_row = columns.div_ceil(LINE);
        let too_large = || TrainingError::Memory { artists: rows, vector_size: columns };
        let count = rows.checked_mul(lines_per_row).ok_or_else(too_large)?;
        let mut lines = Vec::new();
        lines.try_reserve_exact(count).map_err(|_| too_large())?;
        lines.resize_with(count, Line::default);
        Ok(Self { lines, lines_per_row, columns })
    }

    /// A matrix without rows.
    pub(super) fn empty(columns: usize) -> Self {
        Self { lines: Vec::new(), lines_per_row: columns.div_ceil(LINE), columns }
    }

    /// Adds rows of zeros where there are fewer than `rows`.
    pub(super) fn grow(&mut self, rows: usize) {
        let lines = self.lines.len().max(rows * self.lines_per_row);
        self.lines.resize_with(lines, Line::default);
    }

    /// Numbers per row with padding.
    pub(super) fn stride(&self) -> usize {
        self.lines_per_row * LINE
    }

    /// A row as it is shared.
    #[inline]
    pub(super) fn row(&self, row: u32) -> &[Line] {
        let start = row as usize * self.lines_per_row;
        &self.lines[start..start + self.lines_per_row]
    }

    /// Sets every number of a row.
    pub(super) fn fill_row(&self, row: u32, mut number: impl FnMut() -> f32) {
        for cell in self.row(row).iter().flat_map(|line| &line.0).take(self.columns) {
            cell.store(number().to_bits(), Relaxed);
        }
    }

    /// All rows without padding, row-major.
    pub(super) fn to_vec(&self) -> Vec<f32> {
        let rows = self.lines.chunks_exact(self.lines_per_row);
        rows.flat_map(|row| row.iter().flat_map(|line| &line.0).take(self.columns))
            .map(|cell| f32::from_bits(cell.load(Relaxed)))
            .collect()
    }

    /// Numbers per row without padding.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Sets a row to `numbers`, one a column.
    pub(super) fn set_row(&self, row: u32, numbers: &[f32]) {
        for (cell, number) in self.row(row).iter().flat_map(|line| &line.0).take(self.columns).zip(numbers) {
            cell.store(number.to_bits(), Relaxed);
        }
    }

    /// Sets all rows to what [`Self::to_vec`] gave, here in two parts; says whether the shape was the same.
    pub(super) fn fill(&self, parts: [&[f32]; 2]) -> bool {
        let rows = self.lines.len().checked_div(self.lines_per_row).unwrap_or(0);
        let fits = parts.iter().all(|part| part.len().is_multiple_of(self.columns))
            && parts[0].len() + parts[1].len() == rows * self.columns;
        if fits {
            let numbers = parts.iter().flat_map(|part| part.chunks_exact(self.columns));
            numbers.enumerate().for_each(|(row, numbers)| self.set_row(row as u32, numbers));
        }
        fits
    }

    /// One number of every row.
    pub(super) fn column(&self, column: usize) -> Vec<f32> {
        let rows = self.lines.chunks_exact(self.lines_per_row);
        rows.map(|row| f32::from_bits(row[column / LINE].0[column % LINE].load(Relaxed))).collect()
    }

    /// Says whether every number is one, and of no absurd size.
    ///
    /// The sigmoid's cut-off stops what grows out of bounds before it is no number any more, so size must be looked at.
    pub(super) fn is_sound(&self) -> bool {
        are_sound(&self.lines)
    }

    /// The same of one row; true where there is no such row.
    pub(super) fn is_row_sound(&self, row: u32) -> bool {
        let start = row as usize * self.lines_per_row;
        self.lines.get(start..start + self.lines_per_row).is_none_or(are_sound)
    }
}

fn are_sound(lines: &[Line]) -> bool {
    /// Learned numbers stay below a hundred.
    const LARGEST: f32 = 1e6;
    lines.iter().flat_map(|line| &line.0).all(|cell| f32::from_bits(cell.load(Relaxed)).abs() < LARGEST)
}

/// Copies a shared row into `dense`, which has the row's padded length.
#[inline]
pub(super) fn load(row: &[Line], dense: &mut [f32]) {
    for (cell, number) in row.iter().flat_map(|line| &line.0).zip(dense) {
        *number = f32::from_bits(cell.load(Relaxed));
    }
}

/// Adds `scale · dense` to a shared row.
#[inline]
pub(super) fn add_scaled(row: &[Line], scale: f32, dense: &[f32]) {
    for (cell, number) in row.iter().flat_map(|line| &line.0).zip(dense) {
        cell.store((f32::from_bits(cell.load(Relaxed)) + scale * number).to_bits(), Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_padded_and_come_back() {
        let matrix = Matrix::zeros(3, 20).unwrap();
        let mut next = 0.0;
        matrix.fill_row(1, || {
            next += 1.0;
            next
        });
        let mut dense = vec![f32::NAN; matrix.stride()];
        load(matrix.row(1), &mut dense);
        assert_eq!((dense.len(), dense[0], dense[19], dense[20], dense[31]), (32, 1.0, 20.0, 0.0, 0.0));
        add_scaled(matrix.row(1), 2.0, &dense.clone());
        assert_eq!(matrix.to_vec()[20..40], (1..=20).map(|i| 3.0 * i as f32).collect::<Vec<_>>());
        assert!(matrix.is_sound());
        for number in [f32::NAN, f32::INFINITY, -1e7] {
            matrix.fill_row(2, || number);
            assert!(!matrix.is_sound());
        }
        assert!(matches!(Matrix::zeros(usize::MAX / 2, 100), Err(TrainingError::Memory { .. })));
    }
}
