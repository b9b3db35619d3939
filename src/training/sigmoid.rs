//! The logistic function as gensim tabulates it, cut-off and all, so that both steps can be held against gensim.
//!
//! Owns the table. Knows nothing of vectors.

use std::sync::LazyLock;

/// Entries of the table.
pub(super) const TABLE_SIZE: usize = 1000;

/// Scores at or beyond ± this many are not learned from.
pub(super) const MAX_SCORE: f32 = 6.0;

/// Table entries per unit of score. `TABLE_SIZE / 2 / MAX_SCORE` is 83⅓; gensim 4 divides integers here, and so does the
/// yardstick.
pub(super) const ENTRIES_PER_UNIT: f32 = 83.0;

/// The table of σ(x) = 1 / (1 + e⁻ˣ).
pub(super) struct Sigmoid {
    pub(super) values: [f32; TABLE_SIZE],
}

/// The table, filled at first use: entry `i` belongs to x = (2 i / `TABLE_SIZE` − 1) `MAX_SCORE`.
pub(super) static SIGMOID: LazyLock<Sigmoid> = LazyLock::new(|| {
    // Not the platform's exponential: the table is the same on every machine.
    let values = std::array::from_fn(|i| {
        let x = (i as f32 / TABLE_SIZE as f32 * 2.0 - 1.0) * MAX_SCORE;
        let exponential = libm::exp(f64::from(x)) as f32;
        exponential / (exponential + 1.0)
    });
    Sigmoid { values }
});

impl Sigmoid {
    /// σ(score); `None` from the cut-off on (and for what is no number), where gensim learns nothing.
    #[inline]
    pub(super) fn value(&self, score: f32) -> Option<f32> {
        (score.abs() < MAX_SCORE).then(|| self.values[entry(score)])
    }
}

/// −ln σ(score) itself, without table and cut-off: how unlikely a yes was. ln(1 + e⁻ˣ), in a form that does not overflow.
#[inline]
pub(super) fn surprise(score: f32) -> f64 {
    let score = f64::from(score);
    (-score).max(0.0) + (-score.abs()).exp().ln_1p()
}

/// The table entry of a score above −`MAX_SCORE`, computed in 64 bits as gensim's C does.
#[inline]
fn entry(score: f32) -> usize {
    ((f64::from(score) + f64::from(MAX_SCORE)) * f64::from(ENTRIES_PER_UNIT)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_follows_the_logistic_function_up_to_the_cut_off() {
        for i in -599..600 {
            let x = i as f32 / 100.0;
            let exact = 1.0 / (1.0 + (-x).exp());
            assert!((SIGMOID.value(x).unwrap() - exact).abs() < 0.012, "{x}");
        }
        for x in [6.0, -6.0, 1e9, f32::NEG_INFINITY, f32::NAN] {
            assert_eq!(SIGMOID.value(x), None);
        }
        for x in [-700.0_f32, -6.5, -1.0, 0.0, 0.3, 20.0] {
            let exact = (-f64::from(x)).exp().ln_1p();
            assert!((surprise(x) - exact).abs() <= 1e-12 * exact.max(1.0), "{x}");
        }
        assert_eq!((surprise(-1e9), surprise(1e9)), (1e9, 0.0));
    }
}
