//! What a user may set, under gensim's names, and which values make sense.
//!
//! Owns the settings, their ranges, their record in the provenance and their file. Knows nothing of how they are used.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Spanned, Table, Value};

use super::TrainingError;
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
    /// One target at a time, gensim's update, plain gradient descent: the yardstick.
    Reference,
    /// The same update for targets that share negatives and context sums: many times as fast.
    Batched,
}

impl StepFunction {
    /// All step functions.
    pub const ALL: [Self; 2] = [Self::Batched, Self::Reference];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Batched => "batched",
        }
    }

    /// The first learning rate where the user gives none.
    ///
    /// gensim's for `reference`. A little less for `batched`, whose targets of different playlists do not see each
    /// other's latest changes and so go a little too far: at the original's settings every measure is better with it
    /// (benches/gensim/README.md).
    pub fn default_alpha(self) -> f32 {
        match self {
            Self::Reference => 0.025,
            Self::Batched => 0.015,
        }
    }
}

/// All parameters of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Numbers per artist, 1 to [`MAX_VECTOR_SIZE`].
    pub vector_size: usize,
    /// The farthest context artist, in places before and after the target.
    pub window: usize,
    /// Negative samples a target, 1 to [`MAX_NEGATIVE`].
    pub negative: usize,
    /// Passes over the corpus.
    pub epochs: u32,
    /// Threads.
    pub workers: usize,
    /// The first learning rate; it falls in a straight line over all mentions. [`StepFunction::default_alpha`] suits
    /// the step.
    pub alpha: f32,
    /// The last learning rate.
    pub min_alpha: f32,
    /// Artists that make up more than this share of all mentions are skipped at random; 0 skips none, and from 1 on it
    /// is a number of mentions, as in gensim.
    pub sample: f64,
    /// Negatives are drawn in proportion to mentions raised to this power.
    pub ns_exponent: f64,
    /// Artists with fewer mentions are left out.
    pub min_count: u32,
    /// Draw every target's window uniformly from 1 to `window`.
    pub shrink_windows: bool,
    /// Predict from the mean of the context vectors instead of their sum.
    pub cbow_mean: bool,
    /// Seed of everything random.
    pub seed: u64,
    /// The step function.
    pub step: StepFunction,
}

/// What measures best on the demo's playlists (docs/EVALUATION.md): related artists and continuation weighed alike, chosen on
/// the validation side. Strong subsampling is what most sets it apart from the original's settings.
impl Default for Settings {
    fn default() -> Self {
        Self {
            vector_size: 100,
            window: 50,
            negative: 50,
            epochs: 30,
            workers: 1,
            alpha: StepFunction::Batched.default_alpha(),
            min_alpha: 0.0001,
            sample: 1e-5,
            ns_exponent: 0.75,
            min_count: 5,
            shrink_windows: true,
            cbow_mean: true,
            seed: 1,
            step: StepFunction::Batched,
        }
    }
}

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
pub static PARAMETERS: [Parameter; 14] = [
    Parameter {
        name: "step",
        range: "\"batched\" or \"reference\"",
        get: |settings| settings.step.name().into(),
        set: |settings, value| {
            let name = value.as_str()?;
            settings.step = StepFunction::ALL.into_iter().find(|step| step.name() == name)?;
            Some(())
        },
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
        name: "negative",
        range: "a whole number from 1 to 10000",
        get: |settings| whole(settings.negative as u64),
        set: |settings, value| assign(&mut settings.negative, integer(value)),
        valid: |settings| (1..=MAX_NEGATIVE).contains(&settings.negative),
    },
    Parameter {
        name: "epochs",
        range: "a whole number from 1 to 4294967295",
        get: |settings| whole(settings.epochs.into()),
        set: |settings, value| assign(&mut settings.epochs, integer(value)),
        valid: |settings| settings.epochs >= 1,
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
        name: "ns-exponent",
        range: "a number from -4 to 4",
        get: |settings| settings.ns_exponent.into(),
        set: |settings, value| assign(&mut settings.ns_exponent, float(value)),
        valid: |settings| settings.ns_exponent.is_finite() && settings.ns_exponent.abs() <= 4.0,
    },
    Parameter {
        name: "min-count",
        range: "a whole number from 0 to 4294967295",
        get: |settings| whole(settings.min_count.into()),
        set: |settings, value| assign(&mut settings.min_count, integer(value)),
        valid: |_| true,
    },
    Parameter {
        name: "shrink-windows",
        range: "true or false",
        get: |settings| settings.shrink_windows.into(),
        set: |settings, value| assign(&mut settings.shrink_windows, value.as_bool()),
        valid: |_| true,
    },
    Parameter {
        name: "cbow-mean",
        range: "true or false",
        get: |settings| settings.cbow_mean.into(),
        set: |settings, value| assign(&mut settings.cbow_mean, value.as_bool()),
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
];

/// All names of [`PARAMETERS`] in a row, for messages.
pub fn parameter_names() -> String {
    PARAMETERS.iter().map(|parameter| parameter.name).collect::<Vec<_>>().join(", ")
}

fn assign<T>(field: &mut T, value: Option<T>) -> Option<()> {
    *field = value?;
    Some(())
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
    /// The defaults, with what was chosen in their place, under the names of [`PARAMETERS`].
    ///
    /// Where the step is chosen and `alpha` is not, it becomes that step's own; `min-alpha` never stands above it
    /// unless chosen.
    ///
    /// # Errors
    /// [`TrainingError::UnknownSetting`], and [`TrainingError::Setting`] where a value has the wrong type or is out of
    /// range.
    pub fn from_table(chosen: &Table) -> Result<Self, TrainingError> {
        if let Some(name) = chosen.keys().find(|name| !PARAMETERS.iter().any(|parameter| parameter.name == *name)) {
            return Err(TrainingError::UnknownSetting { name: name.clone() });
        }
        let mut settings = Self::default();
        for parameter in &PARAMETERS {
            if let Some(value) = chosen.get(parameter.name) {
                (parameter.set)(&mut settings, value)
                    .ok_or(TrainingError::Setting { name: parameter.name, range: parameter.range })?;
            }
            if parameter.name == "step" {
                settings.alpha = settings.step.default_alpha();
            }
            if parameter.name == "alpha" {
                settings.min_alpha = settings.min_alpha.min(settings.alpha);
            }
        }
        settings.check()?;
        Ok(settings)
    }

    /// All settings under the names of [`PARAMETERS`]: what [`Self::from_table`] makes them of, and what a file holds.
    pub fn to_table(&self) -> Table {
        PARAMETERS.iter().map(|parameter| (parameter.name.to_owned(), (parameter.get)(self))).collect()
    }

    /// Checks every range.
    ///
    /// # Errors
    /// [`TrainingError::Setting`] naming the first setting out of range.
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        match PARAMETERS.iter().find(|parameter| !(parameter.valid)(self)) {
            Some(parameter) => Err(TrainingError::Setting { name: parameter.name, range: parameter.range }),
            None => Ok(()),
        }
    }

    /// Records all settings.
    pub(super) fn record(&self) -> Step {
        PARAMETERS.iter().fold(Step::new("train"), |step, parameter| match (parameter.get)(self) {
            Value::String(text) => step.setting(parameter.name, text),
            Value::Float(number) => step.setting(parameter.name, number),
            value => step.setting(parameter.name, value),
        })
    }
}

/// Reads what a settings file (TOML, `name = value` a line, names as on the command line) chooses; it need not name
/// all.
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
            TrainingError::Setting { name, .. } => name,
            TrainingError::UnknownSetting { name } => name.as_str(),
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
        for settings in [settings, Settings::default()] {
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
        assert_eq!(rates("alpha = 0.00001"), (0.000_01, 0.000_01));
        assert_eq!(rates("alpha = 1"), (1.0, 0.0001));
    }

    #[test]
    fn wrong_files_are_explained_with_their_place() {
        for (text, message) in [
            (
                "window = 5\nvector_size = 10\n",
                "DIR/settings.toml, line 2: there is no parameter vector_size; the parameters are step, vector-size,",
            ),
            ("\n\nwindow = 0", "line 3: window must be a whole number from 1 to 1073741824"),
            ("window = \"five\"", "line 1: window must be a whole number"),
            ("window = 5.5", "line 1: window must be a whole number"),
            ("cbow-mean = 1", "line 1: cbow-mean must be true or false"),
            ("step = \"newton\"", "line 1: step must be \"batched\" or \"reference\""),
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
