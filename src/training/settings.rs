//! What a user may set, under gensim's names, and which values make sense.
//!
//! Owns the settings, their ranges, their record in the provenance and their file. Knows nothing of how they are used.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Spanned, Table, Value};

use super::{Epochs, TrainingError};
use crate::catalog::metadata::Step;
use crate::files::TextFileError;

/// The largest accepted `vector_size`: beyond it, memory runs out long before quality grows.
pub const MAX_VECTOR_SIZE: usize = 4096;

/// The largest accepted `window`: beyond any playlist, and far from where places overflow.
pub const MAX_WINDOW: usize = 1 << 30;

/// The largest accepted `negative`.
pub const MAX_NEGATIVE: usize = 10_000;

/// How one piece of work changes the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepFunction {
    /// One target at a time, gensim's update, plain gradient descent: the yardstick. It knows the whole family.
    Reference,
    /// The same updates for targets that share negatives and context sums: many times as fast.
    Batched,
    /// The artists of a playlist predict one another, each once, with the same vectors and a bias: what measures best.
    Tied,
}

impl StepFunction {
    /// All step functions.
    pub const ALL: [Self; 3] = [Self::Tied, Self::Batched, Self::Reference];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Batched => "batched",
            Self::Tied => "tied",
        }
    }

    /// The first learning rate where the user gives none.
    ///
    /// gensim's for `reference`. A little less for `batched`, whose targets of different playlists do not see each
    /// other's latest changes and so go a little too far: at the original's settings every measure is better with it
    /// (benches/gensim/README.md). For `tied` it is a length: how far an artist's first mention moves each of its numbers.
    pub fn default_alpha(self) -> f32 {
        match self {
            Self::Reference => 0.025,
            Self::Batched => 0.015,
            Self::Tied => 0.2,
        }
    }
}

/// Which instructions the batched and the tied step compute with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelChoice {
    /// The fastest that the processor has.
    Auto,
    /// AVX-512 with factors of products rounded to bfloat16: about 3 significant digits, sums at full precision.
    Avx512Bf16,
    /// AVX-512.
    Avx512,
    /// AVX2 with FMA.
    Avx2,
    /// NEON.
    Neon,
    /// Plain loops: slow, and the same bits on every machine.
    Portable,
}

impl KernelChoice {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Auto, Self::Avx512Bf16, Self::Avx512, Self::Avx2, Self::Neon, Self::Portable];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Avx512Bf16 => "avx512-bf16",
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Neon => "neon",
            Self::Portable => "portable",
        }
    }
}

/// All parameters of a training. What gensim has too is named and meant as there.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Skip-gram: every artist of the context alone predicts the target. Else CBOW: all of them together do.
    pub sg: bool,
    /// Learn by hierarchical softmax, instead of negative sampling where `negative` is 0, or together with it.
    pub hs: bool,
    /// Numbers per artist, 1 to [`MAX_VECTOR_SIZE`].
    pub vector_size: usize,
    /// The farthest context artist, in places before and after the target.
    pub window: usize,
    /// Draw every target's window uniformly from 1 to `window`.
    pub shrink_windows: bool,
    /// Predict from the mean of the context vectors instead of their sum; for CBOW.
    pub cbow_mean: bool,
    /// Negative samples a target, 0 to [`MAX_NEGATIVE`]; 0 is for hierarchical softmax alone.
    pub negative: usize,
    /// Negatives are drawn in proportion to mentions raised to this power.
    pub ns_exponent: f64,
    /// Passes over the corpus.
    pub epochs: Epochs,
    /// The first learning rate; it falls in a straight line over all mentions of each part of the epochs.
    /// [`StepFunction::default_alpha`] suits the step.
    pub alpha: f32,
    /// The last learning rate.
    pub min_alpha: f32,
    /// Artists that make up more than this share of all mentions are skipped at random; 0 skips none, and from 1 on it
    /// is a number of mentions, as in gensim.
    pub sample: f64,
    /// Artists with fewer mentions are left out.
    pub min_count: u32,
    /// Where there would be more artists, `min_count` is raised until there are not; 0 is no limit.
    pub max_final_vocab: u32,
    /// The same here, since the corpus is counted already; gensim limits its memory for counting. 0 is no limit.
    pub max_vocab_size: u32,
    /// Learn words of playlists' titles beside the artists, in the same space.
    pub title_words: bool,
    /// Words that stand in the titles of fewer playlists are left out.
    pub title_min_count: u32,
    /// Measure the loss of every epoch.
    pub compute_loss: bool,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads.
    pub workers: usize,
    /// Let threads take turns, so that the result does not depend on how many there are.
    pub deterministic: bool,
    /// The step function.
    pub step: StepFunction,
    /// What the batched and the tied step compute with.
    pub kernel: KernelChoice,
}

/// Those of [`StepFunction::Tied`].
impl Default for Settings {
    fn default() -> Self {
        Self::of(StepFunction::Tied)
    }
}

impl Settings {
    /// The defaults of a step: what measures best on the demo's playlists (docs/EVALUATION.md), related artists and
    /// continuation weighed alike, chosen on the validation side.
    ///
    /// Strong subsampling is what most sets Word2Vec apart from the original's settings; `tied` has its bias for that.
    pub fn of(step: StepFunction) -> Self {
        let word2vec = Self {
            sg: false,
            hs: false,
            vector_size: 100,
            window: 50,
            shrink_windows: true,
            cbow_mean: true,
            negative: 50,
            ns_exponent: 0.75,
            epochs: 30.into(),
            alpha: step.default_alpha(),
            min_alpha: 0.0001,
            sample: 1e-5,
            min_count: 5,
            max_final_vocab: 0,
            max_vocab_size: 0,
            title_words: true,
            title_min_count: 5,
            compute_loss: true,
            seed: 1,
            workers: 1,
            deterministic: false,
            step,
            kernel: KernelChoice::Auto,
        };
        match step {
            StepFunction::Tied => Self { negative: 256, ns_exponent: 0.5, epochs: 20.into(), sample: 0.0, ..word2vec },
            StepFunction::Batched | StepFunction::Reference => word2vec,
        }
    }
}

/// What means nothing to [`StepFunction::Tied`].
const WINDOWED: [&str; 5] = ["sg", "hs", "window", "shrink-windows", "cbow-mean"];

/// A parameter of training: its name on the command line and in files, and what it may be.
#[derive(Debug)]
pub struct Parameter {
    /// The name, such as `vector-size`.
    pub name: &'static str,
    /// What it may be, in words that follow "must be".
    pub range: &'static str,
    get: fn(&Settings) -> Value,
    /// `None` where the value is of another type or too large for it.
    set: fn(&mut Settings, &Value) -> Option<()>,
    valid: fn(&Settings) -> bool,
}

/// All parameters, in the order in which people think of them. `step` stands first: the default `alpha` depends on it.
pub static PARAMETERS: [Parameter; 23] = [
    Parameter {
        name: "step",
        range: "\"tied\", \"batched\" or \"reference\"",
        get: |settings| settings.step.name().into(),
        set: |settings, value| {
            let name = value.as_str()?;
            settings.step = StepFunction::ALL.into_iter().find(|step| step.name() == name)?;
            Some(())
        },
        valid: |_| true,
    },
    Parameter {
        name: "sg",
        range: "0 (CBOW) or 1 (skip-gram)",
        get: |settings| u32::from(settings.sg).into(),
        set: |settings, value| assign(&mut settings.sg, switch(value)),
        valid: |_| true,
    },
    Parameter {
        name: "hs",
        range: "0 or 1",
        get: |settings| u32::from(settings.hs).into(),
        set: |settings, value| assign(&mut settings.hs, switch(value)),
        valid: |_| true,
    },
    Parameter {
        name: "vector-size",
        range: "a whole number from 1 to 4096",
        get: |settings| whole(settings.vector_size as u64),
        set: |settings, value| assign(&mut settings.vector_size, integer(value)),
        valid: |settings| (1..=MAX_VECTOR_SIZE).contains(&settings.vector_size),
    },
    Parameter {
        name: "window",
        range: "a whole number from 1 to 1073741824",
        get: |settings| whole(settings.window as u64),
        set: |settings, value| assign(&mut settings.window, integer(value)),
        valid: |settings| (1..=MAX_WINDOW).contains(&settings.window),
    },
    Parameter {
        name: "shrink-windows",
        range: "true or false",
        get: |settings| settings.shrink_windows.into(),
        set: |settings, value| assign(&mut settings.shrink_windows, switch(value)),
        valid: |_| true,
    },
    Parameter {
        name: "cbow-mean",
        range: "0 (sum) or 1 (mean)",
        get: |settings| u32::from(settings.cbow_mean).into(),
        set: |settings, value| assign(&mut settings.cbow_mean, switch(value)),
        valid: |_| true,
    },
    Parameter {
        name: "negative",
        range: "a whole number from 0 to 10000",
        get: |settings| whole(settings.negative as u64),
        set: |settings, value| assign(&mut settings.negative, integer(value)),
        valid: |settings| settings.negative <= MAX_NEGATIVE,
    },
    Parameter {
        name: "ns-exponent",
        range: "a number from -4 to 4",
        get: |settings| settings.ns_exponent.into(),
        set: |settings, value| assign(&mut settings.ns_exponent, float(value)),
        valid: |settings| settings.ns_exponent.is_finite() && settings.ns_exponent.abs() <= 4.0,
    },
    Parameter {
        name: "epochs",
        range: "a whole number from 1 to 4294967295, or a sum of such, such as \"5+50\"",
        get: |settings| match settings.epochs.parts() {
            &[epochs] => whole(epochs.into()),
            _ => settings.epochs.to_string().into(),
        },
        set: |settings, value| {
            let epochs = value.as_str().map(|sum| sum.parse().ok());
            assign(&mut settings.epochs, epochs.unwrap_or_else(|| integer::<u32>(value).map(Epochs::from)))
        },
        valid: |settings| settings.epochs.is_sound(),
    },
    Parameter {
        name: "alpha",
        range: "a number above 0",
        get: |settings| number(settings.alpha),
        set: |settings, value| assign(&mut settings.alpha, float(value).map(|alpha| alpha as f32)),
        valid: |settings| settings.alpha.is_finite() && settings.alpha > 0.0,
    },
    Parameter {
        name: "min-alpha",
        range: "a number from 0 to alpha",
        get: |settings| number(settings.min_alpha),
        set: |settings, value| assign(&mut settings.min_alpha, float(value).map(|alpha| alpha as f32)),
        valid: |settings| (0.0..=settings.alpha).contains(&settings.min_alpha),
    },
    Parameter {
        name: "sample",
        range: "a number from 0",
        get: |settings| settings.sample.into(),
        set: |settings, value| assign(&mut settings.sample, float(value)),
        valid: |settings| settings.sample.is_finite() && settings.sample >= 0.0,
    },
    Parameter {
        name: "min-count",
        range: "a whole number from 0 to 4294967295",
        get: |settings| whole(settings.min_count.into()),
        set: |settings, value| assign(&mut settings.min_count, integer(value)),
        valid: |_| true,
    },
    Parameter {
        name: "max-final-vocab",
        range: "a whole number from 0 to 4294967295",
        get: |settings| whole(settings.max_final_vocab.into()),
        set: |settings, value| assign(&mut settings.max_final_vocab, integer(value)),
        valid: |_| true,
    },
    Parameter {
        name: "max-vocab-size",
        range: "a whole number from 0 to 4294967295",
        get: |settings| whole(settings.max_vocab_size.into()),
        set: |settings, value| assign(&mut settings.max_vocab_size, integer(value)),
        valid: |_| true,
    },
    Parameter {
        name: "title-words",
        range: "true or false",
        get: |settings| settings.title_words.into(),
        set: |settings, value| assign(&mut settings.title_words, switch(value)),
        valid: |_| true,
    },
    Parameter {
        name: "title-min-count",
        range: "a whole number from 1 to 4294967295",
        get: |settings| whole(settings.title_min_count.into()),
        set: |settings, value| assign(&mut settings.title_min_count, integer(value)),
        valid: |settings| settings.title_min_count >= 1,
    },
    Parameter {
        name: "compute-loss",
        range: "true or false",
        get: |settings| settings.compute_loss.into(),
        set: |settings, value| assign(&mut settings.compute_loss, switch(value)),
        valid: |_| true,
    },
    Parameter {
        name: "seed",
        range: "a whole number from 0 to 9223372036854775807",
        get: |settings| whole(settings.seed),
        set: |settings, value| assign(&mut settings.seed, integer(value)),
        valid: |settings| i64::try_from(settings.seed).is_ok(),
    },
    Parameter {
        name: "workers",
        range: "a whole number from 1 to 1024",
        get: |settings| whole(settings.workers as u64),
        set: |settings, value| assign(&mut settings.workers, integer(value)),
        valid: |settings| (1..=1024).contains(&settings.workers),
    },
    Parameter {
        name: "kernel",
        range: "\"auto\", \"avx512-bf16\", \"avx512\", \"avx2\", \"neon\" or \"portable\"",
        get: |settings| settings.kernel.name().into(),
        set: |settings, value| {
            let name = value.as_str()?;
            settings.kernel = KernelChoice::ALL.into_iter().find(|kernel| kernel.name() == name)?;
            Some(())
        },
        valid: |_| true,
    },
    Parameter {
        name: "deterministic",
        range: "true or false",
        get: |settings| settings.deterministic.into(),
        set: |settings, value| assign(&mut settings.deterministic, switch(value)),
        valid: |_| true,
    },
];

/// All names of [`PARAMETERS`] in a row, for messages.
pub fn parameter_names() -> String {
    PARAMETERS.iter().map(|parameter| parameter.name).collect::<Vec<_>>().join(", ")
}

fn assign<T>(field: &mut T, value: Option<T>) -> Option<()> {
    *field = value?;
    Some(())
}

/// gensim writes some switches as numbers and some as truths: both are understood.
fn switch(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(on) => Some(*on),
        Value::Integer(0) => Some(false),
        Value::Integer(1) => Some(true),
        _ => None,
    }
}

fn integer<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    value.as_integer()?.try_into().ok()
}

fn float(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64))
}

fn whole(number: u64) -> Value {
    i64::try_from(number).unwrap_or(i64::MAX).into()
}

/// The shortest decimal number that stands for `number`: 0.015, not 0.014999999664723873.
fn number(number: f32) -> Value {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number)).into()
}

impl Settings {
    /// The defaults of a step, with what was chosen in their place, under the names of [`PARAMETERS`].
    ///
    /// The step is the default one unless chosen, or `batched` where something is chosen that the default one does not
    /// know, such as a window. `min-alpha` never stands above `alpha` unless chosen.
    ///
    /// # Errors
    /// [`TrainingError::UnknownSetting`], [`TrainingError::Setting`] where a value has the wrong type or is out of range,
    /// [`TrainingError::NotOfStep`], and [`TrainingError::NoObjective`].
    pub fn from_table(chosen: &Table) -> Result<Self, TrainingError> {
        if let Some(name) = chosen.keys().find(|name| !PARAMETERS.iter().any(|parameter| parameter.name == *name)) {
            return Err(TrainingError::UnknownSetting { name: name.clone() });
        }
        let windowed = WINDOWED.into_iter().find(|name| chosen.contains_key(*name));
        let mut settings = if windowed.is_some() { Self::of(StepFunction::Batched) } else { Self::default() };
        for parameter in &PARAMETERS {
            if let Some(value) = chosen.get(parameter.name) {
                (parameter.set)(&mut settings, value)
                    .ok_or(TrainingError::Setting { name: parameter.name, range: parameter.range })?;
            }
            if parameter.name == "step" {
                settings = Self::of(settings.step);
            }
            if parameter.name == "alpha" {
                settings.min_alpha = settings.min_alpha.min(settings.alpha);
            }
        }
        if let Some(name) = windowed
            && settings.step == StepFunction::Tied
        {
            return Err(TrainingError::NotOfStep { name });
        }
        settings.check()?;
        Ok(settings)
    }

    /// All settings that the step knows under the names of [`PARAMETERS`]: what [`Self::from_table`] makes them of, and what
    /// a file holds.
    pub fn to_table(&self) -> Table {
        self.known().map(|parameter| (parameter.name.to_owned(), (parameter.get)(self))).collect()
    }

    fn known(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        let tied = self.step == StepFunction::Tied;
        PARAMETERS.iter().filter(move |parameter| !tied || !WINDOWED.contains(&parameter.name))
    }

    /// Checks every range, and that there is an objective.
    ///
    /// # Errors
    /// [`TrainingError::Setting`] naming the first setting out of range, and [`TrainingError::NoObjective`].
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        match PARAMETERS.iter().find(|parameter| !(parameter.valid)(self)) {
            Some(parameter) => Err(TrainingError::Setting { name: parameter.name, range: parameter.range }),
            None if self.negative == 0 && self.step == StepFunction::Tied => {
                Err(TrainingError::Setting { name: "negative", range: "1 or more for the tied step" })
            }
            None if self.negative == 0 && !self.hs => Err(TrainingError::NoObjective),
            None => Ok(()),
        }
    }

    /// Records all settings.
    pub(super) fn record(&self) -> Step {
        self.known().fold(Step::new("train"), |step, parameter| match (parameter.get)(self) {
            Value::String(text) => step.setting(parameter.name, text),
            Value::Float(number) => step.setting(parameter.name, number),
            value => step.setting(parameter.name, value),
        })
    }
}

/// Reads what a settings file (TOML, `name = value` a line, names as on the command line) chooses. It need not name
/// all, but must make sense alone.
///
/// # Errors
/// [`TextFileError`] with the line: unknown names, wrong types, values out of range, and what is no TOML.
pub fn read_settings(path: &Path) -> Result<Table, TextFileError> {
    let text = TextFileError::read(path)?;
    let fail = |at, reason| TextFileError::content(path, &text, at, reason);
    let entries: BTreeMap<Spanned<String>, Value> = toml::from_str(&text)
        .map_err(|error| fail(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    let places: BTreeMap<&str, usize> =
        entries.keys().map(|name| (name.get_ref().as_str(), name.span().start)).collect();
    let chosen: Table = entries.iter().map(|(name, value)| (name.get_ref().clone(), value.clone())).collect();
    if let Err(error) = Settings::from_table(&chosen) {
        let name = match &error {
            TrainingError::Setting { name, .. } | TrainingError::NotOfStep { name } => name,
            TrainingError::UnknownSetting { name } => name.as_str(),
            TrainingError::NoObjective => "negative",
            _ => "",
        };
        return Err(fail(places.get(name).copied().unwrap_or(0), error.to_string()));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Table, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        read_settings(&path).map_err(|error| error.to_string().replace(&directory.path().display().to_string(), "DIR"))
    }

    #[test]
    fn all_settings_come_back_from_a_file() {
        let settings = Settings {
            sg: true,
            hs: true,
            negative: 0,
            epochs: "5+50".parse().unwrap(),
            max_final_vocab: 1000,
            max_vocab_size: u32::MAX,
            compute_loss: false,
            deterministic: true,
            vector_size: 7,
            alpha: 0.0123,
            min_alpha: 0.0,
            sample: 0.0,
            ns_exponent: -0.5,
            cbow_mean: false,
            seed: i64::MAX as u64,
            step: StepFunction::Reference,
            ..Settings::default()
        };
        for settings in [settings, Settings::of(StepFunction::Batched), Settings::default()] {
            let file = toml::to_string(&settings.to_table()).unwrap();
            assert!(!file.contains("0.01499"), "{file}");
            assert_eq!(Settings::from_table(&read(&file).unwrap()).unwrap(), settings);
        }
        assert_eq!(Settings::from_table(&Table::new()).unwrap(), Settings::default());
    }

    #[test]
    fn rates_follow_the_step_unless_chosen() {
        let rates = |text: &str| {
            let settings = Settings::from_table(&read(text).unwrap()).unwrap();
            (settings.alpha, settings.min_alpha)
        };
        assert_eq!(rates("step = \"reference\""), (0.025, 0.0001));
        assert_eq!(rates("step = \"reference\"\nalpha = 0.1\nmin-alpha = 0.05"), (0.1, 0.05));
        assert_eq!(rates("window = 3"), (0.015, 0.0001));
        assert_eq!(rates(""), (0.2, 0.0001));
        assert_eq!(rates("alpha = 0.00001"), (0.000_01, 0.000_01));
        assert_eq!(rates("alpha = 1"), (1.0, 0.0001));
    }

    #[test]
    fn switches_are_numbers_or_truths_and_one_part_a_number() {
        let read = |text: &str| Settings::from_table(&read(text).unwrap()).unwrap();
        let numbers = read("sg = 1\nhs = 1\ncbow-mean = 0\nshrink-windows = 0\ncompute-loss = 0\nepochs = \"3\"");
        let truths =
            read("sg = true\nhs = true\ncbow-mean = false\nshrink-windows = false\ncompute-loss = false\nepochs = 3");
        assert_eq!(numbers, truths);
        let table = numbers.to_table();
        assert_eq!((&table["sg"], &table["shrink-windows"], &table["epochs"]), (&1.into(), &false.into(), &3.into()));
    }

    #[test]
    fn wrong_files_are_explained_with_their_place() {
        for (text, message) in [
            (
                "window = 5\nvector_size = 10\n",
                "DIR/settings.toml, line 2: there is no parameter vector_size; the parameters are step, sg, hs,",
            ),
            ("\n\nwindow = 0", "line 3: window must be a whole number from 1 to 1073741824"),
            ("window = \"five\"", "line 1: window must be a whole number"),
            ("window = 5.5", "line 1: window must be a whole number"),
            ("cbow-mean = 2", "line 1: cbow-mean must be 0 (sum) or 1 (mean)"),
            ("sg = \"skip-gram\"", "line 1: sg must be 0 (CBOW) or 1 (skip-gram)"),
            ("window = 5\nnegative = 0", "line 2: negative is 0 and hs is 0, so there is nothing to learn from"),
            ("epochs = \"5+\"", "line 1: epochs must be a whole number from 1 to 4294967295, or a sum"),
            ("epochs = \"5+0\"", "line 1: epochs must be a whole number from 1"),
            ("max-final-vocab = -1", "line 1: max-final-vocab must be a whole number from 0"),
            ("step = \"newton\"", "line 1: step must be \"tied\", \"batched\" or \"reference\""),
            ("window = 3\nstep = \"tied\"", "line 1: window means nothing to the tied step"),
            ("alpha = nan", "line 1: alpha must be a number above 0"),
            ("alpha = 0.01\nmin-alpha = 0.02", "line 2: min-alpha must be a number from 0 to alpha"),
            ("seed = -1", "line 1: seed must be a whole number from 0 to 9223372036854775807"),
            ("epochs = 4294967296", "line 1: epochs must be a whole number from 1 to 4294967295"),
            ("window = 5\nwindow = 6", "line 2: duplicate key"),
            ("window = 5\n\n=", "line 3: "),
            ("[space]\nwindow = 5", "line 1: there is no parameter space"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
        let error = read_settings(Path::new("no/such.toml")).unwrap_err().to_string();
        assert!(error.starts_with("no/such.toml: cannot read"), "{error}");
    }
}
