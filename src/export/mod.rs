//! From a model and its layout to the folder that a page reads: the pack and its manifest.
//!
//! Owns the choice of what goes into a pack, the baking of thumbnails, and the measurement of what quantisation costs. The
//! pack's bytes belong to `catalog`; what services know of artists, and for how long, to `crawl`; terminal output to `cli`.

mod facts;
mod genres;
mod loss;
mod open;
mod thumbnail;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::catalog::metadata::Step;
use crate::catalog::{
    FormatError, MANIFEST_FILE, Manifest, Pack, PackContent, PackMetadata, QuantisationLoss, quantise,
};
use crate::crawl::{Cache, CacheError, Source, What};
use crate::files::{self, FileError};
use crate::layout::Layout;
use crate::linear::{centre, unit_rows};
use crate::progress::Progress;
use crate::training::Model;

use facts::Taken;
pub use facts::{Allowed, Given, LeftOut, Pictures};
pub use genres::{GenreError, Genres, read_genres};
pub use open::{OpenError, open_pack};

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
    Format(#[from] FormatError),
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
}

/// A finished pack in memory.
#[derive(Debug)]
pub struct Exported {
    /// The pack, opened and verified.
    pub pack: Pack,
    /// Its bytes.
    pub bytes: crate::catalog::AlignedBytes,
    /// The manifest that names it.
    pub manifest: Manifest,
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
    let credits = taken.credits();
    let (given, left_out) = (taken.given, taken.left_out);
    let mut directions = unit_rows(&model.input, model.dimensions);
    let centred = model.has_common_part();
    if centred {
        centre(&mut directions, model.dimensions);
    }
    let vectors = quantise(&directions, model.dimensions);
    let without_direction = vectors.scales.iter().filter(|&&scale| scale == 0.0).count();
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
        dimensions: model.dimensions,
        vectors,
        followers: taken.followers,
        picture_links: taken.picture_links,
        thumbnails: taken.thumbnails,
        credits,
    };
    // The loss is measured on a real pack, by the very query that the page runs, and then written into the final one.
    let trial = Pack::open(content.encode()?)?;
    let loss = loss::measure(&directions, &trial, progress).ok_or(ExportError::Interrupted)?;
    let step = options.allowed.noted(
        Step::new("export").setting("vectors", if centred { "unit, centred" } else { "unit" }).setting("codes", "int8"),
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
    let bytes = content.encode()?;
    let manifest = Manifest::of(&options.title, bytes.as_slice());
    Ok(Exported { pack: Pack::open(bytes.clone())?, bytes, manifest, given, left_out, without_direction })
}

/// Writes pack and manifest into a folder, the manifest last: whoever reads it finds its pack complete.
///
/// Returns the packs in the folder that the new manifest no longer names; they are left for visitors who still use them.
///
/// # Errors
/// [`FileError`] where the folder or a file cannot be written.
pub fn write_folder(exported: &Exported, folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    fs::create_dir_all(folder).map_err(|source| FileError::write(folder, source))?;
    files::write_bytes(&folder.join(&exported.manifest.file), exported.bytes.as_slice())?;
    let path = folder.join(MANIFEST_FILE);
    let json = serde_json::to_vec_pretty(&exported.manifest)
        .map_err(|source| FileError::write(&path, io::Error::from(source)))?;
    files::write_bytes(&path, &json)?;
    let entries = fs::read_dir(folder).map_err(|source| FileError::read(folder, source))?;
    let mut older: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "a2v"))
        .filter(|path| path.file_name().is_some_and(|name| name != exported.manifest.file.as_str()))
        .collect();
    older.sort();
    Ok(older)
}
