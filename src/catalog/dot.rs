//! Integer dot products of one query with many rows of codes: the scan's inner loop, and the catalog's only kernel.
//!
//! Codes are `i8` in −127 … 127, query codes are `i16` in −[`query_limit`] … [`query_limit`], sums are `i32`. Integer
//! arithmetic is exact in any order, so every kernel gives the same bits.
//!
//! # Safety
//! The wasm kernel reads 16 codes at a time and so may read up to 15 codes behind a row's end. It does so only for rows
//! behind which the column still has that many; lanes that lie behind the row meet zeros of the padded query and add
//! nothing. The last rows go through the safe twin.
#![allow(unsafe_code)]

use alloc::vec::Vec;

/// The largest magnitude of a code.
pub(super) const CODE_LIMIT: i32 = 127;

/// The largest magnitude of a query code such that no sum can leave `i32`.
///
/// |sum| ≤ dimensions · 127 · limit ≤ 2³¹ − 1. Any partial sum obeys the same bound, so lanes may be added in any order.
pub(super) fn query_limit(dimensions: usize) -> i32 {
    let rows = i64::try_from(dimensions).unwrap_or(i64::MAX).max(1);
    let limit = i64::from(i32::MAX) / rows.saturating_mul(i64::from(CODE_LIMIT));
    limit.min(i64::from(i16::MAX)) as i32
}

/// A query's codes, padded with zeros to a multiple of [`LANES`].
#[derive(Clone, Debug)]
pub(super) struct QueryCodes {
    dimensions: usize,
    padded: Vec<i16>,
}

/// Codes that one step of the widest kernel reads.
const LANES: usize = 16;

impl QueryCodes {
    /// Pads the codes of one query.
    pub(super) fn new(codes: &[i16]) -> Self {
        let mut padded = codes.to_vec();
        padded.resize(codes.len().next_multiple_of(LANES), 0);
        Self { dimensions: codes.len(), padded }
    }

    /// Writes the dot product of the query with every row into `sums`.
    ///
    /// `codes` holds `sums.len()` rows of as many codes as the query has, row-major.
    pub(super) fn dots(&self, codes: &[i8], sums: &mut [i32]) {
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        let done = self.dots_simd128(codes, sums);
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        let done = 0;
        self.dots_portable(&codes[done * self.dimensions..], &mut sums[done..]);
    }

    /// The safe twin: plain loops that the compiler vectorises where it can.
    fn dots_portable(&self, codes: &[i8], sums: &mut [i32]) {
        let query = &self.padded[..self.dimensions];
        for (row, sum) in codes.chunks_exact(self.dimensions.max(1)).zip(sums) {
            *sum = row.iter().zip(query).map(|(&code, &q)| i32::from(code) * i32::from(q)).sum();
        }
    }

    /// Writes the sums of all rows that may be read 16 codes at a time; returns how many those were.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    fn dots_simd128(&self, codes: &[i8], sums: &mut [i32]) -> usize {
        use core::arch::wasm32::{
            i16x8_extend_high_i8x16, i16x8_extend_low_i8x16, i32x4_add, i32x4_dot_i16x8, i32x4_extract_lane,
            i32x4_splat, v128, v128_load,
        };
        let width = self.padded.len();
        // Row r may read codes up to r · dimensions + width.
        let Some(spare) = codes.len().checked_sub(width) else { return 0 };
        let rows = spare.checked_div(self.dimensions).map_or(0, |rows| sums.len().min(rows + 1));
        let query = self.padded.as_ptr();
        for (row, sum) in sums[..rows].iter_mut().enumerate() {
            let mut even = i32x4_splat(0);
            let mut odd = i32x4_splat(0);
            for at in (0..width).step_by(LANES) {
                // SAFETY: row · dimensions + at + 16 ≤ spare + width = codes.len(), since row ≤ spare / dimensions and
                // at + 16 ≤ width; the query has `width` codes. v128_load needs no alignment.
                let (bytes, low, high) = unsafe {
                    (
                        v128_load(codes.as_ptr().add(row * self.dimensions + at).cast::<v128>()),
                        v128_load(query.add(at).cast::<v128>()),
                        v128_load(query.add(at + 8).cast::<v128>()),
                    )
                };
                even = i32x4_add(even, i32x4_dot_i16x8(i16x8_extend_low_i8x16(bytes), low));
                odd = i32x4_add(odd, i32x4_dot_i16x8(i16x8_extend_high_i8x16(bytes), high));
            }
            let lanes = i32x4_add(even, odd);
            *sum = i32x4_extract_lane::<0>(lanes)
                + i32x4_extract_lane::<1>(lanes)
                + i32x4_extract_lane::<2>(lanes)
                + i32x4_extract_lane::<3>(lanes);
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kernel against the safe twin, at dimensions around the lane widths and at the extremes of both codes.
    /// In the browser this covers the simd kernel (tests/web.rs runs it there through a pack).
    #[test]
    fn kernels_agree_with_the_safe_twin() {
        let mut state = 1_u32;
        let mut random = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as i32
        };
        for dimensions in [1, 7, 8, 15, 16, 17, 32, 50, 64, 100, 101, 128, 300] {
            let limit = query_limit(dimensions);
            for rows in [0, 1, 2, 5, 33] {
                let codes: Vec<i8> = (0..rows * dimensions).map(|_| (random() % 255 - 127) as i8).collect();
                let query: Vec<i16> = (0..dimensions).map(|_| (random() % (2 * limit + 1) - limit) as i16).collect();
                let query = QueryCodes::new(&query);
                let (mut fast, mut safe) = (alloc::vec![0; rows], alloc::vec![0; rows]);
                query.dots(&codes, &mut fast);
                query.dots_portable(&codes, &mut safe);
                assert_eq!(fast, safe, "{dimensions} × {rows}");
            }
        }
    }

    #[test]
    fn the_largest_possible_sum_fits() {
        for dimensions in [1, 100, 512, 516, 517, 4096, 16_000] {
            let limit = query_limit(dimensions);
            let query = QueryCodes::new(&alloc::vec![limit as i16; dimensions]);
            let mut sums = [0];
            query.dots(&alloc::vec![127; dimensions], &mut sums);
            assert_eq!(i64::from(sums[0]), 127 * i64::from(limit) * dimensions as i64);
        }
        assert_eq!(query_limit(100), 32_767);
    }
}
