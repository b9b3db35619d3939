//! WebAssembly's 128-bit SIMD.

use core::arch::wasm32::*;

use super::{Line, Panel};

/// Sums a panel, 4 rows in a register. Written out, since the page is built for size: an array of registers would
/// lie in memory.
pub(super) fn sum(query: &[i32], panel: &[Line], sums: &mut Panel<i32>) {
    let zero = i32x4_splat(0);
    let [mut a, mut b, mut c, mut d] = [zero; 4];
    let [mut e, mut f, mut g, mut h] = [zero; 4];
    for (&pair, line) in query.iter().zip(panel) {
        let pair = i32x4_splat(pair);
        let codes = line.0.as_ptr();
        macro_rules! add {
            ($($sum:ident at $at:literal),*) => {
                // SAFETY: the line has 64 codes, and each load takes 8 of them, the last from 56 on.
                $($sum = i32x4_add($sum, i32x4_dot_i16x8(unsafe { i16x8_load_extend_i8x8(codes.add($at)) }, pair));)*
            };
        }
        add!(a at 0, b at 8, c at 16, d at 24, e at 32, f at 40, g at 48, h at 56);
    }
    for (four, sum) in sums.as_chunks_mut::<4>().0.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        // SAFETY: four sums are 16 bytes. v128_store needs no alignment.
        unsafe { v128_store(four.as_mut_ptr().cast::<v128>(), sum) };
    }
}

/// Says which rows have a score above the threshold, 4 rows in a register.
pub(super) fn above(sums: &Panel<i32>, inverse_lengths: &Panel<f32>, scale: f32, threshold: f32) -> u32 {
    let (scale, threshold) = (f32x4_splat(scale), f32x4_splat(threshold));
    // A macro, since closures are not always taken in where the page is built for size.
    macro_rules! four {
        ($at:expr) => {{
            // SAFETY: both have 32 numbers, of which 4 from the one at `$at` on are read, the last from 28 on.
            let (sums, lengths) = unsafe {
                (v128_load(sums.as_ptr().add($at).cast()), v128_load(inverse_lengths.as_ptr().add($at).cast()))
            };
            f32x4_gt(f32x4_mul(f32x4_convert_i32x4(sums), f32x4_mul(lengths, scale)), threshold)
        }};
    }
    let mut above = 0;
    for (half, at) in [0, 16].into_iter().enumerate() {
        let low = i16x8_narrow_i32x4(four!(at), four!(at + 4));
        let high = i16x8_narrow_i32x4(four!(at + 8), four!(at + 12));
        above |= u32::from(i8x16_bitmask(i8x16_narrow_i16x8(low, high))) << (16 * half);
    }
    above
}
