//! NEON, which every 64-bit ARM processor has.

use core::arch::aarch64::*;

use super::{Line, Panel};

/// Sums a panel, 4 rows in a register.
pub(super) fn sum(query: &[i32], panel: &[Line], sums: &mut Panel<i32>) {
    // SAFETY: NEON belongs to the 64-bit ARM instructions that the compiler assumes anyway.
    unsafe { sum_neon(query, panel, sums) }
}

#[target_feature(enable = "neon")]
fn sum_neon(query: &[i32], panel: &[Line], sums: &mut Panel<i32>) {
    let mut total = [vdupq_n_s32(0); 8];
    for (&pair, line) in query.iter().zip(panel) {
        let (first, second) = (pair as i16, (pair >> 16) as i16);
        for (total, codes) in total.as_chunks_mut::<4>().0.iter_mut().zip(line.0.as_chunks::<32>().0) {
            // SAFETY: 32 codes are the 32 bytes that are read: the first axis of 16 rows and the second.
            let int8x16x2_t(a, b) = unsafe { vld2q_s8(codes.as_ptr()) };
            for (codes, query) in [(a, first), (b, second)] {
                let (low, high) = (vmovl_s8(vget_low_s8(codes)), vmovl_high_s8(codes));
                total[0] = vmlal_n_s16(total[0], vget_low_s16(low), query);
                total[1] = vmlal_high_n_s16(total[1], low, query);
                total[2] = vmlal_n_s16(total[2], vget_low_s16(high), query);
                total[3] = vmlal_high_n_s16(total[3], high, query);
            }
        }
    }
    for (four, total) in sums.as_chunks_mut::<4>().0.iter_mut().zip(total) {
        // SAFETY: four sums are the 16 bytes that are written.
        unsafe { vst1q_s32(four.as_mut_ptr(), total) };
    }
}
