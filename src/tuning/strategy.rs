//! Successive halving: many settings for few epochs, the best of them for more.
//!
//! Jamieson & Talwalkar (2016, "Non-stochastic best arm identification and hyperparameter optimization"), with the
//! rungs of Hyperband's most daring bracket (Li et al. 2018): the resource is the number of epochs. A setting that goes
//! on is trained from scratch: the learning rate falls in a straight line over the whole training, so the first epochs
//! of a long training are another thing than a short one, and cannot be gone on from.

/// The rungs of successive halving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halving {
    /// The first rung has at least as many epochs.
    pub min_epochs: u32,
    /// The epochs of the last rung.
    pub max_epochs: u32,
    /// From rung to rung, 1 / `factor` of the settings stay and have `factor` times as many epochs.
    pub factor: u32,
}

impl Halving {
    /// Epochs of every rung, rising to [`Self::max_epochs`] by [`Self::factor`].
    pub fn rungs(&self) -> Vec<u32> {
        let mut rungs = vec![self.max_epochs];
        let mut divisor = f64::from(self.factor);
        // Half an epoch of rounding must not cost a rung.
        while f64::from(self.max_epochs) / divisor >= f64::from(self.min_epochs) - 0.5 {
            let epochs = (f64::from(self.max_epochs) / divisor).round() as u32;
            if epochs < 1 || rungs.last() == Some(&epochs) {
                break;
            }
            rungs.push(epochs);
            divisor *= f64::from(self.factor);
        }
        rungs.reverse();
        rungs
    }

    /// How many of `count` settings go on to the next rung: at least one, if there is one.
    pub fn survivors(&self, count: usize) -> usize {
        (count / self.factor as usize).max(1).min(count)
    }
}

/// The indices of the `keep` best, best first; `None` (a trial that failed) never is, ties go to the first.
pub(super) fn best_of(objectives: &[Option<f64>], keep: usize) -> Vec<usize> {
    let mut order: Vec<(usize, f64)> =
        objectives.iter().enumerate().filter_map(|(i, objective)| Some((i, (*objective)?))).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.truncate(keep);
    order.into_iter().map(|(i, _)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_end_at_the_most_epochs_and_begin_at_the_fewest() {
        let rungs = |min_epochs, max_epochs, factor| Halving { min_epochs, max_epochs, factor }.rungs();
        assert_eq!(rungs(1, 27, 3), [1, 3, 9, 27]);
        assert_eq!(rungs(2, 20, 3), [2, 7, 20]);
        assert_eq!(rungs(3, 50, 4), [3, 13, 50]);
        assert_eq!(rungs(5, 5, 2), [5]);
        assert_eq!(rungs(1, 1, 2), [1]);
        assert_eq!(rungs(1, 3, 2), [1, 2, 3]);
        assert!(rungs(1, u32::MAX, 2).is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn the_best_survive_and_ties_go_to_the_first() {
        let halving = Halving { min_epochs: 1, max_epochs: 9, factor: 3 };
        assert_eq!([0, 1, 2, 3, 8, 9, 40].map(|count| halving.survivors(count)), [0, 1, 1, 1, 2, 3, 13]);
        assert_eq!(best_of(&[Some(1.0), None, Some(2.0), Some(1.0)], 2), [2, 0]);
        assert_eq!(best_of(&[None, Some(f64::NEG_INFINITY)], 5), [1]);
        assert_eq!(best_of(&[], 5), [0; 0]);
    }
}
