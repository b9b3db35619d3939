//! Small packs with known answers.

use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::catalog::pack::Pack;
use crate::catalog::{PackContent, WordContent};

/// What a pack of such unit vectors in the plane holds, given by their angles in degrees: artists `a0`, `a1`, … with
/// mentions that fall from one to the next, and no words.
pub(super) fn circle(degrees: &[f32]) -> PackContent {
    let artists = degrees.len();
    PackContent {
        names: (0..artists).map(|i| ["a", &i.to_string()].concat()).collect(),
        ids: vec![String::new(); artists],
        mentions: (0..artists).map(|i| (10 * (artists - i)) as u32).collect(),
        positions: vec![0.0; 3 * artists],
        dimensions: 2,
        vectors: points(degrees),
        ..PackContent::default()
    }
}

/// Points of the unit circle.
pub(super) fn points(degrees: &[f32]) -> Vec<f32> {
    degrees.iter().flat_map(|degree| [libm::cosf(degree.to_radians()), libm::sinf(degree.to_radians())]).collect()
}

/// Title words at these angles, less and less frequent.
pub(super) fn words(words: &[&str], degrees: &[f32]) -> WordContent {
    WordContent {
        words: words.iter().map(|&word| word.into()).collect(),
        titles: (0..words.len()).map(|i| (5 * (words.len() - i)) as u32).collect(),
        vectors: points(degrees),
        norms: Vec::new(),
    }
}

/// Artists of these names, all in different directions.
pub(super) fn named(names: &[&str]) -> PackContent {
    let degrees: Vec<f32> = (0..names.len()).map(|i| i as f32 * 150.0 / names.len() as f32).collect();
    PackContent { names: names.iter().map(|&name| name.into()).collect(), ..circle(&degrees) }
}

/// A content's pack.
pub(super) fn open(content: &PackContent) -> Pack {
    content.encode().unwrap().open().unwrap()
}

/// Numbers in [−1, 1) that look random, the same ones every time.
pub(super) fn noise(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let numbers = (0..count).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    });
    numbers.collect()
}

/// A pack of artists in directions that look random, in blocks, with biases and norms.
pub(super) fn random(artists: usize, dimensions: usize, seed: u32) -> PackContent {
    PackContent {
        dimensions,
        vectors: noise(artists * dimensions, seed),
        norms: noise(artists, seed + 1).iter().map(|x| 2.0 + x).collect(),
        biases: noise(artists, seed + 2),
        first_block: artists / 3 + 1,
        next_block: artists / 3 + 1,
        ..circle(&vec![0.0; artists])
    }
}
