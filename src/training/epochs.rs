//! How often training goes over the corpus.
//!
//! Owns the parts of a training and where in them it stands.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// Passes over the corpus, in parts: the learning rate falls from its first to its last value in each. Written as a sum.
///
/// `5+50` is what gensim does where a model's constructor trains (5 epochs) and `train(epochs=50)` is called then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epochs(Vec<u32>);

impl Epochs {
    /// The epochs of each part.
    pub fn parts(&self) -> &[u32] {
        &self.0
    }

    /// Epochs of all parts; at most [`u32::MAX`].
    pub fn total(&self) -> u32 {
        self.0.iter().copied().fold(0, u32::saturating_add)
    }

    /// Whether every part has an epoch, and all together can be counted.
    pub(super) fn is_sound(&self) -> bool {
        let sum: u64 = self.0.iter().map(|&part| u64::from(part)).sum();
        !self.0.is_empty() && !self.0.contains(&0) && u32::try_from(sum).is_ok()
    }

    /// How far a part's learning rate has fallen, 0 to 1, when `done` (0 to 1) of the epoch `epoch` (from 0) is done.
    pub(super) fn fallen(&self, epoch: u32, done: f64) -> f64 {
        let mut before = 0;
        for &part in &self.0 {
            if epoch - before < part {
                return (f64::from(epoch - before) + done) / f64::from(part);
            }
            before += part;
        }
        1.0
    }
}

impl From<u32> for Epochs {
    /// All in one part.
    fn from(epochs: u32) -> Self {
        Self(vec![epochs])
    }
}

impl FromStr for Epochs {
    type Err = std::num::ParseIntError;

    /// Reads `30` or `5+50`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split('+').map(|part| part.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl Display for Epochs {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u32::to_string).collect();
        formatter.write_str(&parts.join("+"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_ramp_of_its_own() {
        let epochs: Epochs = "5+50".parse().unwrap();
        assert_eq!((epochs.to_string(), epochs.total()), ("5+50".to_owned(), 55));
        let at = |epoch, done| epochs.fallen(epoch, done);
        assert_eq!([at(0, 0.0), at(0, 0.5), at(4, 1.0)], [0.0, 0.1, 1.0]);
        assert_eq!([at(5, 0.0), at(29, 1.0), at(54, 1.0), at(55, 0.0)], [0.0, 0.5, 1.0, 1.0]);
        assert_eq!(Epochs::from(30).fallen(15, 0.0), 0.5);
        assert_eq!("30".parse(), Ok(Epochs::from(30)));
    }

    #[test]
    fn senseless_ones_are_told() {
        for text in ["", "+", "5+", "5+x", "-1", "5.5", "4294967296"] {
            assert!(text.parse::<Epochs>().is_err(), "{text}");
        }
        for text in ["0", "5+0", "4294967295+1"] {
            let epochs: Epochs = text.parse().unwrap();
            assert!(!epochs.is_sound(), "{text}");
        }
        assert!("4294967295".parse::<Epochs>().unwrap().is_sound());
    }
}
