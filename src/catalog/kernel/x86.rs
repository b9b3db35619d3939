//! AVX-512 with VNNI, and AVX2.

use core::arch::x86_64::*;

use super::{Line, Panel};

// Which instructions there are is a fact about the processor, no service of a platform. `core` cannot ask for it, since
// some systems answer for their processors; `std` asks once and remembers.

pub(super) fn has_avx512_vnni() -> bool {
    let has_vnni = std::arch::is_x86_feature_detected!("avx512vnni");
    has_vnni && std::arch::is_x86_feature_detected!("avx512bw")
}

pub(super) fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

/// Sums a panel, 16 rows in a register. Pairs of axes take turns, for an addition takes longer than a line.
#[target_feature(enable = "avx512bw,avx512vnni")]
pub(super) fn sum_512(query: &[i32], panel: &[Line], sums: &mut Panel<i32>) {
    let mut even = [_mm512_setzero_si512(); 2];
    let mut odd = even;
    let add = |into: &mut [__m512i; 2], pair: i32, line: &Line| {
        let pair = _mm512_set1_epi32(pair);
        for (sum, codes) in into.iter_mut().zip(line.0.as_chunks::<32>().0) {
            // SAFETY: 32 codes are the 32 bytes that are read; the load needs no alignment.
            let codes = unsafe { _mm256_loadu_si256(codes.as_ptr().cast()) };
            *sum = _mm512_dpwssd_epi32(*sum, _mm512_cvtepi8_epi16(codes), pair);
        }
    };
    let ((pairs, last_pair), (lines, last_line)) = (query.as_chunks::<2>(), panel.as_chunks::<2>());
    for (pair, line) in pairs.iter().zip(lines) {
        add(&mut even, pair[0], &line[0]);
        add(&mut odd, pair[1], &line[1]);
    }
    for (&pair, line) in last_pair.iter().zip(last_line) {
        add(&mut even, pair, line);
    }
    for ((sixteen, even), odd) in sums.as_chunks_mut::<16>().0.iter_mut().zip(even).zip(odd) {
        // SAFETY: 16 sums are 64 bytes; the store needs no alignment.
        unsafe { _mm512_storeu_si512(sixteen.as_mut_ptr().cast(), _mm512_add_epi32(even, odd)) };
    }
}

/// Sums a panel, 8 rows in a register.
#[target_feature(enable = "avx2")]
pub(super) fn sum_256(query: &[i32], panel: &[Line], sums: &mut Panel<i32>) {
    let mut total = [_mm256_setzero_si256(); 4];
    for (&pair, line) in query.iter().zip(panel) {
        let pair = _mm256_set1_epi32(pair);
        for (sum, codes) in total.iter_mut().zip(line.0.as_chunks::<16>().0) {
            // SAFETY: 16 codes are the 16 bytes that are read; the load needs no alignment.
            let codes = unsafe { _mm_loadu_si128(codes.as_ptr().cast()) };
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(_mm256_cvtepi8_epi16(codes), pair));
        }
    }
    for (eight, total) in sums.as_chunks_mut::<8>().0.iter_mut().zip(total) {
        // SAFETY: 8 sums are 32 bytes; the store needs no alignment.
        unsafe { _mm256_storeu_si256(eight.as_mut_ptr().cast(), total) };
    }
}

/// Says which rows have a score above the threshold, 16 rows in a register.
#[target_feature(enable = "avx512f")]
pub(super) fn above_512(sums: &Panel<i32>, inverse_lengths: &Panel<f32>, scale: f32, threshold: f32) -> u32 {
    let (scale, threshold) = (_mm512_set1_ps(scale), _mm512_set1_ps(threshold));
    let mut above = 0;
    let rows = sums.as_chunks::<16>().0.iter().zip(inverse_lengths.as_chunks::<16>().0);
    for (half, (sums, lengths)) in rows.enumerate() {
        // SAFETY: 16 numbers are the 64 bytes that are read; the loads need no alignment.
        let (sums, lengths) = unsafe { (_mm512_loadu_si512(sums.as_ptr().cast()), _mm512_loadu_ps(lengths.as_ptr())) };
        let scores = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_mul_ps(lengths, scale));
        above |= u32::from(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(scores, threshold)) << (16 * half);
    }
    above
}

/// Says which rows have a score above the threshold, 8 rows in a register.
#[target_feature(enable = "avx2")]
pub(super) fn above_256(sums: &Panel<i32>, inverse_lengths: &Panel<f32>, scale: f32, threshold: f32) -> u32 {
    let (scale, threshold) = (_mm256_set1_ps(scale), _mm256_set1_ps(threshold));
    let mut above = 0;
    let rows = sums.as_chunks::<8>().0.iter().zip(inverse_lengths.as_chunks::<8>().0);
    for (quarter, (sums, lengths)) in rows.enumerate() {
        // SAFETY: 8 numbers are the 32 bytes that are read; the loads need no alignment.
        let (sums, lengths) = unsafe { (_mm256_loadu_si256(sums.as_ptr().cast()), _mm256_loadu_ps(lengths.as_ptr())) };
        let scores = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_mul_ps(lengths, scale));
        above |= (_mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(scores, threshold)) as u32) << (8 * quarter);
    }
    above
}
