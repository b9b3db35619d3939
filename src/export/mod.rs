//! From a model and its layout to the folder that a page reads: the pack and its manifest.
//!
//! Owns the choice of what goes into a pack, the baking of thumbnails, and the measurement of what quantisation costs. The
//! pack's bytes belong to `catalog`; what services know of artists, and for how long, to `crawl`; terminal output to `cli`.

mod diff;
mod facts;
mod genres;
mod loss;
mod open;
mod place;
mod thumbnail;
mod together;
mod verify;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::catalog::metadata::Step;
use crate::catalog::{
    COMPACT_STEP, EncodedPack, FINE_STEP, MANIFEST_FILE, Pack, PackContent, PackError, PackMetadata, QuantisationLoss,
    WordContent, norm,
};
use crate::corpus::Corpus;
use crate::crawl::{Cache, CacheError, Source, What};
use crate::files::{self, FileError};
use crate::layout::Layout;
use crate::linear::{PrincipalAxes, centre, unit_rows};
use crate::progress::Progress;
use crate::training::Model;

pub use diff::{Asked, Difference, Shared, diff};
use facts::Taken;
pub use facts::{Allowed, Given, LeftOut, Pictures};
pub use genres::{GenreError, Genres, read_genres};
pub use open::{OpenError, OpenedPack, open_pack, open_parts};
pub use place::Place;
pub use verify::{PartState, Verification, VerifiedPart, verify};

/// A pack could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The layout was computed from other vectors.
    #[error(
        "the layout belongs to another model (digest {layout}, this model has {model}). Run `artist2vec layout` on this model"
    )]
    OtherModel {
        /// The digest that the layout names.
        layout: String,
        /// The model's digest.
        model: String,
    },
    /// The content does not make a sound pack.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The cache of a crawl could not be read.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The user asked to stop before the pack was complete.
    #[error("stopped before the pack was complete; nothing was written")]
    Interrupted,
}

/// What a publisher says about the pack, and how much is measured.
#[derive(Debug, Default)]
pub struct Options {
    /// What the collection is called.
    pub title: String,
    /// Terms of use, as whole sentences.
    pub terms: String,
    /// Genres of artists by stable id, from [`read_genres`].
    pub genres: Option<Genres>,
    /// What `artist2vec crawl` found out about the artists.
    pub cache: Option<Cache>,
    /// What of it goes into the pack.
    pub allowed: Allowed,
    /// How exactly vectors are kept.
    pub codes: Codes,
    /// The playlists that the model learned from, and with how many others each artist's shared playlists are told.
    pub together: Option<(Corpus, usize)>,
}

/// How exactly vectors are kept: a pack can be small, or lose next to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Codes {
    /// Loses next to nothing: about three quarters of a byte a number.
    #[default]
    Fine,
    /// Half of one byte a number.
    Compact,
    /// One code is worth this part of a unit vector's length; above 0, at most 1.
    Step(f32),
}

impl Codes {
    /// What one code is worth.
    fn step(self) -> f32 {
        match self {
            Self::Fine => FINE_STEP,
            Self::Compact => COMPACT_STEP,
            Self::Step(step) => step,
        }
    }
}

/// A finished pack in memory.
#[derive(Debug)]
pub struct Exported {
    /// The pack, opened and verified.
    pub pack: Pack,
    /// Its files.
    pub files: EncodedPack,
    /// Which service gave what of the pack, in the order of [`What`] and [`Source`].
    pub given: BTreeMap<(What, Source), Given>,
    /// How many pictures of the cache are not in the pack, by reason.
    pub left_out: BTreeMap<LeftOut, usize>,
    /// Artists whose vector was zero or not finite: they are in the pack, but near to nothing.
    pub without_direction: usize,
}

impl Exported {
    /// What quantisation cost.
    pub fn loss(&self) -> &QuantisationLoss {
        &self.pack.metadata().quantisation
    }
}

/// Quantises a model, measures the loss and packs everything.
///
/// # Errors
/// [`ExportError`] where the layout belongs to another model, or where the user interrupts.
pub fn export(
    model: &Model,
    layout: &Layout,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Exported, ExportError> {
    let digest = model.digest();
    if layout.model_digest != digest || layout.artists != model.artists.len() {
        return Err(ExportError::OtherModel { layout: layout.model_digest.clone(), model: digest });
    }
    let genres = options.genres.as_ref().map_or_else(Vec::new, |genres| genres.of_artists(&model.artists.ids));
    let taken = match &options.cache {
        Some(cache) => {
            facts::take(cache, &model.artists, options.allowed, genres, progress)?.ok_or(ExportError::Interrupted)?
        }
        None => Taken { genres, ..Taken::default() },
    };
    let together = match &options.together {
        Some((corpus, most)) => {
            together::count(corpus, &model.artists, *most, progress).ok_or(ExportError::Interrupted)?
        }
        None => Vec::new(),
    };
    let credits = taken.credits();
    let (given, left_out) = (taken.given, taken.left_out);
    let d = model.dimensions;
    let mut directions = unit_rows(&model.input, d);
    let mut words = unit_rows(&model.words.input, d);
    let centred = model.has_common_part();
    if centred {
        let mean = centre(&mut directions, d);
        for row in words.chunks_exact_mut(d.max(1)).filter(|row| row.iter().any(|&x| x != 0.0)) {
            row.iter_mut().zip(&mean).for_each(|(x, mean)| *x -= mean);
        }
        // Numbers of uneven axes take less space, and turning changes no cosine. Tied vectors come turned.
        if let Some(axes) = PrincipalAxes::of(&directions, d) {
            (directions, words) = (axes.turned(&directions), axes.turned(&words));
        }
    }
    let norms = |rows: &[f32]| -> Vec<f32> {
        // Without biases, who belongs with whom is a matter of directions alone.
        if model.bias.is_empty() { Vec::new() } else { rows.chunks_exact(d.max(1)).map(norm).collect() }
    };
    let without_direction = directions.chunks_exact(d.max(1)).filter(|row| !norm(row).is_normal()).count();
    let mut content = PackContent {
        metadata: PackMetadata {
            title: options.title.clone(),
            terms: options.terms.clone(),
            provenance: layout.provenance.clone(),
            quantisation: QuantisationLoss::default(),
        },
        names: model.artists.names.clone(),
        ids: model.artists.ids.clone(),
        mentions: model.artists.mentions.clone(),
        genres: taken.genres,
        positions: layout.positions.clone(),
        dimensions: d,
        vectors: directions,
        step: options.codes.step(),
        weights: model.weights.clone(),
        norms: norms(&model.input),
        biases: model.bias.clone(),
        words: WordContent {
            words: model.words.words.clone(),
            titles: model.words.mentions.clone(),
            vectors: words,
            norms: norms(&model.words.input),
        },
        followers: taken.followers,
        picture_links: taken.picture_links,
        thumbnails: taken.thumbnails,
        together,
        credits,
        ..PackContent::default()
    };
    // The loss is measured on a real pack, by the very query that the page runs, and then written into the final one.
    let (_, trial) = content.encode_and_open()?;
    let loss = loss::measure(&content.vectors, &trial, progress).ok_or(ExportError::Interrupted)?;
    let step = options.allowed.noted(
        Step::new("export")
            .setting("vectors", if centred { "unit, centred" } else { "unit" })
            .setting("step", content.step)
            .setting("together", options.together.as_ref().map_or(0, |(_, most)| *most)),
    );
    let step = given
        .iter()
        .fold(step, |step, ((what, source), given)| {
            let name = format!("{}-from-{}", what.name(), source.name());
            step.measurement(&name, format!("{} artists, asked {}", given.artists, given.when()))
        })
        .measurement("recall-at-20", format!("{:.4}", loss.recall_at_20))
        .measurement("mean-score-error", format!("{:.6}", loss.mean_score_error));
    content.metadata.provenance.steps.push(step);
    content.metadata.quantisation = loss;
    let (files, pack) = content.encode_and_open()?;
    Ok(Exported { pack, files, given, left_out, without_direction })
}

/// Writes a pack's parts and its manifest into a folder, the manifest last: whoever reads it finds its parts complete.
///
/// Returns the parts in the folder that the new manifest no longer names; they are left for visitors who still use them.
///
/// # Errors
/// [`FileError`] where the folder or a file cannot be written.
pub fn write_folder(exported: &Exported, folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let EncodedPack { manifest, parts } = &exported.files;
    fs::create_dir_all(folder).map_err(|source| FileError::write(folder, source))?;
    for (entry, part) in manifest.parts.iter().zip(parts) {
        files::write_bytes(&folder.join(&entry.file), part.as_slice())?;
    }
    let path = folder.join(MANIFEST_FILE);
    let json =
        serde_json::to_vec_pretty(manifest).map_err(|source| FileError::write(&path, io::Error::from(source)))?;
    files::write_bytes(&path, &json)?;
    Ok(verify::not_named(&path, manifest))
}
