//! What is compared: models, packs and other programs' vectors, brought to the artists that all of them know.
//!
//! Owns how an input is named and told apart, and the choice of the roster. The files belong to `training`, `export`
//! and `convert`.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Centring, Roster, Vectors};
use crate::catalog::metadata::{Provenance, Step};
use crate::catalog::sha256_hex;
use crate::convert::{self, ConvertError, Known, Matrix};
use crate::corpus::{Artists, Corpus};
use crate::export::{self, OpenError};
use crate::files::{self, ArtefactError, FileError};
use crate::training::{Model, TitleWords};

/// An input cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The model.
    #[error(transparent)]
    Model(#[from] ArtefactError),
    /// The pack.
    #[error(transparent)]
    Pack(#[from] OpenError),
    /// Another program's vectors.
    #[error(transparent)]
    Vectors(#[from] ConvertError),
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// The ending names nothing that has vectors.
    #[error(
        "{path}: unknown ending; compared are models (.a2m), packs (their folder or manifest) and other \
         programs' vectors (.bin, .txt, .npy and what else convert reads)",
        path = path.display()
    )]
    UnknownKind {
        /// The file.
        path: PathBuf,
    },
    /// A corpus has no vectors.
    #[error("{path}: a corpus has no vectors; name it with --corpus or --held-out", path = path.display())]
    Corpus {
        /// The file.
        path: PathBuf,
    },
    /// Input and output vectors do not belong together.
    #[error(
        "{output}: these output vectors do not belong to {input}: {reason}. Write both from the same model, artists in the \
         same order",
        input = input.display(), output = output.display()
    )]
    Pair {
        /// The input vectors' file.
        input: PathBuf,
        /// The output vectors' file.
        output: PathBuf,
        /// What differs.
        reason: String,
    },
    /// No artist of it can be compared with another.
    #[error(
        "{path}: no artist can be told from the others, since all vectors are zero or the same: is it a finished \
         training's file?",
        path = path.display()
    )]
    NoDirection {
        /// The file.
        path: PathBuf,
    },
    /// Two inputs have the same name.
    #[error("two inputs are called {name:?}: label them, as in NAME=PATH")]
    SameName {
        /// The name.
        name: String,
    },
    /// The inputs share no artist.
    #[error(
        "no artist is in all of what is compared ({}): artists are matched by id, else by name; are these of the same \
         collection?",
        names.join(", ")
    )]
    NothingCommon {
        /// What was compared.
        names: Vec<String>,
    },
}

/// What an input came as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// This program's model, at full precision.
    Model,
    /// A pack's 8-bit codes, as they are.
    Pack,
    /// Another program's vectors.
    Vectors,
}

/// Vectors and their artists, in the input's own order.
#[derive(Clone, Debug)]
pub struct Input {
    /// The name in tables.
    pub name: String,
    /// Where it was read, as it was named.
    pub source: String,
    /// What it came as.
    pub kind: InputKind,
    /// SHA-256 of the file (of the pack, where a folder was named), 64 hexadecimal digits.
    pub sha256: String,
    /// Its artists.
    pub artists: Artists,
    /// One vector an artist.
    pub vectors: Vectors,
    /// Words of titles in the same space, as they were learned; none but in a model.
    pub words: TitleWords,
    /// Where it comes from, as far as the file says.
    pub provenance: Provenance,
}

impl Input {
    /// A model that is in memory.
    pub fn of_model(name: &str, model: &Model, centring: Centring) -> Self {
        let output = model.output_vectors().0.into_owned();
        let mut vectors = Vectors::new(name, model.dimensions, model.input.clone(), output, centring.of(model));
        if !model.bias.is_empty() {
            vectors = vectors.with_bias(&model.input, model.bias.clone());
        }
        Self {
            name: name.to_owned(),
            source: String::new(),
            kind: InputKind::Model,
            sha256: String::new(),
            artists: model.artists.clone(),
            vectors,
            words: model.words.clone(),
            provenance: model.provenance.clone(),
        }
    }

    /// Artists whose vector is zero or not finite.
    pub fn without_direction(&self) -> usize {
        (0..self.artists.len() as u32).filter(|&artist| !self.vectors.has_direction(artist)).count()
    }

    /// The settings of the training, where the file knows them.
    fn training(&self) -> Option<&Step> {
        self.provenance.steps.iter().find(|step| step.command == "train")
    }

    /// How two inputs hang together, where their provenance says so.
    pub(super) fn relation(&self, other: &Self) -> Option<Kinship> {
        let (a, b) = (self.training()?, other.training()?);
        let digest = &self.provenance.corpus.digest;
        if digest.is_empty() || *digest != other.provenance.corpus.digest {
            return None;
        }
        if a == b {
            let packed = (self.kind == InputKind::Pack) != (other.kind == InputKind::Pack);
            return packed.then_some(Kinship::Quantisation);
        }
        let without_seed = |step: &Step| {
            let settings = step.settings.iter().filter(|setting| !matches!(setting.name.as_str(), "seed" | "workers"));
            settings.cloned().collect::<Vec<_>>()
        };
        let seed = |step: &Step| step.settings.iter().find(|setting| setting.name == "seed").cloned();
        (without_seed(a) == without_seed(b) && seed(a) != seed(b)).then_some(Kinship::Seed)
    }
}

/// How two inputs hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kinship {
    /// The same training with another seed: their agreement is the training's stability.
    Seed,
    /// A pack and the model it was made of: their agreement is what quantisation left.
    Quantisation,
}

/// Reads what a user names: `PATH`, or `NAME=PATH` to give it another name than the file's.
///
/// A path is a model (`.a2m`), a pack (its folder or its manifest) or another program's vectors (all that
/// [`convert::read_vectors`] reads). The latter may be `INPUT,OUTPUT`: two files of the same words in the same order,
/// input and output vectors. Packs are taken as they are, since they were centred when they were made; everything else
/// is centred as `centring` says.
///
/// # Errors
/// [`InputError`] where a file cannot be read, is damaged, or is no vectors.
pub fn read_input(text: &str, centring: Centring) -> Result<Input, InputError> {
    // A path may hold the sign too: what stands before it is a name only where it looks like none.
    let is_label = |label: &str| !label.is_empty() && !label.contains([',', '/', '\\']);
    let (label, place) = match text.split_once('=') {
        Some((label, place)) if is_label(label) && !Path::new(text).exists() => (Some(label), place),
        _ => (None, text),
    };
    let pair = place.split_once(',').filter(|_| !Path::new(place).exists());
    let path = Path::new(pair.map_or(place, |(input, _)| input));
    let file_name = path.file_stem().or(path.file_name()).unwrap_or(path.as_os_str()).to_string_lossy();
    let name = label.map_or_else(|| file_name.into_owned(), str::to_owned);
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let input = if path.is_dir() || matches!(ending, "a2v" | "json") {
        read_pack(&name, place, path)?
    } else {
        read_model(&name, place, path, pair.map(|(_, output)| Path::new(output)), ending, centring)?
    };
    if input.without_direction() == input.artists.len() {
        return Err(InputError::NoDirection { path: path.to_owned() });
    }
    Ok(input)
}

fn read_model(
    name: &str,
    place: &str,
    path: &Path,
    output: Option<&Path>,
    ending: &str,
    centring: Centring,
) -> Result<Input, InputError> {
    let (model, kind) = match ending {
        "a2m" => (Model::read(path)?, InputKind::Model),
        _ if convert::is_vectors(path) => (read_foreign(path, output)?, InputKind::Vectors),
        "a2c" => return Err(InputError::Corpus { path: path.to_owned() }),
        _ => return Err(InputError::UnknownKind { path: path.to_owned() }),
    };
    let sha256 = sha256_hex(files::read_aligned(path)?.as_slice());
    Ok(Input { source: place.to_owned(), kind, sha256, ..Input::of_model(name, &model, centring) })
}

fn read_pack(name: &str, place: &str, path: &Path) -> Result<Input, InputError> {
    let pack = export::open_pack(path)?;
    let all = 0..pack.len() as u32;
    let mut input = pack.vectors();
    // Where it recommends by more than directions: vectors as long as training made them, their axes weighted, and a bias.
    let biased = pack.has_biases();
    if biased {
        for (row, artist) in input.chunks_exact_mut(pack.dimensions().max(1)).zip(all.clone()) {
            row.iter_mut().for_each(|x| *x *= pack.trained_length(artist));
        }
    }
    let bias = if biased { all.clone().map(|artist| pack.bias(artist)).collect() } else { Vec::new() };
    let artists = Artists {
        names: all.clone().map(|artist| pack.name(artist).to_owned()).collect(),
        ids: all.map(|artist| pack.stable_id(artist).to_owned()).collect(),
        mentions: pack.mentions().to_vec(),
    };
    let model = Model {
        artists,
        dimensions: pack.dimensions(),
        input,
        output: Vec::new(),
        weights: if biased { pack.axis_weights().to_vec() } else { Vec::new() },
        bias,
        words: TitleWords::default(),
        squares: Vec::new(),
        provenance: pack.metadata().provenance.clone(),
    };
    Ok(Input {
        source: place.to_owned(),
        kind: InputKind::Pack,
        sha256: pack.manifest().digest(),
        ..Input::of_model(name, &model, Centring::None)
    })
}

fn read_foreign(path: &Path, output: Option<&Path>) -> Result<Model, InputError> {
    let mut model = convert::read_vectors(path, Matrix::Input, Known::Nothing)?;
    let Some(output) = output else { return Ok(model) };
    let other = convert::read_vectors(output, Matrix::Input, Known::Nothing)?;
    let differ = |reason: String| Err(InputError::Pair { input: path.to_owned(), output: output.to_owned(), reason });
    if model.dimensions != other.dimensions {
        return differ(format!("{} numbers an artist against {}", other.dimensions, model.dimensions));
    }
    if model.artists.len() != other.artists.len() {
        return differ(format!("{} artists against {}", other.artists.len(), model.artists.len()));
    }
    let names = model.artists.names.iter().zip(&other.artists.names);
    if let Some((place, (name, other))) = names.enumerate().find(|(_, (a, b))| a != b) {
        return differ(format!("artist {} is {other:?} against {name:?}", place + 1));
    }
    model.output = other.input;
    Ok(model)
}

/// The artists that everything compared knows, and each input's vectors for them.
#[derive(Clone, Debug)]
pub struct Common {
    /// The artists, in the order of the corpus where there is one, else of the first input.
    pub roster: Roster,
    /// One set of vectors an input, in the roster's order.
    pub vectors: Vec<Vectors>,
}

impl Common {
    /// Finds the artists that all inputs and, where there is one, the corpus know; by id, else by folded name, each at
    /// most once.
    ///
    /// # Errors
    /// [`InputError`] where there is no such artist, or where two inputs have the same name.
    pub fn of(inputs: &[Input], corpus: Option<&Corpus>) -> Result<Self, InputError> {
        for (i, input) in inputs.iter().enumerate() {
            if inputs[..i].iter().any(|other| other.name == input.name) {
                return Err(InputError::SameName { name: input.name.clone() });
            }
        }
        let nothing_common = || {
            let corpus = corpus.map(|_| "the corpus".to_owned());
            InputError::NothingCommon { names: inputs.iter().map(|input| input.name.clone()).chain(corpus).collect() }
        };
        let base = corpus.map(|corpus| &corpus.artists).or(inputs.first().map(|input| &input.artists));
        let base = base.ok_or_else(nothing_common)?;
        let rows: Vec<Vec<Option<u32>>> = inputs.iter().map(|input| places(base, &input.artists)).collect();
        let known: Vec<usize> = (0..base.len()).filter(|&i| rows.iter().all(|rows| rows[i].is_some())).collect();
        if known.is_empty() {
            return Err(nothing_common());
        }
        let artists = Artists {
            names: known.iter().map(|&i| base.names[i].clone()).collect(),
            ids: known.iter().map(|&i| base.ids[i].clone()).collect(),
            mentions: known.iter().map(|&i| base.mentions[i]).collect(),
        };
        let pick = |(input, rows): (&Input, Vec<Option<u32>>)| {
            let rows: Vec<u32> = known.iter().filter_map(|&i| rows[i]).collect();
            input.vectors.pick(&rows)
        };
        Ok(Self { roster: Roster::new(artists), vectors: inputs.iter().zip(rows).map(pick).collect() })
    }
}

/// Where each artist of `base` stands in `artists`; no place is given twice.
fn places(base: &Artists, artists: &Artists) -> Vec<Option<u32>> {
    if base == artists {
        return (0..base.len() as u32).map(Some).collect();
    }
    let roster = Roster::new(artists.clone());
    let mut taken = vec![false; artists.len()];
    let mut place = |(id, name): (&String, &String)| {
        let place = roster.find(id, name)?;
        (!std::mem::replace(&mut taken[place as usize], true)).then_some(place)
    };
    base.ids.iter().zip(&base.names).map(&mut place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(names: &[&str], ids: &[&str], provenance: Provenance) -> Model {
        Model {
            artists: Artists {
                names: names.iter().map(|&name| name.into()).collect(),
                ids: ids.iter().map(|&id| id.into()).collect(),
                mentions: (0..names.len() as u32).rev().collect(),
            },
            dimensions: 1,
            input: (1..=names.len() as u8).map(f32::from).collect(),
            output: Vec::new(),
            squares: Vec::new(),
            weights: Vec::new(),
            bias: Vec::new(),
            words: TitleWords::default(),
            provenance,
        }
    }

    fn input(name: &str, names: &[&str], ids: &[&str]) -> Input {
        Input::of_model(name, &model(names, ids, Provenance::default()), Centring::None)
    }

    #[test]
    fn the_roster_holds_what_all_know() {
        let first = input("a", &["A", "Prince", "Prince", "B", "C"], &["", "i:1", "i:2", "", ""]);
        // The second knows one Prince by id and one by name alone; no row serves twice.
        let second = input("b", &["c", "prince", "Prince", "b"], &["", "", "i:2", ""]);
        let common = Common::of(&[first.clone(), second.clone()], None).unwrap();
        assert_eq!(common.roster.artists.names, ["Prince", "Prince", "B", "C"]);
        assert_eq!(common.roster.artists.mentions, [3, 2, 1, 0]);
        let corpus = Corpus::in_memory(second.artists.clone(), &[vec![0, 1]], &[]);
        let common = Common::of(std::slice::from_ref(&first), Some(&corpus)).unwrap();
        assert_eq!(common.roster.artists.names, ["c", "prince", "Prince", "b"]);
        assert_eq!(common.roster.artists.mentions, second.artists.mentions);

        let stranger = input("s", &["X"], &[""]);
        let error = Common::of(&[first.clone(), stranger], None).unwrap_err().to_string();
        assert!(error.contains("(a, s)"), "{error}");
        let error = Common::of(&[first.clone(), first], None).unwrap_err().to_string();
        assert!(error.contains("NAME=PATH"), "{error}");
    }

    #[test]
    fn provenance_tells_who_is_kin() {
        let provenance = |digest: &str, seed: u32, window: u32| {
            let mut provenance = Provenance::default();
            provenance.corpus.digest = digest.into();
            provenance.steps.push(Step::new("train").setting("window", window).setting("seed", seed));
            provenance
        };
        let made = |provenance| Input::of_model("m", &model(&["A"], &[""], provenance), Centring::None);
        let one = made(provenance("d", 1, 5));
        assert_eq!(one.relation(&made(provenance("d", 2, 5))), Some(Kinship::Seed));
        let pack = Input { kind: InputKind::Pack, ..one.clone() };
        assert_eq!(one.relation(&pack), Some(Kinship::Quantisation));
        for other in [provenance("e", 2, 5), provenance("d", 2, 6), provenance("d", 1, 5), Provenance::default()] {
            assert_eq!(one.relation(&made(other)), None);
        }
        assert_eq!(made(Provenance::default()).relation(&made(Provenance::default())), None);
    }

    #[test]
    fn inputs_are_read_and_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let text = |name: &str| path(name).display().to_string();
        std::fs::write(path("v.txt"), "2 2\na 1 0\nb 0 0\n").unwrap();
        std::fs::write(path("o.txt"), "2 2\na 1 0\nb 0 1\n").unwrap();
        std::fs::write(path("x=y.txt"), "1 1\na 1\n").unwrap();
        let read = |place: &str| read_input(place, Centring::None);
        let plain = read(&text("v.txt")).unwrap();
        assert_eq!((plain.name.as_str(), plain.kind, plain.without_direction()), ("v", InputKind::Vectors, 1));
        assert!(plain.vectors.in_out().is_none() && plain.sha256.len() == 64);
        let pair = read(&format!("gensim={},{}", text("v.txt"), text("o.txt"))).unwrap();
        assert!(pair.name == "gensim" && pair.vectors.in_out().is_some());
        assert_eq!(read(&text("x=y.txt")).unwrap().name, "x=y");

        std::fs::write(path("short.txt"), "1 2\na 1 0\n").unwrap();
        std::fs::write(path("other.txt"), "2 2\na 1 0\nc 0 0\n").unwrap();
        for (output, message) in [
            ("x=y.txt", "1 numbers an artist against 2"),
            ("short.txt", "1 artists"),
            ("other.txt", "artist 2 is \"c\""),
        ] {
            let error = read(&format!("{},{}", text("v.txt"), text(output))).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
        for (name, message) in [("c.a2c", "--corpus"), ("x.wav", "unknown ending"), ("no.a2m", "cannot read")] {
            let error = read(&text(name)).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
