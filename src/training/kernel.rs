//! The arithmetic of the batched step: small dense matrix products, the tabulated logistic function, row updates.
//!
//! Owns one generic body per operation and its instances for AVX-512, AVX2 with FMA, and any machine. Knows nothing of
//! what the numbers mean.
//!
//! # Safety
//! `unsafe` is here for two reasons only. Vector instructions may run only where the processor has them: [`Kernel`] is
//! made by [`Kernel::detect`] alone (tests use [`Kernel::all`]), so a value of it proves that it may run. And vector
//! loads and stores go through raw pointers: every public function checks the lengths of its slices before it
//! takes a pointer, and the bodies stay inside those lengths. [`Kernel::Portable`] runs the same bodies on plain arrays;
//! tests hold every kernel against plain safe loops.
#![allow(unsafe_code)]

use super::matrix::LINE;
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

/// The left factor of a product: element (i, k) stands at `i · row_stride + k · column_stride`, so that a transposed
/// matrix needs no copy.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    /// The numbers.
    pub(super) numbers: &'a [f32],
    /// From one row to the next.
    pub(super) row_stride: usize,
    /// From one column to the next.
    pub(super) column_stride: usize,
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

    /// `c` = `a` · `b`, with `a` rows × `depth`, `b` `depth` × `columns` and `c` rows × `columns`, both row-major and
    /// packed. `columns` is a multiple of [`LINE`].
    ///
    /// # Panics
    /// Where a slice is too short or `columns` is no multiple of [`LINE`]: the caller's mistake.
    pub(super) fn product(self, rows: usize, columns: usize, depth: usize, a: Left<'_>, b: &[f32], c: &mut [f32]) {
        if rows == 0 || columns == 0 {
            return;
        }
        assert!(columns.is_multiple_of(LINE) && b.len() >= depth * columns && c.len() >= rows * columns);
        assert!(depth == 0 || a.numbers.len() > (rows - 1) * a.row_stride + (depth - 1) * a.column_stride);
        let shape = Shape { rows, columns, depth, row_stride: a.row_stride, column_stride: a.column_stride };
        let (a, b, c) = (a.numbers.as_ptr(), b.as_ptr(), c.as_mut_ptr());
        // SAFETY: the lengths were checked above, and `self` proves the instructions.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 => x86::product_avx512(shape, a, b, c),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => x86::product_avx2(shape, a, b, c),
                Self::Portable => product::<[f32; 8], 2, 4>(shape, a, b, c),
            }
        }
    }

    /// Turns the scores of negatives into the gradients of the scores, in place: −`weight` · σ(score), and zero from the
    /// cut-off on.
    ///
    /// # Panics
    /// Where the length is no multiple of [`LINE`]: the caller's mistake.
    pub(super) fn negative_gradients(self, scores: &mut [f32], weight: f32) {
        assert!(scores.len().is_multiple_of(LINE));
        let (start, length) = (scores.as_mut_ptr(), scores.len());
        // SAFETY: whole lines only, and `self` proves the instructions.
        unsafe {
            match self {
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 => x86::negative_gradients_avx512(start, length, weight),
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => x86::negative_gradients_avx2(start, length, weight),
                Self::Portable => negative_gradients::<[f32; 8]>(start, length, weight),
            }
        }
    }
}

/// A product's lengths and strides.
#[derive(Clone, Copy)]
struct Shape {
    rows: usize,
    columns: usize,
    depth: usize,
    row_stride: usize,
    column_stride: usize,
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
    /// Per number: −`weight` · `table[(score + MAX_SCORE) · ENTRIES_PER_UNIT]`, zero where |score| ≥ `MAX_SCORE`.
    unsafe fn negative_gradient(self, weight: f32, table: &[f32; TABLE_SIZE]) -> Self;
}

/// `M` rows by `N` vectors of the product, all held in registers.
///
/// # Safety
/// `Shape`'s lengths fit the memory behind the pointers, offset to the block's first element.
#[inline(always)]
unsafe fn block<V: Lanes, const M: usize, const N: usize>(s: Shape, a: *const f32, b: *const f32, c: *mut f32) {
    // SAFETY: by the contract above.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        for k in 0..s.depth {
            let mut right = [V::splat(0.0); N];
            for (n, right) in right.iter_mut().enumerate() {
                *right = V::load(b.add(k * s.columns + n * V::WIDTH));
            }
            for (m, sums) in sums.iter_mut().enumerate() {
                let left = V::splat(*a.add(m * s.row_stride + k * s.column_stride));
                for (sum, right) in sums.iter_mut().zip(right) {
                    *sum = left.multiply_add(right, *sum);
                }
            }
        }
        for (m, sums) in sums.iter().enumerate() {
            for (n, sum) in sums.iter().enumerate() {
                sum.store(c.add(m * s.columns + n * V::WIDTH));
            }
        }
    }
}

/// All rows of `N` vectors' width: blocks of `M` rows, then single rows.
///
/// # Safety
/// As [`block`].
#[inline(always)]
unsafe fn panel<V: Lanes, const M: usize, const N: usize>(s: Shape, a: *const f32, b: *const f32, c: *mut f32) {
    let mut row = 0;
    // SAFETY: rows stay below `s.rows`.
    unsafe {
        while row + M <= s.rows {
            block::<V, M, N>(s, a.add(row * s.row_stride), b, c.add(row * s.columns));
            row += M;
        }
        while row + 2 <= s.rows {
            block::<V, 2, N>(s, a.add(row * s.row_stride), b, c.add(row * s.columns));
            row += 2;
        }
        if row < s.rows {
            block::<V, 1, N>(s, a.add(row * s.row_stride), b, c.add(row * s.columns));
        }
    }
}

/// The whole product in panels of at most `N` vectors; a panel's block has `M` rows, and twice as many where it is at
/// most half as wide.
///
/// # Safety
/// As [`block`].
#[inline(always)]
unsafe fn product<V: Lanes, const N: usize, const M: usize>(s: Shape, a: *const f32, b: *const f32, c: *mut f32) {
    let mut column = 0;
    // SAFETY: columns stay below `s.columns`, a multiple of the width.
    unsafe {
        while column < s.columns {
            let (b, c) = (b.add(column), c.add(column));
            let left = (s.columns - column) / V::WIDTH;
            if left >= N {
                panel::<V, M, N>(s, a, b, c);
                column += N * V::WIDTH;
            } else {
                match left {
                    3 => panel::<V, 6, 3>(s, a, b, c),
                    2 => panel::<V, 6, 2>(s, a, b, c),
                    _ => panel::<V, 8, 1>(s, a, b, c),
                }
                column += left.clamp(1, 3) * V::WIDTH;
            }
        }
    }
}

/// # Safety
/// `length` numbers, a multiple of the width, may be read and written.
#[inline(always)]
unsafe fn negative_gradients<V: Lanes>(scores: *mut f32, length: usize, weight: f32) {
    let table = &SIGMOID.values;
    for at in (0..length).step_by(V::WIDTH) {
        // SAFETY: `at` + width stays within `length`.
        unsafe { V::load(scores.add(at)).negative_gradient(weight, table).store(scores.add(at)) };
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
    unsafe fn negative_gradient(self, weight: f32, table: &[f32; TABLE_SIZE]) -> Self {
        self.map(|score| {
            if score.abs() < MAX_SCORE {
                -weight * table[((score + MAX_SCORE) * ENTRIES_PER_UNIT) as usize]
            } else {
                0.0
            }
        })
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{ENTRIES_PER_UNIT, Lanes, MAX_SCORE, Shape, TABLE_SIZE, negative_gradients, product};

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn product_avx512(s: Shape, a: *const f32, b: *const f32, c: *mut f32) {
        // SAFETY: the caller's contract.
        unsafe { product::<__m512, 4, 6>(s, a, b, c) };
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn product_avx2(s: Shape, a: *const f32, b: *const f32, c: *mut f32) {
        // SAFETY: the caller's contract.
        unsafe { product::<__m256, 2, 6>(s, a, b, c) };
    }

    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn negative_gradients_avx512(scores: *mut f32, length: usize, weight: f32) {
        // SAFETY: the caller's contract.
        unsafe { negative_gradients::<__m512>(scores, length, weight) };
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn negative_gradients_avx2(scores: *mut f32, length: usize, weight: f32) {
        // SAFETY: the caller's contract.
        unsafe { negative_gradients::<__m256>(scores, length, weight) };
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
        unsafe fn negative_gradient(self, weight: f32, table: &[f32; TABLE_SIZE]) -> Self {
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
                _mm512_mul_ps(values, _mm512_set1_ps(-weight))
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
        unsafe fn negative_gradient(self, weight: f32, table: &[f32; TABLE_SIZE]) -> Self {
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
                _mm256_mul_ps(values, _mm256_set1_ps(-weight))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    fn numbers(rng: &mut Rng, count: usize) -> Vec<f32> {
        (0..count).map(|_| rng.next_f32() * 2.0 - 1.0).collect()
    }

    #[test]
    fn products_equal_plain_loops() {
        let mut rng = Rng::new(11);
        for kernel in Kernel::all() {
            for (rows, columns, depth) in
                [(1, 16, 1), (16, 112, 96), (96, 16, 100), (96, 112, 16), (13, 48, 7), (7, 32, 3), (3, 256, 0)]
            {
                let (a, b) = (numbers(&mut rng, rows * depth), numbers(&mut rng, depth * columns));
                for transposed in [false, true] {
                    let (row_stride, column_stride) = if transposed { (1, rows) } else { (depth, 1) };
                    let mut c = vec![f32::NAN; rows * columns];
                    kernel.product(rows, columns, depth, Left { numbers: &a, row_stride, column_stride }, &b, &mut c);
                    for (i, &found) in c.iter().enumerate() {
                        let (row, column) = (i / columns, i % columns);
                        let expected: f32 =
                            (0..depth).map(|k| a[row * row_stride + k * column_stride] * b[k * columns + column]).sum();
                        assert!(
                            (found - expected).abs() < 1e-4,
                            "{kernel:?} {rows}×{depth}×{columns} at {row}, {column}"
                        );
                    }
                }
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
            kernel.negative_gradients(&mut found, 0.5);
            for (&score, &found) in scores.iter().zip(&found) {
                let expected = SIGMOID.value(score).map_or(0.0, |probability| -0.5 * probability);
                // One entry of the table where 32 and 64 bits round apart.
                assert!((found - expected).abs() < 0.002, "{kernel:?} at {score}: {found} for {expected}");
            }
        }
    }
}
