//! The arithmetic of the batched step: one vector against a small dense matrix, and the tabulated logistic function.
//!
//! Owns one generic body per operation and its instances for AVX-512, AVX2 with FMA, and any machine. Knows nothing of
//! what the numbers mean.
//!
//! # Safety
//! `unsafe` is here for two reasons only. Vector instructions may run only where the processor has them: [`Kernel`] is
//! made by [`Kernel::detect`] alone (tests use `Kernel::all`), so a value of it proves that it may run. And vector
//! loads and stores go through raw pointers: every public function checks the lengths of its slices before it
//! takes a pointer, and the bodies stay inside those lengths. [`Kernel::Portable`] runs the same bodies on plain arrays;
//! tests hold every kernel against plain safe loops.
#![allow(unsafe_code)]

use super::matrix::{self, LINE, Line};
use super::sigmoid::{ENTRIES_PER_UNIT, MAX_SCORE, SIGMOID, TABLE_SIZE};

/// Which instructions the arithmetic uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// 16 numbers at once.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 8 numbers at once.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler makes of plain loops.
    Portable,
}

impl Kernel {
    /// The fastest kernel that this processor can run.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        Self::Portable
    }

    /// Every kernel that this processor can run.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        let mut kernels = vec![Self::detect(), Self::Portable];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            kernels.insert(1, Self::Avx2);
        }
        kernels.dedup();
        kernels
    }

    /// The name that the provenance records.
    pub(super) fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }

    /// The scalar products of every row with `vector`: `scores[i]` = row i · `vector`.
    ///
    /// # Panics
    /// Where `vector` is not made of whole lines or `rows` is too short: the caller's mistake.
    pub(super) fn scores(self, rows: &[f32], vector: &[f32], scores: &mut [f32]) {
        let width = vector.len();
        assert!(width.is_multiple_of(LINE) && rows.len() >= scores.len() * width);
        // SAFETY: the lengths were checked above, and `self` proves the instructions.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 => x86::scores_avx512(rows, vector, scores),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => x86::scores_avx2(rows, vector, scores),
                Self::Portable => scores_of::<[f32; 8]>(rows, vector, scores),
            }
        }
    }

    /// Moves rows and vector by the same gradients: `change` += Σ `steps[i]` · row i, then row i += `steps[i]` · `vector`.
    ///
    /// # Panics
    /// Where `vector` is not made of whole lines, `change` has another length or `rows` is too short: the caller's
    /// mistake.
    pub(super) fn learn(self, rows: &mut [f32], steps: &[f32], vector: &[f32], change: &mut [f32]) {
        let width = vector.len();
        assert!(width.is_multiple_of(LINE) && change.len() == width && rows.len() >= steps.len() * width);
        // SAFETY: the lengths were checked above, and `self` proves the instructions.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 => x86::learn_avx512(rows, steps, vector, change),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => x86::learn_avx2(rows, steps, vector, change),
                Self::Portable => learn::<[f32; 8]>(rows, steps, vector, change),
            }
        }
    }

    /// `into` += `scale` · `from`.
    ///
    /// # Panics
    /// Where the lengths differ or are no whole lines: the caller's mistake.
    #[inline]
    pub(super) fn add_scaled(self, scale: f32, from: &[f32], into: &mut [f32]) {
        assert!(from.len() == into.len() && into.len().is_multiple_of(LINE));
        // SAFETY: the lengths were checked above, and `self` proves the instructions.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 => x86::add_scaled_avx512(scale, from, into),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => x86::add_scaled_avx2(scale, from, into),
                Self::Portable => add_scaled::<[f32; 8]>(scale, from, into),
            }
        }
    }

    /// Copies a shared row, as [`matrix::load`] does.
    ///
    /// # Panics
    /// Where `dense` has another length than the row: the caller's mistake.
    #[inline]
    pub(super) fn load(self, row: &[Line], dense: &mut [f32]) {
        assert!(dense.len() == row.len() * LINE);
        #[cfg(target_arch = "x86_64")]
        if self == Self::Avx512 {
            // SAFETY: the lengths were checked above, and `self` proves the instructions.
            return unsafe { x86::load_avx512(row, dense) };
        }
        matrix::load(row, dense);
    }

    /// Adds `scale · dense` to a shared row, as [`matrix::add_scaled`] does.
    ///
    /// # Panics
    /// Where `dense` has another length than the row: the caller's mistake.
    #[inline]
    pub(super) fn add_to_shared(self, scale: f32, dense: &[f32], row: &[Line]) {
        assert!(dense.len() == row.len() * LINE);
        #[cfg(target_arch = "x86_64")]
        if self == Self::Avx512 {
            // SAFETY: the lengths were checked above, and `self` proves the instructions.
            return unsafe { x86::add_to_shared_avx512(scale, dense, row) };
        }
        matrix::add_scaled(row, scale, dense);
    }

    /// Turns the scores of negatives into their steps, in place: −`alpha` · σ(score), and zero from the
    /// cut-off on.
    ///
    /// # Panics
    /// Where the length is no multiple of [`LINE`]: the caller's mistake.
    pub(super) fn negative_steps(self, scores: &mut [f32], alpha: f32) {
        assert!(scores.len().is_multiple_of(LINE));
        let (start, length) = (scores.as_mut_ptr(), scores.len());
        // SAFETY: whole lines only, and `self` proves the instructions.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 => x86::negative_steps_avx512(start, length, alpha),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => x86::negative_steps_avx2(start, length, alpha),
                Self::Portable => negative_steps::<[f32; 8]>(start, length, alpha),
            }
        }
    }
}

/// One vector register.
trait Lanes: Copy {
    /// Numbers in it; divides [`LINE`].
    const WIDTH: usize;
    /// # Safety
    /// The processor has the instructions; so everywhere below.
    unsafe fn splat(number: f32) -> Self;
    /// # Safety
    /// `WIDTH` numbers may be read.
    unsafe fn load(from: *const f32) -> Self;
    /// # Safety
    /// `WIDTH` numbers may be written.
    unsafe fn store(self, to: *mut f32);
    /// self · b + c.
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self;
    /// The sum of its numbers.
    unsafe fn sum(self) -> f32;
    /// Per number: −`alpha` · `table[(score + MAX_SCORE) · ENTRIES_PER_UNIT]`, zero where |score| ≥ `MAX_SCORE`.
    unsafe fn negative_step(self, alpha: f32, table: &[f32; TABLE_SIZE]) -> Self;
}

/// # Safety
/// As [`Kernel::scores`] asserts.
#[inline(always)]
unsafe fn scores_of<V: Lanes>(rows: &[f32], vector: &[f32], scores: &mut [f32]) {
    let width = vector.len();
    let (rows, vector) = (rows.as_ptr(), vector.as_ptr());
    let mut first = 0;
    // SAFETY: rows stay below `scores.len()`, columns below `width`.
    unsafe {
        // Four rows at once, so that additions need not wait for each other.
        while first + 4 <= scores.len() {
            let mut sums = [V::splat(0.0); 4];
            let mut column = 0;
            while column < width {
                let right = V::load(vector.add(column));
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(rows.add((first + i) * width + column)).multiply_add(right, *sum);
                }
                column += V::WIDTH;
            }
            for (score, sum) in scores[first..].iter_mut().zip(sums) {
                *score = sum.sum();
            }
            first += 4;
        }
        for (i, score) in scores.iter_mut().enumerate().skip(first) {
            let mut sum = V::splat(0.0);
            for column in (0..width).step_by(V::WIDTH) {
                sum = V::load(rows.add(i * width + column)).multiply_add(V::load(vector.add(column)), sum);
            }
            *score = sum.sum();
        }
    }
}

/// # Safety
/// As [`Kernel::add_scaled`] asserts.
#[inline(always)]
unsafe fn add_scaled<V: Lanes>(scale: f32, from: &[f32], into: &mut [f32]) {
    // SAFETY: both have the same length, a multiple of the width.
    unsafe {
        let scale = V::splat(scale);
        for column in (0..into.len()).step_by(V::WIDTH) {
            let place = into.as_mut_ptr().add(column);
            scale.multiply_add(V::load(from.as_ptr().add(column)), V::load(place)).store(place);
        }
    }
}

/// # Safety
/// As [`Kernel::learn`] asserts.
#[inline(always)]
unsafe fn learn<V: Lanes>(rows: &mut [f32], steps: &[f32], vector: &[f32], change: &mut [f32]) {
    let width = vector.len();
    let mut column = 0;
    // SAFETY: rows stay below `steps.len()`, columns below `width`, a multiple of LINE and so of every width.
    unsafe {
        while column < width {
            // As many columns as registers hold comfortably.
            let (rows, vector, change) =
                (rows.as_mut_ptr().add(column), vector.as_ptr().add(column), change.as_mut_ptr().add(column));
            match (width - column) / V::WIDTH {
                0..=1 => learn_columns::<V, 1>(rows, width, steps, vector, change),
                2 => learn_columns::<V, 2>(rows, width, steps, vector, change),
                3 => learn_columns::<V, 3>(rows, width, steps, vector, change),
                4..=6 => learn_columns::<V, 4>(rows, width, steps, vector, change),
                _ if V::WIDTH < LINE => learn_columns::<V, 4>(rows, width, steps, vector, change),
                _ => learn_columns::<V, 7>(rows, width, steps, vector, change),
            }
            column += match (width - column) / V::WIDTH {
                0..=1 => 1,
                2 => 2,
                3 => 3,
                4..=6 => 4,
                _ if V::WIDTH < LINE => 4,
                _ => 7,
            } * V::WIDTH;
        }
    }
}

/// [`learn`] for `N` vectors' width of columns.
///
/// # Safety
/// `steps.len()` rows at distances of `width`, and `N` vectors from each pointer, may be read and written.
#[inline(always)]
unsafe fn learn_columns<V: Lanes, const N: usize>(
    rows: *mut f32,
    width: usize,
    steps: &[f32],
    vector: *const f32,
    change: *mut f32,
) {
    // SAFETY: by the contract above.
    unsafe {
        let mut vectors = [V::splat(0.0); N];
        let mut changes = [V::splat(0.0); N];
        for n in 0..N {
            vectors[n] = V::load(vector.add(n * V::WIDTH));
            changes[n] = V::load(change.add(n * V::WIDTH));
        }
        for (i, &step) in steps.iter().enumerate() {
            let step = V::splat(step);
            for n in 0..N {
                let place = rows.add(i * width + n * V::WIDTH);
                let row = V::load(place);
                changes[n] = step.multiply_add(row, changes[n]);
                step.multiply_add(vectors[n], row).store(place);
            }
        }
        for (n, sum) in changes.into_iter().enumerate() {
            sum.store(change.add(n * V::WIDTH));
        }
    }
}

/// # Safety
/// `length` numbers, a multiple of the width, may be read and written.
#[inline(always)]
unsafe fn negative_steps<V: Lanes>(scores: *mut f32, length: usize, alpha: f32) {
    let table = &SIGMOID.values;
    for at in (0..length).step_by(V::WIDTH) {
        // SAFETY: `at` + width stays within `length`.
        unsafe { V::load(scores.add(at)).negative_step(alpha, table).store(scores.add(at)) };
    }
}

impl Lanes for [f32; 8] {
    const WIDTH: usize = 8;

    #[inline(always)]
    unsafe fn splat(number: f32) -> Self {
        [number; 8]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: by the trait's contract; arrays of numbers have the alignment of a number.
        unsafe { *from.cast() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as above.
        unsafe { *to.cast() = self };
    }

    // Two roundings: without the instruction, a fused multiply-add is a slow library call.
    #[inline(always)]
    unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
        let mut sum = c;
        for i in 0..8 {
            sum[i] += self[i] * b[i];
        }
        sum
    }

    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        self.iter().sum()
    }

    #[inline(always)]
    unsafe fn negative_step(self, alpha: f32, table: &[f32; TABLE_SIZE]) -> Self {
        self.map(|score| {
            if score.abs() < MAX_SCORE {
                -alpha * table[((score + MAX_SCORE) * ENTRIES_PER_UNIT) as usize]
            } else {
                0.0
            }
        })
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::asm;
    use std::arch::x86_64::*;

    use super::{
        ENTRIES_PER_UNIT, LINE, Lanes, Line, MAX_SCORE, TABLE_SIZE, add_scaled, learn, negative_steps, scores_of,
    };

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn scores_avx512(rows: &[f32], vector: &[f32], scores: &mut [f32]) {
        // SAFETY: the caller's contract.
        unsafe { scores_of::<__m512>(rows, vector, scores) };
    }

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn learn_avx512(rows: &mut [f32], steps: &[f32], vector: &[f32], change: &mut [f32]) {
        // SAFETY: the caller's contract.
        unsafe { learn::<__m512>(rows, steps, vector, change) };
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn scores_avx2(rows: &[f32], vector: &[f32], scores: &mut [f32]) {
        // SAFETY: the caller's contract.
        unsafe { scores_of::<__m256>(rows, vector, scores) };
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn learn_avx2(rows: &mut [f32], steps: &[f32], vector: &[f32], change: &mut [f32]) {
        // SAFETY: the caller's contract.
        unsafe { learn::<__m256>(rows, steps, vector, change) };
    }

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn add_scaled_avx512(scale: f32, from: &[f32], into: &mut [f32]) {
        // SAFETY: the caller's contract.
        unsafe { add_scaled::<__m512>(scale, from, into) };
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn add_scaled_avx2(scale: f32, from: &[f32], into: &mut [f32]) {
        // SAFETY: the caller's contract.
        unsafe { add_scaled::<__m256>(scale, from, into) };
    }

    // Rust has no vector load or store that other threads may race with. Written in assembly they are what the processor
    // makes of them: sixteen accesses to aligned 32-bit cells, none of them torn, in no promised order. That is what
    // sixteen relaxed accesses of the safe twin say.

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn load_avx512(row: &[Line], dense: &mut [f32]) {
        for (line, dense) in row.iter().zip(dense.chunks_exact_mut(LINE)) {
            // SAFETY: a line is 64 bytes that may be read, and so many may be written to `dense`.
            unsafe { _mm512_storeu_ps(dense.as_mut_ptr(), load_line(line)) };
        }
    }

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn add_to_shared_avx512(scale: f32, dense: &[f32], row: &[Line]) {
        let scale = _mm512_set1_ps(scale);
        for (line, dense) in row.iter().zip(dense.chunks_exact(LINE)) {
            // SAFETY: a line is 64 bytes of atomics that may be read and written, and `dense` has so many to read.
            unsafe {
                let sum = _mm512_fmadd_ps(scale, _mm512_loadu_ps(dense.as_ptr()), load_line(line));
                asm!("vmovups [{to}], {sum}", to = in(reg) line.0.as_ptr(), sum = in(zmm_reg) sum,
                    options(nostack, preserves_flags));
            }
        }
    }

    #[target_feature(enable = "avx512f")]
    unsafe fn load_line(line: &Line) -> __m512 {
        let numbers: __m512;
        // SAFETY: a line is 64 bytes that may be read.
        unsafe {
            asm!("vmovups {numbers}, [{from}]", from = in(reg) line.0.as_ptr(), numbers = out(zmm_reg) numbers,
                options(nostack, preserves_flags, readonly));
        }
        numbers
    }

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn negative_steps_avx512(scores: *mut f32, length: usize, alpha: f32) {
        // SAFETY: the caller's contract.
        unsafe { negative_steps::<__m512>(scores, length, alpha) };
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn negative_steps_avx2(scores: *mut f32, length: usize, alpha: f32) {
        // SAFETY: the caller's contract.
        unsafe { negative_steps::<__m256>(scores, length, alpha) };
    }

    // SAFETY of all bodies below: the trait's contract is the instructions' own.
    impl Lanes for __m512 {
        const WIDTH: usize = 16;

        #[inline(always)]
        unsafe fn splat(number: f32) -> Self {
            // SAFETY: by the trait's contract.
            unsafe { _mm512_set1_ps(number) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: by the trait's contract.
            unsafe { _mm512_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: by the trait's contract.
            unsafe { _mm512_storeu_ps(to, self) };
        }

        #[inline(always)]
        unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
            // SAFETY: by the trait's contract.
            unsafe { _mm512_fmadd_ps(self, b, c) }
        }

        #[inline(always)]
        unsafe fn sum(self) -> f32 {
            // SAFETY: by the trait's contract.
            unsafe { _mm512_reduce_add_ps(self) }
        }

        #[inline(always)]
        unsafe fn negative_step(self, alpha: f32, table: &[f32; TABLE_SIZE]) -> Self {
            // SAFETY: only lanes inside the cut-off are gathered, and their entries lie inside the table.
            unsafe {
                let inside = _mm512_cmp_ps_mask::<_CMP_LT_OQ>(_mm512_abs_ps(self), _mm512_set1_ps(MAX_SCORE));
                let place =
                    _mm512_mul_ps(_mm512_add_ps(self, _mm512_set1_ps(MAX_SCORE)), _mm512_set1_ps(ENTRIES_PER_UNIT));
                let values = _mm512_mask_i32gather_ps::<4>(
                    _mm512_setzero_ps(),
                    inside,
                    _mm512_cvttps_epi32(place),
                    table.as_ptr(),
                );
                _mm512_mul_ps(values, _mm512_set1_ps(-alpha))
            }
        }
    }

    impl Lanes for __m256 {
        const WIDTH: usize = 8;

        #[inline(always)]
        unsafe fn splat(number: f32) -> Self {
            // SAFETY: by the trait's contract.
            unsafe { _mm256_set1_ps(number) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            // SAFETY: by the trait's contract.
            unsafe { _mm256_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            // SAFETY: by the trait's contract.
            unsafe { _mm256_storeu_ps(to, self) };
        }

        #[inline(always)]
        unsafe fn multiply_add(self, b: Self, c: Self) -> Self {
            // SAFETY: by the trait's contract.
            unsafe { _mm256_fmadd_ps(self, b, c) }
        }

        #[inline(always)]
        unsafe fn sum(self) -> f32 {
            // SAFETY: by the trait's contract.
            unsafe {
                let half = _mm_add_ps(_mm256_castps256_ps128(self), _mm256_extractf128_ps::<1>(self));
                let pair = _mm_add_ps(half, _mm_movehl_ps(half, half));
                _mm_cvtss_f32(_mm_add_ss(pair, _mm_movehdup_ps(pair)))
            }
        }

        #[inline(always)]
        unsafe fn negative_step(self, alpha: f32, table: &[f32; TABLE_SIZE]) -> Self {
            // SAFETY: only lanes inside the cut-off are gathered, and their entries lie inside the table.
            unsafe {
                let magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0), self);
                let inside = _mm256_cmp_ps::<_CMP_LT_OQ>(magnitude, _mm256_set1_ps(MAX_SCORE));
                let place =
                    _mm256_mul_ps(_mm256_add_ps(self, _mm256_set1_ps(MAX_SCORE)), _mm256_set1_ps(ENTRIES_PER_UNIT));
                let values = _mm256_mask_i32gather_ps::<4>(
                    _mm256_setzero_ps(),
                    table.as_ptr(),
                    _mm256_cvttps_epi32(place),
                    inside,
                );
                _mm256_mul_ps(values, _mm256_set1_ps(-alpha))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::matrix::Matrix;
    use super::*;
    use crate::rng::Rng;

    fn numbers(rng: &mut Rng, count: usize) -> Vec<f32> {
        (0..count).map(|_| rng.next_f32() * 2.0 - 1.0).collect()
    }

    #[test]
    fn scores_and_steps_equal_plain_loops() {
        let mut rng = Rng::new(11);
        for kernel in Kernel::all() {
            for (count, width) in [(1, 16), (5, 32), (4, 48), (7, 64), (100, 112), (6, 128), (3, 304), (0, 16)] {
                let (rows, vector) = (numbers(&mut rng, count * width), numbers(&mut rng, width));
                let (steps, before) = (numbers(&mut rng, count), numbers(&mut rng, width));
                let mut scores = vec![f32::NAN; count];
                kernel.scores(&rows, &vector, &mut scores);
                let (mut moved, mut change) = (rows.clone(), before.clone());
                kernel.learn(&mut moved, &steps, &vector, &mut change);
                for (i, row) in rows.chunks_exact(width).enumerate() {
                    let expected: f32 = row.iter().zip(&vector).map(|(a, b)| a * b).sum();
                    assert!((scores[i] - expected).abs() < 1e-4, "{kernel:?} {count} × {width}: row {i}");
                    for j in 0..width {
                        let expected = row[j] + steps[i] * vector[j];
                        assert!((moved[i * width + j] - expected).abs() < 1e-5, "{kernel:?} {count} × {width}");
                    }
                }
                for j in 0..width {
                    let sum: f32 = (0..count).map(|i| steps[i] * rows[i * width + j]).sum();
                    assert!((change[j] - before[j] - sum).abs() < 1e-4, "{kernel:?} {count} × {width}: column {j}");
                }
            }
        }
    }

    #[test]
    fn sums_and_shared_rows_equal_plain_loops() {
        let mut rng = Rng::new(12);
        for kernel in Kernel::all() {
            for columns in [1, 16, 20, 100, 128] {
                let matrix = Matrix::zeros(3, columns).unwrap();
                matrix.fill_row(1, || rng.next_f32());
                let (mut row, mut expected) = (vec![f32::NAN; matrix.stride()], vec![0.0; matrix.stride()]);
                matrix::load(matrix.row(1), &mut expected);
                kernel.load(matrix.row(1), &mut row);
                assert_eq!(row, expected, "{kernel:?}");
                let more = numbers(&mut rng, matrix.stride());
                kernel.add_to_shared(0.5, &more, matrix.row(1));
                kernel.load(matrix.row(1), &mut row);
                kernel.add_scaled(0.5, &more, &mut expected);
                for (i, (found, sum)) in row.iter().zip(&expected).enumerate() {
                    assert!((found - sum).abs() < 1e-6, "{kernel:?} column {i} of {columns}");
                }
                // The neighbours are untouched.
                assert_eq!(matrix.to_vec()[..columns], vec![0.0; columns]);
                assert_eq!(matrix.to_vec()[2 * columns..], vec![0.0; columns]);
            }
        }
    }

    #[test]
    fn gradients_equal_the_table() {
        let mut scores: Vec<f32> = (-1000..1000).map(|i| i as f32 * 0.007).collect();
        scores.extend([6.0, -6.0, 5.999_999_5, -5.999_999_5, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 0.0]);
        scores.resize(scores.len().next_multiple_of(LINE), 1e30);
        for kernel in Kernel::all() {
            let mut found = scores.clone();
            kernel.negative_steps(&mut found, 0.5);
            for (&score, &found) in scores.iter().zip(&found) {
                let expected = SIGMOID.value(score).map_or(0.0, |probability| -0.5 * probability);
                // One entry of the table where 32 and 64 bits round apart.
                assert!((found - expected).abs() < 0.002, "{kernel:?} at {score}: {found} for {expected}");
            }
        }
    }
}
