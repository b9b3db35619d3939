//! The best of many scored artists.

/// Keeps the `k` best of artists that arrive in rising order; ties go to the smaller index.
///
/// Holds up to `2 k` and throws the worse half away when full, so that each arrival costs little more than a
/// comparison.
pub(super) struct Best {
    k: usize,
    kept: Vec<(f32, u32)>,
    /// Scores up to this cannot be among the best any more.
    floor: f32,
}

impl Best {
    pub(super) fn new(k: usize) -> Self {
        Self { k, kept: Vec::new(), floor: f32::NEG_INFINITY }
    }

    /// The score that an artist must exceed to be worth a [`Self::push`].
    #[inline]
    pub(super) fn floor(&self) -> f32 {
        self.floor
    }

    /// Takes an artist; scores that are not a number or −∞ are never kept.
    #[inline]
    pub(super) fn push(&mut self, score: f32, artist: u32) {
        if score > self.floor && self.k > 0 {
            self.kept.push((score, artist));
            if self.kept.len() >= 2 * self.k {
                self.cut();
            }
        }
    }

    /// The best, best first, with their scores.
    pub(super) fn into_sorted(mut self) -> Vec<(f32, u32)> {
        self.cut();
        self.kept.sort_unstable_by(by_score);
        self.kept
    }

    fn cut(&mut self) {
        if self.kept.len() >= self.k && self.k > 0 {
            let (_, &mut (worst, _), _) = self.kept.select_nth_unstable_by(self.k - 1, by_score);
            self.kept.truncate(self.k);
            // Whoever comes later with this score has a larger index.
            self.floor = worst;
        }
    }
}

fn by_score(a: &(f32, u32), b: &(f32, u32)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn equals_a_full_sort() {
        let mut rng = Rng::new(1);
        for (n, k) in [(0, 3), (1, 3), (3, 3), (1000, 1), (1000, 20), (1000, 999), (1000, 5000), (10, 0)] {
            // Many ties.
            let scores: Vec<f32> = (0..n).map(|_| rng.below(40) as f32 - 20.0).collect();
            let mut best = Best::new(k);
            (0..n).for_each(|i| best.push(scores[i], i as u32));
            let mut expected: Vec<(f32, u32)> = scores.iter().copied().zip(0..).collect();
            expected.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap().then(a.1.cmp(&b.1)));
            expected.truncate(k);
            assert_eq!(best.into_sorted(), expected, "{n} {k}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_never_kept() {
        let mut best = Best::new(3);
        for (score, artist) in [(f32::NAN, 0), (1.0, 1), (f32::NEG_INFINITY, 2), (-f32::NAN, 3), (2.0, 4)] {
            best.push(score, artist);
        }
        assert_eq!(best.into_sorted(), [(2.0, 4), (1.0, 1)]);
    }
}
