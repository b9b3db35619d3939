//! What a publisher takes from the cache of a crawl: genres, followers, pictures, and who is to be named for them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::thumbnail;
use crate::catalog::MAX_PICTURE_LINK;
use crate::catalog::metadata::Step;
use crate::corpus::Artists;
use crate::crawl::{Cache, CacheError, Facts, Origin, Source, What};
use crate::progress::Progress;

/// Artists read from the cache at a time: pictures of 4 MB each, the largest that a crawl takes, are 256 MB then.
const BATCH: usize = 64;

/// How pictures go into a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pictures {
    /// As addresses on other sites, which the page offers as links and never fetches by itself.
    Links,
    /// As small JPEG files, for this many of the most mentioned artists; each with its address, since most licences want
    /// that one can get from a copy to the picture.
    Thumbnails {
        /// How many of the most mentioned artists.
        artists: usize,
    },
}

/// What a publisher allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Genres.
    pub genres: bool,
    /// Followers.
    pub followers: bool,
    /// Pictures, and how.
    pub pictures: Option<Pictures>,
}

impl Allowed {
    /// Notes on a step what was allowed, under the names of the command line.
    pub(super) fn noted(self, step: Step) -> Step {
        let kinds =
            [(self.genres, What::Genres), (self.followers, What::Followers), (self.pictures.is_some(), What::Pictures)];
        let allowed: Vec<&str> = kinds.iter().filter(|(allowed, _)| *allowed).map(|(_, what)| what.name()).collect();
        let step = if allowed.is_empty() { step } else { step.setting("allow", allowed.join(",")) };
        match self.pictures {
            None => step,
            Some(Pictures::Links) => step.setting("pictures", "links"),
            Some(Pictures::Thumbnails { artists }) => {
                step.setting("pictures", "thumbnails").setting("thumbnails-for", artists)
            }
        }
    }
}

/// What one service gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// How many artists.
    pub artists: usize,
    /// When the first of them was asked for, in seconds since 1970.
    pub first: i64,
    /// When the last of them was asked for.
    pub last: i64,
}

impl Given {
    /// The day or days on which it was asked for: `2026-11-01 to 2026-11-22`.
    pub fn when(&self) -> String {
        let (first, last) = (date(self.first), date(self.last));
        if first == last { first } else { format!("{first} to {last}") }
    }
}

/// Why a picture that a service has is not in the pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// The file is damaged, too large, or no picture.
    Broken,
    /// The cache has the address alone, and a thumbnail was wanted.
    WithoutFile,
    /// The address is not `https`, or too long.
    BadAddress,
}

/// What goes from a cache into a pack, one entry an artist in each list; lists of what is not allowed are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// Genres, those of the publisher's own table included.
    pub genres: Vec<Vec<String>>,
    /// Followers.
    pub followers: Vec<Option<u32>>,
    /// Addresses of pictures.
    pub picture_links: Vec<String>,
    /// Thumbnails as JPEG files.
    pub thumbnails: Vec<Vec<u8>>,
    /// Who gave what, in the order of [`What`] and [`Source`].
    pub given: BTreeMap<(What, Source), Given>,
    /// How many pictures were left out, by reason.
    pub left_out: BTreeMap<LeftOut, usize>,
}

impl Taken {
    /// Whom to name for what, as lines for people: `Genres: MusicBrainz (2026-11-01 to 2026-11-22)`.
    pub(super) fn credits(&self) -> Vec<String> {
        let line = |(what, label): (What, &str)| {
            let of_this = self.given.iter().filter(|((given, _), _)| *given == what);
            let services: Vec<String> =
                of_this.map(|((_, source), given)| format!("{} ({})", source.title(), given.when())).collect();
            (!services.is_empty()).then(|| format!("{label}: {}", services.join(", ")))
        };
        let labels = [(What::Genres, "Genres"), (What::Followers, "Followers"), (What::Pictures, "Pictures")];
        labels.into_iter().filter_map(line).collect()
    }

    fn count(&mut self, what: What, facts: &Facts) {
        let Some(&Origin { source, fetched }) = facts.origins.get(&what) else { return };
        let given = self.given.entry((what, source)).or_insert(Given { artists: 0, first: fetched, last: fetched });
        given.artists += 1;
        given.first = given.first.min(fetched);
        given.last = given.last.max(fetched);
    }
}

/// Takes from a cache what is allowed and known; `None` where the user interrupts.
///
/// `genres` are those of the publisher's own table, a list an artist or no lists: they win where both know any.
///
/// # Errors
/// [`CacheError`] where the cache cannot be read.
pub(super) fn take(
    cache: &Cache,
    artists: &Artists,
    allowed: Allowed,
    genres: Vec<Vec<String>>,
    progress: &dyn Progress,
) -> Result<Option<Taken>, CacheError> {
    let mut taken = Taken { genres, ..Taken::default() };
    if allowed.genres {
        taken.genres.resize(artists.len(), Vec::new());
    }
    progress.stage("facts", Some(artists.len() as u64));
    for first in (0..artists.len()).step_by(BATCH) {
        if progress.interrupted() {
            return Ok(None);
        }
        let batch = first..artists.len().min(first + BATCH);
        let facts: Vec<Facts> = batch
            .clone()
            .map(|artist| cache.facts(&artists.ids[artist], &artists.names[artist]))
            .collect::<Result<_, _>>()?;
        for (artist, facts) in batch.clone().zip(&facts) {
            if allowed.genres && taken.genres[artist].is_empty() {
                taken.genres[artist].clone_from(&facts.genres);
                taken.count(What::Genres, facts);
            }
            if allowed.followers {
                // A pack has 32 bits for it, enough for half of mankind.
                taken.followers.push(facts.followers.map(|count| u32::try_from(count).unwrap_or(u32::MAX)));
                taken.count(What::Followers, facts);
            }
        }
        if let Some(pictures) = allowed.pictures {
            // Baking is most of the work; what comes of it stays in the order of the artists.
            let baked: Vec<_> =
                batch.clone().into_par_iter().map(|artist| bake(&facts[artist - first], artist, pictures)).collect();
            for (baked, facts) in baked.into_iter().zip(&facts) {
                let (link, thumbnail) = baked.unwrap_or_else(|reason| {
                    *taken.left_out.entry(reason).or_default() += 1;
                    Default::default()
                });
                if !link.is_empty() {
                    taken.count(What::Pictures, facts);
                }
                taken.picture_links.push(link);
                taken.thumbnails.push(thumbnail);
            }
        }
        progress.advance(batch.len() as u64);
    }
    Ok(Some(taken))
}

/// An artist's picture as it goes into the pack: its address and its thumbnail, each empty where there is none.
fn bake(facts: &Facts, rank: usize, pictures: Pictures) -> Result<(String, Vec<u8>), LeftOut> {
    let Some(picture) = &facts.picture else { return Ok(Default::default()) };
    let thumbnail = match pictures {
        Pictures::Thumbnails { artists } if rank >= artists => return Ok(Default::default()),
        _ if !picture.url.starts_with("https://") || picture.url.len() > MAX_PICTURE_LINK => {
            return Err(LeftOut::BadAddress);
        }
        Pictures::Links => Vec::new(),
        Pictures::Thumbnails { .. } => {
            thumbnail::bake(picture.bytes.as_ref().ok_or(LeftOut::WithoutFile)?).ok_or(LeftOut::Broken)?
        }
    };
    Ok((picture.url.clone(), thumbnail))
}

/// The day of a time in seconds since 1970, as `2026-11-22`, in UTC.
///
/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`: the year begins in March, so that the
/// leap day is its last.
fn date(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400) + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::crawl::cache::{Answer, Findings, Value};
    use crate::progress::Silent;

    const DRAKE: &str = "spotify:artist:3TVXtAsR1Inumwj472S9r4";

    fn artists(names: &[(&str, &str)]) -> Artists {
        Artists {
            names: names.iter().map(|(name, _)| (*name).to_owned()).collect(),
            ids: names.iter().map(|(_, id)| (*id).to_owned()).collect(),
            mentions: vec![1; names.len()],
        }
    }

    fn picture_file() -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        image::RgbImage::from_fn(300, 300, |x, y| image::Rgb([x as u8, y as u8, 90]))
            .write_to(&mut file, image::ImageFormat::Jpeg)
            .unwrap();
        file.into_inner()
    }

    /// Five artists: one with everything, one with a broken picture, one with an address alone, one whose address no page
    /// should follow, one of whom nothing is known.
    fn cache() -> (tempfile::TempDir, Cache, Artists) {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::create(&directory.path().join("cache.db")).unwrap();
        let record = |id: &str, name: &str, source: Source, facts: Vec<(What, Option<Value>)>| {
            let artist = cache.artist(id, name).unwrap();
            cache.record(artist, source, &Findings { facts, ..Findings::default() }, None).unwrap();
        };
        let picture = |url: &str| vec![(What::Pictures, Some(Value::Picture(url.into())))];
        let genres = |genre: &str| vec![(What::Genres, Some(Value::Genres(vec![genre.into()])))];
        let answer = |url: &str, body: Vec<u8>| {
            cache.store_answer(Source::Deezer, url, &Answer { status: 200, body }, None).unwrap();
        };
        record(DRAKE, "Drake", Source::MusicBrainz, genres("hip hop"));
        record(DRAKE, "Drake", Source::Spotify, vec![(What::Followers, Some(Value::Followers(90_000_000_000)))]);
        record(DRAKE, "Drake", Source::Deezer, picture("https://pictures.example/drake.jpg"));
        record("", "Björk", Source::Deezer, picture("https://pictures.example/bjork.jpg"));
        record("", "Björk", Source::LastFm, genres("art pop"));
        record("", "Orbital", Source::Deezer, picture("https://pictures.example/orbital.jpg"));
        record("", "Metallica", Source::Deezer, picture("http://pictures.example/metallica.jpg"));
        answer("https://pictures.example/drake.jpg", picture_file());
        answer("https://pictures.example/bjork.jpg", picture_file()[..200].to_vec());
        let names = [("Drake", DRAKE), ("Björk", ""), ("Orbital", ""), ("Metallica", ""), ("Nobody", "")];
        (directory, cache, artists(&names))
    }

    #[test]
    fn only_what_is_allowed_is_taken() {
        let (_directory, cache, artists) = cache();
        let take = |allowed| take(&cache, &artists, allowed, vec![], &Silent).unwrap().unwrap();
        assert_eq!(take(Allowed::default()), Taken::default());
        let taken = take(Allowed { genres: true, followers: true, pictures: None });
        assert_eq!(taken.genres, [vec!["hip hop".to_owned()], vec!["art pop".into()], vec![], vec![], vec![]]);
        assert_eq!(taken.followers, [Some(u32::MAX), None, None, None, None]);
        assert!(taken.picture_links.is_empty() && taken.thumbnails.is_empty() && taken.left_out.is_empty());
        let artists: Vec<_> = taken.given.iter().map(|(&key, given)| (key, given.artists)).collect();
        assert_eq!(
            artists,
            [
                ((What::Genres, Source::MusicBrainz), 1),
                ((What::Genres, Source::LastFm), 1),
                ((What::Followers, Source::Spotify), 1),
            ]
        );
    }

    #[test]
    fn pictures_are_taken_as_links_or_as_thumbnails() {
        let (_directory, cache, artists) = cache();
        let take = |pictures| {
            take(&cache, &artists, Allowed { pictures: Some(pictures), ..Allowed::default() }, vec![], &Silent)
                .unwrap()
                .unwrap()
        };
        let links = take(Pictures::Links);
        let address = |name: &str| format!("https://pictures.example/{name}.jpg");
        assert_eq!(
            links.picture_links,
            [address("drake"), address("bjork"), address("orbital"), String::new(), String::new()]
        );
        assert!(links.thumbnails.iter().all(Vec::is_empty));
        assert_eq!(links.left_out, [(LeftOut::BadAddress, 1)].into());

        let baked = take(Pictures::Thumbnails { artists: 5 });
        assert_eq!(baked.picture_links, [address("drake"), String::new(), String::new(), String::new(), String::new()]);
        assert_eq!(baked.thumbnails.iter().filter(|file| !file.is_empty()).count(), 1);
        let reasons = [(LeftOut::Broken, 1), (LeftOut::WithoutFile, 1), (LeftOut::BadAddress, 1)];
        assert_eq!(baked.left_out, reasons.into());
        assert_eq!(baked.given.len(), 1);
        assert_eq!(take(Pictures::Thumbnails { artists: 0 }).given.len(), 0);
    }

    #[test]
    fn the_publishers_own_genres_win() {
        let (_directory, cache, artists) = cache();
        let own = vec![vec!["rap".to_owned()], vec![], vec![], vec![], vec![]];
        let allowed = Allowed { genres: true, ..Allowed::default() };
        let taken = take(&cache, &artists, allowed, own.clone(), &Silent).unwrap().unwrap();
        assert_eq!(taken.genres[..2], [vec!["rap".to_owned()], vec!["art pop".into()]]);
        assert_eq!(taken.given.keys().collect::<Vec<_>>(), [&(What::Genres, Source::LastFm)]);
        let refused = take(&cache, &artists, Allowed::default(), own.clone(), &Silent).unwrap().unwrap();
        assert_eq!(refused.genres, own);
    }

    #[test]
    fn credits_name_services_and_days() {
        let day = 86_400;
        let given = |first: i64, last: i64| Given { artists: 1, first: first * day, last: last * day + day - 1 };
        let taken = Taken {
            given: [
                ((What::Genres, Source::MusicBrainz), given(20_000, 20_001)),
                ((What::Genres, Source::LastFm), given(20_779, 20_779)),
                ((What::Pictures, Source::Deezer), given(0, 0)),
            ]
            .into(),
            ..Taken::default()
        };
        assert_eq!(
            taken.credits(),
            ["Genres: MusicBrainz (2024-10-04 to 2024-10-05), Last.fm (2026-11-22)", "Pictures: Deezer (1970-01-01)"]
        );
        // A leap day, the last day of a year, and a day before 1970.
        assert_eq!([951_782_400, 946_684_799, -1].map(date), ["2000-02-29", "1999-12-31", "1969-12-31"]);
    }
}
