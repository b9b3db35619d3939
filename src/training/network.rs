//! What is learned: the matrices of a training, and the tables of the objectives that train them.
//!
//! Owns shapes and first values, and the way into a model and back. Knows nothing of playlists, and of how a step changes
//! the weights.

use std::collections::HashMap;

use super::huffman::Huffman;
use super::matrix::Matrix;
use super::sampling::NegativeTable;
use super::tied::{BIAS, BIAS_SQUARES, SQUARES, STATE};
use super::{Model, Settings, StepFunction, TitleWords, TrainingError};
use crate::catalog::metadata::Provenance;
use crate::corpus::Artists;
use crate::rng::Rng;

/// The matrices of a training. With both objectives, each target is learned by both, on the same input vectors.
pub(super) struct Network<'a> {
    /// Input vectors, one row a token: what a model is for.
    pub(super) input: Matrix<'a>,
    /// Negative sampling, where `negative` is above 0.
    pub(super) sampling: Option<NegativeSampling<'a>>,
    /// Hierarchical softmax, where `hs` is set.
    pub(super) hierarchy: Option<HierarchicalSoftmax<'a>>,
    /// What the tied step has in place of output vectors.
    pub(super) tied: Option<TiedOutput<'a>>,
}

/// The other side of input vectors that are their own output vectors.
pub(super) struct TiedOutput<'a> {
    /// Bias and optimizer of each token, `tied::STATE` numbers.
    pub(super) state: Matrix<'a>,
    /// What negatives are drawn from.
    pub(super) noise: NegativeTable,
    /// Negatives that a piece of a playlist shares, 1 or more.
    pub(super) negative: usize,
}

impl TiedOutput<'_> {
    /// What [`Model::squares`] holds.
    fn squares(&self) -> Vec<f32> {
        let columns = [BIAS_SQUARES, SQUARES].map(|column| self.state.column(column));
        columns[0].iter().zip(&columns[1]).flat_map(|(&bias, &row)| [bias, row]).collect()
    }

    /// Lets a token begin with this bias, and with the squares of a model's artist or word.
    fn begin(&self, token: u32, bias: f32, model: &Model, old: usize) {
        let mut state = [0.0; STATE];
        state[BIAS] = bias;
        if let Some(squares) = model.squares.get(2 * old..2 * old + 2) {
            [state[BIAS_SQUARES], state[SQUARES]] = [squares[0], squares[1]];
        }
        self.state.set_row(token, &state);
    }
}

/// Which tokens are more likely than ones drawn at random?
pub(super) struct NegativeSampling<'a> {
    /// Output vectors, one row a token (gensim's `syn1neg`). The model file holds them.
    pub(super) output: Matrix<'a>,
    /// What negatives are drawn from.
    pub(super) noise: NegativeTable,
    /// Negatives a target, 1 or more.
    pub(super) negative: usize,
}

/// Which way does each node of a tree lead?
pub(super) struct HierarchicalSoftmax<'a> {
    /// Vectors of the tree's inner nodes, one fewer than tokens (gensim's `syn1`). They mean something only together with
    /// this tree, which other counts change: the model file leaves them out, and only to go on with the same vocabulary
    /// are they of use.
    pub(super) nodes: Matrix<'a>,
    /// The tree.
    pub(super) huffman: Huffman,
}

impl<'a> Network<'a> {
    /// The network as gensim begins: input vectors uniform in ± 1 / `vector_size` (word2vec.c: half as much), all others
    /// zero.
    ///
    /// `counts` are the tokens' mentions; they must not be empty.
    ///
    /// # Errors
    /// [`TrainingError::Memory`] where the matrices do not fit.
    pub(super) fn new(counts: &[u32], settings: &Settings) -> Result<Self, TrainingError> {
        let zeros = |rows| Matrix::zeros(rows, settings.vector_size);
        let input = zeros(counts.len())?;
        let mut rng = Rng::stream(settings.seed, u64::MAX);
        let scale = 2.0 / settings.vector_size as f32;
        for token in 0..counts.len() as u32 {
            input.fill_row(token, || (rng.next_f32() - 0.5) * scale);
        }
        let sampling = |negative| {
            let noise = NegativeTable::new(counts, settings.ns_exponent);
            Ok::<_, TrainingError>(NegativeSampling { output: zeros(counts.len())?, noise, negative })
        };
        let hierarchy = || {
            let nodes = zeros(counts.len() - 1)?;
            Ok::<_, TrainingError>(HierarchicalSoftmax { nodes, huffman: Huffman::new(counts) })
        };
        let tied = || {
            let (noise, negative) = (NegativeTable::new(counts, settings.ns_exponent), settings.negative);
            Ok::<_, TrainingError>(TiedOutput {
                state: Matrix::zeros(counts.len(), STATE)?.with_sums(BIAS_SQUARES),
                noise,
                negative,
            })
        };
        let is_tied = settings.step == StepFunction::Tied;
        Ok(Self {
            input,
            sampling: (settings.negative > 0 && !is_tied).then_some(settings.negative).map(sampling).transpose()?,
            hierarchy: (settings.hs && !is_tied).then(hierarchy).transpose()?,
            tied: is_tied.then(tied).transpose()?,
        })
    }

    /// A private copy for one thread, see [`Matrix::private`].
    ///
    /// # Errors
    /// [`TrainingError::Memory`] where it does not fit.
    pub(super) fn private(&'a self) -> Result<Self, TrainingError> {
        let sampling = |sampling: &'a NegativeSampling<'_>| {
            let &NegativeSampling { ref output, ref noise, negative } = sampling;
            Ok::<_, TrainingError>(NegativeSampling { output: output.private()?, noise: noise.clone(), negative })
        };
        let hierarchy = |hierarchy: &'a HierarchicalSoftmax<'_>| {
            let HierarchicalSoftmax { nodes, huffman } = hierarchy;
            Ok::<_, TrainingError>(HierarchicalSoftmax { nodes: nodes.private()?, huffman: huffman.clone() })
        };
        let tied = |tied: &'a TiedOutput<'_>| {
            let &TiedOutput { ref state, ref noise, negative } = tied;
            Ok::<_, TrainingError>(TiedOutput { state: state.private()?, noise: noise.clone(), negative })
        };
        Ok(Self {
            input: self.input.private()?,
            sampling: self.sampling.as_ref().map(sampling).transpose()?,
            hierarchy: self.hierarchy.as_ref().map(hierarchy).transpose()?,
            tied: self.tied.as_ref().map(tied).transpose()?,
        })
    }

    /// Says whether every number is one, and of no absurd size.
    pub(super) fn is_sound(&self) -> bool {
        self.matrices().iter().all(|(_, matrix)| matrix.is_sound())
    }

    /// The same of the rows of some of these tokens: quick enough for every block.
    pub(super) fn seems_sound(&self, tokens: &[u32]) -> bool {
        /// What grows out of bounds takes everything along within a block or two.
        const LOOKED_AT: usize = 8;
        let matrices = self.matrices();
        let some = || tokens.iter().step_by(tokens.len().div_ceil(LOOKED_AT).max(1)).copied();
        matrices.iter().all(|(_, matrix)| some().all(|token| matrix.is_row_sound(token)))
    }

    /// What was learned about `artists`, whose rows are the first, and about `words`, whose rows are the others.
    pub(super) fn to_model(&self, artists: Artists, mut words: TitleWords, provenance: Provenance) -> Model {
        let of_artists = artists.len() * self.input.columns();
        let split = |matrix: &Matrix| {
            let mut rows = matrix.to_vec();
            let of_words = rows.split_off(of_artists.min(rows.len()));
            (rows, of_words)
        };
        let (input, output);
        (input, words.input) = split(&self.input);
        (output, words.output) = self.sampling.as_ref().map(|sampling| split(&sampling.output)).unwrap_or_default();
        let mut bias = self.tied.as_ref().map(|tied| tied.state.column(BIAS)).unwrap_or_default();
        bias.truncate(artists.len());
        let squares = self.tied.as_ref().map(|tied| tied.squares()).unwrap_or_default();
        let (dimensions, weights) = (self.input.columns(), Vec::new());
        Model { dimensions, input, output, weights, bias, words, squares, artists, provenance }
    }

    /// The matrices that are in no model, by name.
    pub(super) fn further(&self) -> Vec<(String, Vec<f32>)> {
        let in_model = ["input", "output"];
        let further = self.matrices().into_iter().filter(|(name, _)| !in_model.contains(name));
        further.map(|(name, matrix)| (name.to_owned(), matrix.to_vec())).collect()
    }

    /// Sets every matrix to what [`Self::to_model`] and [`Self::further`] gave; says whether they fit.
    pub(super) fn restore(&self, model: &Model, further: &[(String, Vec<f32>)]) -> bool {
        self.matrices().into_iter().all(|(name, matrix)| match name {
            "input" => matrix.fill([&model.input, &model.words.input]),
            "output" => matrix.fill([&model.output, &model.words.output]),
            name => further.iter().any(|(other, numbers)| other == name && matrix.fill([numbers, &[]])),
        })
    }

    /// Sets the rows of the artists that `model` knows, by [`Artists::key`], and of the `words` that it knows, to its vectors.
    ///
    /// # Errors
    /// [`TrainingError`] where the model's vectors have another length, or it knows none of the artists.
    pub(super) fn start_from(&self, model: &Model, artists: &Artists, words: &[String]) -> Result<(), TrainingError> {
        if model.dimensions != self.input.columns() {
            return Err(TrainingError::OtherDimensions { model: model.dimensions, here: self.input.columns() });
        }
        let known: HashMap<String, usize> = (0..model.artists.len()).map(|old| (model.artists.key(old), old)).collect();
        let mut found = 0;
        for artist in 0..artists.len() {
            let Some(&old) = known.get(&artists.key(artist)) else { continue };
            found += 1;
            let row = old * model.dimensions..(old + 1) * model.dimensions;
            self.input.set_row(artist as u32, &model.input[row.clone()]);
            if let Some(sampling) = &self.sampling
                && let Some(output) = model.output.get(row)
            {
                sampling.output.set_row(artist as u32, output);
            }
            if let Some(tied) = &self.tied
                && let Some(&bias) = model.bias.get(old)
            {
                tied.begin(artist as u32, bias, model, old);
            }
        }
        let known: HashMap<&str, usize> = model.words.words.iter().map(String::as_str).zip(0..).collect();
        for (word, token) in words.iter().zip(artists.len() as u32..) {
            let Some(&old) = known.get(word.as_str()) else { continue };
            let row = old * model.dimensions..(old + 1) * model.dimensions;
            self.input.set_row(token, &model.words.input[row.clone()]);
            if let Some(sampling) = &self.sampling
                && let Some(output) = model.words.output.get(row)
            {
                sampling.output.set_row(token, output);
            }
            if let Some(tied) = &self.tied {
                tied.begin(token, 0.0, model, model.artists.len() + old);
            }
        }
        if found == 0 { Err(TrainingError::NothingKnown) } else { Ok(()) }
    }

    /// All matrices of this training, each under a name that does not change.
    pub(super) fn matrices(&self) -> Vec<(&'static str, &Matrix<'a>)> {
        let output = self.sampling.as_ref().map(|sampling| ("output", &sampling.output));
        let nodes = self.hierarchy.as_ref().map(|hierarchy| ("nodes", &hierarchy.nodes));
        let state = self.tied.as_ref().map(|tied| ("state", &tied.state));
        [("input", &self.input)].into_iter().chain(output).chain(nodes).chain(state).collect()
    }
}
