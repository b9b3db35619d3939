//! The last step of the tied training: vectors are turned onto their principal axes, and each axis is weighted.
//!
//! Turning changes no cosine and no score. Weighting does. An axis along which artists differ much has been learned from many
//! playlists. One along which they hardly differ is mostly chance, and takes as much part in a cosine as its numbers
//! are large. Singular vectors of co-occurrences are known to compare best when weighted by a power of their singular values
//! (Caron 2001; Bullinaria & Levy 2012; Levy, Goldberg & Dagan 2015, section 7), and so do these vectors: docs/TRAINING.md
//! has what it is worth. Scores of who belongs into a playlist are what training made them: there the weights are taken back.
//!
//! The axes come in the order of their variance, so that the first numbers of a vector are the ones that matter most.

use super::model::{Model, weighted};
use crate::linear::PrincipalAxes;

/// The least variance that an axis is taken to have, as a part of the mean. It keeps weights finite where there are fewer artists
/// than dimensions.
const LEAST: f64 = 1e-6;

/// Turns a model's vectors onto their principal axes and multiplies each axis by (λ / mean λ)^¼, where λ is its variance
/// around the origin, over all artists. [`Model::weights`] become what undoes that in scores: (λ / mean λ)^−½.
pub(super) fn on_principal_axes(mut model: Model) -> Model {
    let d = model.dimensions;
    let Some(mut axes) = PrincipalAxes::of(&model.input, d) else { return model };
    let mean = axes.variances.iter().sum::<f64>() / d as f64;
    // Roots alone, so that the numbers are the same on every machine.
    let roots: Vec<f64> = axes.variances.iter().map(|variance| (variance / mean).max(LEAST).sqrt()).collect();
    for (axis, root) in axes.axes.chunks_exact_mut(d).zip(&roots) {
        axis.iter_mut().for_each(|x| *x *= root.sqrt());
    }
    model.input = axes.turned(&model.input);
    model.words.input = axes.turned(&model.words.input);
    model.weights = roots.iter().map(|root| (1.0 / root) as f32).collect();
    model
}

/// Gives a model that was trained on from [`as_trained`] the weights that the start had.
pub(super) fn with_weights(mut model: Model, weights: &[f32]) -> Model {
    let inverse_roots: Vec<f32> = weights.iter().map(|weight| 1.0 / weight.sqrt()).collect();
    model.input = weighted(&model.input, &inverse_roots);
    model.words.input = weighted(&model.words.input, &inverse_roots);
    model.weights = weights.to_vec();
    model
}

/// The vectors as they were trained, but for a rotation: what a training that starts from this model goes on with.
pub(super) fn as_trained(model: &Model) -> Model {
    let mut model = model.clone();
    if !model.weights.is_empty() {
        let roots: Vec<f32> = model.weights.iter().map(|weight| weight.sqrt()).collect();
        model.input = weighted(&model.input, &roots);
        model.words.input = weighted(&model.words.input, &roots);
        model.weights.clear();
    }
    model
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::metadata::Provenance;
    use crate::corpus::Artists;
    use crate::rng::Rng;
    use crate::training::TitleWords;

    const D: usize = 4;

    fn model(artists: usize, sides: [f32; D]) -> Model {
        let mut rng = Rng::new(5);
        let mut rows = |n: usize| -> Vec<f32> {
            // Turned by a Hadamard matrix, so that no axis is a dimension.
            let signs = [[1.0, 1.0, 1.0, 1.0], [1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0], [1.0, -1.0, -1.0, 1.0]];
            let row = |_| {
                let box_place = sides.map(|side| (rng.next_f32() - 0.5) * side);
                signs.map(|signs: [f32; D]| signs.iter().zip(box_place).map(|(sign, x)| sign * x / 2.0).sum::<f32>())
            };
            (0..n).flat_map(row).collect()
        };
        Model {
            artists: Artists {
                names: (0..artists).map(|i| i.to_string()).collect(),
                ids: vec![String::new(); artists],
                mentions: vec![1; artists],
            },
            dimensions: D,
            input: rows(artists),
            output: Vec::new(),
            weights: Vec::new(),
            bias: Vec::new(),
            words: TitleWords { words: vec!["x".into()], mentions: vec![1], input: rows(1), output: Vec::new() },
            squares: Vec::new(),
            provenance: Provenance::default(),
        }
    }

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn scores_stay_and_axes_come_by_variance() {
        let before = model(500, [1.0, 8.0, 4.0, 2.0]);
        let after = on_principal_axes(before.clone());
        let (output, output_of_words) = after.output_vectors();
        for i in 0..20 {
            let (old, new) = (before.row(i), after.row(i));
            for j in 0..20 {
                let score = dot(new, &output[j * D..(j + 1) * D]);
                assert!((score - dot(old, before.row(j))).abs() < 1e-4, "{score}");
            }
            assert!((dot(new, &output_of_words) - dot(old, &before.words.input)).abs() < 1e-4);
        }
        // Variances of 64, 16, 4 and 1 parts: each weight is the root of the mean over its own.
        for (weight, side) in after.weights.iter().zip([8.0_f32, 4.0, 2.0, 1.0]) {
            let expected = ((64.0 + 16.0 + 4.0 + 1.0) / 4.0_f32).sqrt() / side;
            assert!((weight / expected - 1.0).abs() < 0.1, "{:?}", after.weights);
        }
        let variance = |k: usize| after.input.iter().skip(k).step_by(D).map(|x| x * x).sum::<f32>();
        assert!((0..3).all(|k| variance(k) > variance(k + 1)));
        // Trained on from there, the scores are the old ones, and a second time changes nothing.
        let again = on_principal_axes(as_trained(&after));
        assert!(again.input.iter().zip(&after.input).all(|(a, b)| (a - b).abs() < 1e-4));
        let same = with_weights(as_trained(&after), &after.weights);
        assert!(
            same.input.iter().zip(&after.input).all(|(a, b)| (a - b).abs() < 1e-5) && same.weights == after.weights
        );
        assert_eq!(as_trained(&before), before);
    }

    #[test]
    fn too_few_artists_for_the_dimensions_make_no_infinite_weights() {
        let after = on_principal_axes(model(2, [1.0; D]));
        assert!(after.weights.iter().all(|weight| weight.is_finite()));
        let nothing = Model { input: vec![0.0; 8], ..model(2, [1.0; D]) };
        assert_eq!(on_principal_axes(nothing.clone()), nothing);
    }
}
