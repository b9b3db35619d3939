//! Settings that belong together.
//!
//! Owns the named sets. Knows nothing of what settings do.

use toml::{Table, Value};

/// A named set of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// The defaults: what measures best.
    Default,
    /// The run of the original Artist2Vec: gensim's constructor with 5 epochs, and then 50 more.
    Original,
    /// gensim's own defaults.
    Gensim,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Default, Self::Original, Self::Gensim];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Original => "original",
            Self::Gensim => "gensim",
        }
    }

    /// What it chooses, which is all that shapes the result but the step, in the form of [`Settings::from_table`](super::Settings::from_table).
    pub fn table(self) -> Table {
        let gensim: [(&str, Value); 18] = [
            ("sg", 0.into()),
            ("hs", 0.into()),
            ("vector-size", 100.into()),
            ("window", 5.into()),
            ("shrink-windows", true.into()),
            ("cbow-mean", 1.into()),
            ("negative", 5.into()),
            ("ns-exponent", 0.75.into()),
            ("epochs", 5.into()),
            ("alpha", 0.025.into()),
            ("min-alpha", 0.0001.into()),
            ("sample", 1e-3.into()),
            ("min-count", 5.into()),
            ("max-vocab-size", 0.into()),
            ("max-final-vocab", 0.into()),
            ("title-words", false.into()),
            ("title-min-count", 5.into()),
            ("seed", 1.into()),
        ];
        let original: [(&str, Value); 3] =
            [("window", 150.into()), ("negative", 100.into()), ("epochs", "5+50".into())];
        let mut table = Table::new();
        if self != Self::Default {
            table.extend(gensim.map(|(name, value)| (name.to_owned(), value)));
        }
        if self == Self::Original {
            table.extend(original.map(|(name, value)| (name.to_owned(), value)));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PARAMETERS, Settings};
    use super::*;

    #[test]
    fn presets_choose_all_that_gensim_knows() {
        // Not gensim's, of no effect on the result, or a choice of its own.
        let free = ["step", "workers", "deterministic", "kernel", "compute-loss"];
        for preset in [Preset::Original, Preset::Gensim] {
            let table = preset.table();
            for parameter in &PARAMETERS {
                assert_eq!(table.contains_key(parameter.name), !free.contains(&parameter.name), "{}", parameter.name);
            }
            let settings = Settings::from_table(&table).unwrap();
            assert!(!settings.sg && !settings.hs && settings.cbow_mean && settings.shrink_windows);
        }
        let original = Settings::from_table(&Preset::Original.table()).unwrap();
        assert_eq!((original.window, original.negative, original.epochs.parts()), (150, 100, &[5, 50][..]));
        assert_eq!((original.vector_size, original.min_count, original.sample), (100, 5, 1e-3));
        assert_eq!((original.ns_exponent, original.alpha, original.min_alpha), (0.75, 0.025, 0.0001));
        assert_eq!(Settings::from_table(&Preset::Default.table()).unwrap(), Settings::default());
    }
}
