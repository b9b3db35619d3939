//! What is learned: the matrices of a training, and the tables of the objectives that train them.
//!
//! Owns shapes and first values. Knows nothing of playlists, and of how a step changes the weights.

use super::huffman::Huffman;
use super::matrix::Matrix;
use super::sampling::NegativeTable;
use super::{Settings, TrainingError};
use crate::rng::Rng;

/// The matrices of a training. With both objectives, each target is learned by both, on the same input vectors.
pub(super) struct Network {
    /// Input vectors, one row a token: what a model is for.
    pub(super) input: Matrix,
    /// Negative sampling, where `negative` is above 0.
    pub(super) sampling: Option<NegativeSampling>,
    /// Hierarchical softmax, where `hs` is set.
    pub(super) hierarchy: Option<HierarchicalSoftmax>,
}

/// Which tokens are more likely than ones drawn at random?
pub(super) struct NegativeSampling {
    /// Output vectors, one row a token (gensim's `syn1neg`). The model file holds them.
    pub(super) output: Matrix,
    /// What negatives are drawn from.
    pub(super) noise: NegativeTable,
    /// Negatives a target, 1 or more.
    pub(super) negative: usize,
}

/// Which way does each node of a tree lead?
pub(super) struct HierarchicalSoftmax {
    /// Vectors of the tree's inner nodes, one fewer than tokens (gensim's `syn1`). They mean something only together with
    /// this tree, which other counts change: the model file leaves them out, and only to go on with the same vocabulary
    /// are they of use.
    pub(super) nodes: Matrix,
    /// The tree.
    pub(super) huffman: Huffman,
}

impl Network {
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
            Ok(NegativeSampling { output: zeros(counts.len())?, noise, negative })
        };
        let hierarchy = || {
            let nodes = zeros(counts.len() - 1)?;
            Ok(HierarchicalSoftmax { nodes, huffman: Huffman::new(counts) })
        };
        Ok(Self {
            input,
            sampling: (settings.negative > 0).then_some(settings.negative).map(sampling).transpose()?,
            hierarchy: settings.hs.then(hierarchy).transpose()?,
        })
    }

    /// All matrices of this training, each under a name that does not change.
    pub(super) fn matrices(&self) -> Vec<(&'static str, &Matrix)> {
        let output = self.sampling.as_ref().map(|sampling| ("output", &sampling.output));
        let nodes = self.hierarchy.as_ref().map(|hierarchy| ("nodes", &hierarchy.nodes));
        [("input", &self.input)].into_iter().chain(output).chain(nodes).collect()
    }
}
