//! `artist2vec export`: model and layout into the folder that a page reads.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Outcome;
use super::progress::Bars;
use crate::catalog::MANIFEST_FILE;
use crate::corpus::Corpus;
use crate::crawl::{Cache, What};
use crate::export::{self, Allowed, Codes, Exported, LeftOut, Options, Pictures};
use crate::layout::Layout;
use crate::training::Model;

/// Pack vectors, names and map positions into the verified files that the page reads.
///
/// Writes the pack's parts (`names-….a2v`, `vectors-….a2v` and so on, named by their content) and `manifest.json` into a
/// folder. Vectors are rounded to whole numbers of a step and coded; what that costs is measured, printed, and kept in
/// the pack.
///
/// What `artist2vec crawl` found out about the artists goes into the pack as far as `--allow` says. Whoever publishes it
/// answers for it: the terms of the services that are printed then say whether, how and for how long it may be shown.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  artist2vec export model.a2m --layout map.a2l --title \"My playlists\" -o site/data\n  artist2vec export model.a2m --layout map.a2l -o site/data --codes compact\n  artist2vec export model.a2m --layout map.a2l -o site/data --cache crawl.db --allow genres,pictures"
)]
pub(super) struct Arguments {
    /// The trained model, from `artist2vec train`
    model: PathBuf,
    /// The model's map, from `artist2vec layout`
    #[arg(long, value_name = "FILE")]
    layout: PathBuf,
    /// The folder to write; made where it is missing
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What the collection is called on the page
    #[arg(long, default_value = "artist2vec")]
    title: String,
    /// Terms of use, shown on the page
    #[arg(long, default_value = "")]
    terms: String,
    /// How exactly vectors are kept: fine loses next to nothing, compact takes about two thirds of that; or the step
    /// itself, such as 0.005: smaller is finer
    #[arg(long, value_name = "HOW", default_value = "fine", value_parser = codes)]
    codes: Codes,
    /// The corpus that the model learned from: the pack then tells how many playlists artists share
    #[arg(long, value_name = "FILE")]
    corpus: Option<PathBuf>,
    /// With how many others each artist's shared playlists are told: about 3 bytes each
    #[arg(long, value_name = "N", default_value_t = 16, requires = "corpus")]
    together: usize,
    /// A table with columns `uri` and `genres` (separated by |), .tsv or .tsv.gz; wins over genres in the cache
    #[arg(long, value_name = "FILE")]
    genres: Option<PathBuf>,
    /// The cache of `artist2vec crawl`
    #[arg(long, value_name = "FILE", requires = "allow")]
    cache: Option<PathBuf>,
    /// What of the cache goes into the pack, separated by commas
    #[arg(long, value_name = "WHAT", value_delimiter = ',', requires = "cache")]
    allow: Vec<Allow>,
    /// Pictures as links that visitors may follow, or as thumbnails inside the pack (64 × 64 pixels, and the links)
    #[arg(long, value_name = "HOW", default_value = "thumbnails", requires = "cache")]
    pictures: PicturesAs,
    /// Thumbnails for this many of the most mentioned artists: about 2 KB each, 4 MB for 2000
    #[arg(long, value_name = "N", default_value_t = 2000, requires = "cache")]
    thumbnails_for: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Allow {
    Genres,
    Followers,
    Pictures,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum PicturesAs {
    Links,
    Thumbnails,
}

fn codes(text: &str) -> Result<Codes, String> {
    match text {
        "fine" => Ok(Codes::Fine),
        "compact" => Ok(Codes::Compact),
        _ => match text.parse() {
            Ok(step) if step > 0.0 && step <= 1.0 => Ok(Codes::Step(step)),
            _ => Err("it is fine, compact, or a step above 0 and at most 1".into()),
        },
    }
}

impl Arguments {
    fn allowed(&self) -> Allowed {
        let pictures = match self.pictures {
            PicturesAs::Links => Pictures::Links,
            PicturesAs::Thumbnails => Pictures::Thumbnails { artists: self.thumbnails_for },
        };
        Allowed {
            genres: self.allow.contains(&Allow::Genres),
            followers: self.allow.contains(&Allow::Followers),
            pictures: self.allow.contains(&Allow::Pictures).then_some(pictures),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let bars = Bars::interruptible();
    let model = Model::read(&arguments.model)?;
    let layout = Layout::read(&arguments.layout)?;
    let genres = arguments.genres.as_deref().map(export::read_genres).transpose()?;
    let cache = arguments.cache.as_deref().map(Cache::open).transpose()?;
    let options = Options {
        title: arguments.title.clone(),
        terms: arguments.terms.clone(),
        genres,
        cache,
        allowed: arguments.allowed(),
        codes: arguments.codes,
        together: arguments.corpus.as_deref().map(Corpus::open).transpose()?.map(|corpus| (corpus, arguments.together)),
    };
    let exported = export::export(&model, &layout, &options, &bars)?;
    let older = export::write_folder(&exported, &arguments.output)?;
    drop(bars);

    let mut out = io::stdout().lock();
    let artists = exported.pack.len().max(1);
    let manifest = &exported.files.manifest;
    let bytes = manifest.bytes();
    writeln!(out, "{}", arguments.output.join(MANIFEST_FILE).display())?;
    writeln!(
        out,
        "  {} artists, {} dimensions, {bytes} bytes ({:.1} an artist)",
        exported.pack.len(),
        exported.pack.dimensions(),
        bytes as f64 / artists as f64,
    )?;
    for part in &manifest.parts {
        writeln!(out, "  {:>10} bytes  {}", part.bytes, part.file)?;
    }
    let loss = exported.loss();
    writeln!(
        out,
        "  against full precision, {} artists asked: recall@20 {:.4}, mean score error {:.5}",
        loss.sample, loss.recall_at_20, loss.mean_score_error
    )?;
    if exported.without_direction > 0 {
        writeln!(out, "  {} artists have no direction and are near to nothing", exported.without_direction)?;
    }
    if let Some(cache) = &arguments.cache {
        write_taken(&mut out, cache, &exported)?;
    }
    for path in older {
        writeln!(
            out,
            "  no longer named by the manifest (keep it a while for visitors who still use it): {}",
            path.display()
        )?;
    }
    out.flush().context("cannot write the report")?;
    Ok(Outcome::Done)
}

/// Tells a publisher what of the cache is in the pack, from whom, and what it weighs.
fn write_taken(out: &mut impl Write, cache: &Path, exported: &Exported) -> io::Result<()> {
    writeln!(out, "  taken from {}:", cache.display())?;
    if exported.given.is_empty() {
        writeln!(out, "    nothing: the cache knows nothing of what is allowed about these artists, or no longer")?;
    }
    let bytes = |tags: &[&str]| -> u64 {
        let sections = exported.files.sections().map(|(_, entry)| entry);
        sections.filter(|entry| tags.iter().any(|tag| entry.tag == tag.as_bytes())).map(|entry| entry.length).sum()
    };
    for (what, tags) in [
        (What::Genres, &["GENR", "GENC", "AGEN"][..]),
        (What::Followers, &["FOLW"]),
        (What::Pictures, &["PICT", "THMO", "THUM"]),
    ] {
        let given = exported.given.iter().filter(|((given, _), _)| *given == what);
        for (i, ((_, source), given)) in given.enumerate() {
            let weight = if i == 0 { format!(" ({} bytes in all)", bytes(tags)) } else { String::new() };
            let (artists, when) = (given.artists, given.when());
            writeln!(out, "    {} of {artists} artists from {}, asked {when}{weight}", what.name(), source.title())?;
        }
    }
    for (reason, count) in &exported.left_out {
        let why = match reason {
            LeftOut::Broken => "are no picture, damaged or too large",
            LeftOut::WithoutFile => {
                "have no file in the cache: `artist2vec crawl --thumbnails` fetches those that there are"
            }
            LeftOut::BadAddress => "have an address that no page should follow",
        };
        writeln!(out, "    left out: {count} pictures that {why}")?;
    }
    if !exported.given.is_empty() {
        writeln!(
            out,
            "    Keeping to these services' terms is up to you: they may say how and for how long this can be shown"
        )?;
    }
    Ok(())
}
