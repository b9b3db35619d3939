//! A matrix of numbers that several threads change at once.
//!
//! Owns shared rows. Threads copy rows out, compute on the copy, and add their change: races lose an update now and
//! then, as in Hogwild (Recht et al. 2011), but every access is a relaxed atomic, so there is no undefined behaviour.
//! Where nothing may be lost, every thread works on a private copy, and the changes are added up afterwards.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

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

    fn minus(&self, other: &Self) -> [f32; LINE] {
        let number = |cell: &AtomicU32| f32::from_bits(cell.load(Relaxed));
        std::array::from_fn(|i| number(&self.0[i]) - number(&other.0[i]))
    }
}

/// Rows of `columns` numbers.
pub(super) struct Matrix<'a> {
    lines: Vec<Line>,
    lines_per_row: usize,
    columns: usize,
    /// Columns from this one on are running sums, see [`Self::with_sums`].
    sums: usize,
    /// Set in a private copy.
    origin: Option<Origin<'a>>,
}

/// What a private copy is a copy of.
struct Origin<'a> {
    shared: &'a Matrix<'a>,
    /// One bit a row: set where the row was copied.
    copied: Vec<AtomicU64>,
}

/// What one thread's private copy changed, row by row.
#[derive(Default)]
pub(super) struct Changes {
    /// The changed rows, rising.
    rows: Vec<u32>,
    /// What is to be added to each, padded.
    numbers: Vec<f32>,
}

impl<'a> Matrix<'a> {
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
        Ok(Self { lines, lines_per_row, columns, sums: usize::MAX, origin: None })
    }

    /// The matrix with running sums in the columns from `first` on, such as sums of squares: numbers that only ever grow,
    /// by as much as all threads together have found.
    pub(super) fn with_sums(self, first: usize) -> Self {
        Self { sums: first, ..self }
    }

    /// A private copy for one thread. A row is copied when it is first used, and again after [`Self::take_changes`].
    ///
    /// # Errors
    /// [`TrainingError::Memory`] where it does not fit.
    pub(super) fn private(&'a self) -> Result<Self, TrainingError> {
        let rows = self.rows();
        let mut copied = Vec::new();
        copied.resize_with(rows.div_ceil(64), AtomicU64::default);
        Ok(Self { origin: Some(Origin { shared: self, copied }), ..Self::zeros(rows, self.columns)? })
    }

    /// Puts what this private copy has changed since it was made, or since this was asked, in the place of `changes`.
    pub(super) fn take_changes(&self, changes: &mut Changes) {
        let Changes { rows, numbers } = changes;
        rows.clear();
        numbers.clear();
        let Some(Origin { shared, copied }) = &self.origin else { return };
        for (word, bits) in copied.iter().enumerate() {
            let mut bits = bits.swap(0, Relaxed);
            while bits != 0 {
                let row = word as u32 * 64 + bits.trailing_zeros();
                bits &= bits - 1;
                rows.push(row);
                let start = row as usize * self.lines_per_row;
                for (new, old) in self.lines[start..start + self.lines_per_row].iter().zip(shared.row(row)) {
                    numbers.extend_from_slice(&new.minus(old));
                }
            }
        }
    }

    /// Adds changes that were made side by side, all on copies of the same rows: those of every row whose number leaves the
    /// remainder `part` when divided by `parts`.
    ///
    /// Changes of a row in different directions are added up. As far as they agree, they have made the same correction several
    /// times, and their mean is enough; more would swing beyond the goal, further each time. Their sum is therefore shortened
    /// to Σ‖d‖² / ‖Σd‖² of itself where it is longer than independent changes' would be (the idea of Adasum, Maleki et al.
    /// 2021, "Scaling Distributed Training with Adaptive Summation", for any number at once). Running sums
    /// ([`Self::with_sums`]) are no corrections: they always agree, and are added up whole.
    pub(super) fn add_changes(&self, changes: &[&Changes], part: usize, parts: usize) {
        let stride = self.stride();
        let sums = self.sums.min(stride);
        let mut next = vec![0; changes.len()];
        let mut sum = vec![0.0; stride];
        loop {
            let rows = changes.iter().zip(&next).filter_map(|(changes, &next)| changes.rows.get(next));
            let Some(&row) = rows.min() else { break };
            let mine = row as usize % parts == part;
            let mut squares = 0.0;
            sum.fill(0.0);
            for (changes, next) in changes.iter().zip(&mut next) {
                if changes.rows.get(*next) == Some(&row) {
                    if mine {
                        let change = &changes.numbers[*next * stride..][..stride];
                        squares += square(&change[..sums]);
                        sum.iter_mut().zip(change).for_each(|(sum, change)| *sum += change);
                    }
                    *next += 1;
                }
            }
            if mine {
                let agreeing = squares / square(&sum[..sums]);
                if agreeing < 1.0 {
                    sum[..sums].iter_mut().for_each(|number| *number *= agreeing);
                }
                add_scaled(self.row(row), 1.0, &sum);
            }
        }
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.lines.len().checked_div(self.lines_per_row).unwrap_or(0)
    }

    /// A matrix without rows.
    pub(super) fn empty(columns: usize) -> Self {
        Self { lines: Vec::new(), lines_per_row: columns.div_ceil(LINE), columns, sums: usize::MAX, origin: None }
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
        if self.origin.is_some() {
            self.copy_row(row);
        }
        let start = row as usize * self.lines_per_row;
        &self.lines[start..start + self.lines_per_row]
    }

    /// Copies a row of the origin, unless it was copied before.
    #[cold]
    #[inline(never)]
    fn copy_row(&self, row: u32) {
        let Some(Origin { shared, copied }) = &self.origin else { return };
        let (word, bit) = (&copied[row as usize / 64], 1 << (row % 64));
        // One thread alone has this copy: nobody comes between reading and writing.
        let bits = word.load(Relaxed);
        if bits & bit == 0 {
            word.store(bits | bit, Relaxed);
            let start = row as usize * self.lines_per_row;
            for (new, old) in self.lines[start..start + self.lines_per_row].iter().zip(shared.row(row)) {
                for (new, old) in new.0.iter().zip(&old.0) {
                    new.store(old.load(Relaxed), Relaxed);
                }
            }
        }
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
        let rows = self.rows();
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

    /// Says whether every number is one, and of no absurd size where it is no running sum.
    ///
    /// The sigmoid's cut-off stops what grows out of bounds before it is no number any more, so size must be looked at.
    pub(super) fn is_sound(&self) -> bool {
        self.are_sound(&self.lines)
    }

    /// The same of one row; true where there is no such row.
    pub(super) fn is_row_sound(&self, row: u32) -> bool {
        let start = row as usize * self.lines_per_row;
        self.lines.get(start..start + self.lines_per_row).is_none_or(|row| self.are_sound(row))
    }

    /// The same of whole rows.
    fn are_sound(&self, rows: &[Line]) -> bool {
        /// Learned numbers stay below a hundred. Running sums grow with the corpus.
        const LARGEST: f32 = 1e6;
        let is_sound = |cell: &AtomicU32, largest: f32| f32::from_bits(cell.load(Relaxed)).abs() < largest;
        if self.sums >= self.stride() {
            return rows.iter().flat_map(|line| &line.0).all(|cell| is_sound(cell, LARGEST));
        }
        rows.chunks_exact(self.lines_per_row).all(|row| {
            let mut cells = row.iter().flat_map(|line| &line.0).enumerate();
            cells.all(|(column, cell)| is_sound(cell, if column < self.sums { LARGEST } else { f32::INFINITY }))
        })
    }
}

/// The squared length of a row, as sixteen sums side by side: the same order of additions on every machine, and fast on all.
pub(super) fn square(row: &[f32]) -> f32 {
    let mut sums = [0.0; LINE];
    let (lines, rest) = row.as_chunks::<LINE>();
    for line in lines {
        sums.iter_mut().zip(line).for_each(|(sum, number)| *sum += number * number);
    }
    sums.iter_mut().zip(rest).for_each(|(sum, number)| *sum += number * number);
    sums.iter().sum()
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
    for (line, numbers) in row.iter().zip(dense.chunks_exact(LINE)) {
        for (cell, number) in line.0.iter().zip(numbers) {
            cell.store((f32::from_bits(cell.load(Relaxed)) + scale * number).to_bits(), Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_private_copies_come_together() {
        let matrix = Matrix::zeros(200, 20).unwrap();
        matrix.fill_row(130, || 1.0);
        let copies = [matrix.private().unwrap(), matrix.private().unwrap()];
        let mut changes = [Changes::default(), Changes::default()];
        let unit = |column: usize| std::array::from_fn::<_, 32, _>(|i| if i == column { 1.0 } else { 0.0 });
        for round in 1..3 {
            for (copy, (changes, column)) in copies.iter().zip(changes.iter_mut().zip([3, 4])) {
                let before = matrix.to_vec();
                // Row 131: both in the same direction; row 130: in different ones; row 7: read only.
                add_scaled(copy.row(130), 0.5, &unit(column));
                add_scaled(copy.row(130), 0.5, &unit(column));
                add_scaled(copy.row(131), 2.0, &unit(0));
                copy.row(7);
                assert!(matrix.to_vec() == before, "the shared rows changed");
                copy.take_changes(changes);
                assert_eq!((&changes.rows[..], changes.numbers.len()), (&[7, 130, 131][..], 3 * 32));
            }
            let before = matrix.to_vec();
            let both: Vec<&Changes> = changes.iter().collect();
            // In parts, as threads do.
            matrix.add_changes(&both, 0, 2);
            assert!(matrix.to_vec()[131 * 20] == before[131 * 20]);
            matrix.add_changes(&both, 1, 2);
            let row = |row: usize| matrix.to_vec()[row * 20..(row + 1) * 20].to_vec();
            let round = round as f32;
            assert_eq!(row(130)[2..6], [1.0, 1.0 + round, 1.0 + round, 1.0]);
            assert_eq!(row(131)[..2], [2.0 * round, 0.0]);
            assert_eq!(row(7), [0.0; 20]);
        }
    }

    #[test]
    fn running_sums_grow_by_what_all_have_found() {
        let matrix = Matrix::zeros(1, 3).unwrap().with_sums(1);
        let copies = [matrix.private().unwrap(), matrix.private().unwrap(), matrix.private().unwrap()];
        let changes = copies.each_ref().map(|copy| {
            let mut added = [0.0; LINE];
            added[..3].copy_from_slice(&[0.5, 2.0, 4.0]);
            add_scaled(copy.row(0), 1.0, &added);
            let mut changes = Changes::default();
            copy.take_changes(&mut changes);
            changes
        });
        matrix.add_changes(&changes.each_ref(), 0, 1);
        // All three agree: their mean for the first number, which is a correction, and the whole sums of the others.
        assert_eq!(matrix.to_vec(), [0.5, 6.0, 12.0]);
        // Sums may become large, corrections may not, and neither may become anything but a number.
        for (numbers, sound) in [([0.0, 1e7, 1e30], true), ([1e7, 0.0, 0.0], false), ([0.0, 0.0, f32::NAN], false)] {
            matrix.set_row(0, &numbers);
            assert_eq!((matrix.is_sound(), matrix.is_row_sound(0)), (sound, sound), "{numbers:?}");
        }
    }

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
            assert!(!matrix.is_sound() && !matrix.is_row_sound(2) && matrix.is_row_sound(1));
        }
        assert!(matches!(Matrix::zeros(usize::MAX / 2, 100), Err(TrainingError::Memory { .. })));
    }
}
