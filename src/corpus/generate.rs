//! Artificial playlists in the Million Playlist Dataset's own format, with clusters planted in them.
//!
//! Owns what tests, benchmarks and a first try of the program use where no real playlists are at hand. Every playlist is
//! a function of the seed and its number alone, so a corpus of any size is written without being held.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::ser::{Error as _, SerializeSeq as _};
use serde::{Serialize, Serializer};

use crate::files::{self, FileError};
use crate::progress::Progress;
use crate::rng::Rng;

use super::artists::Artists;
use super::file::Corpus;
use super::inputs;

/// What the artificial corpus is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneratorSettings {
    /// Number of playlists.
    pub playlists: usize,
    /// Number of artists that playlists draw from; at least 1.
    pub artists: usize,
    /// Number of planted clusters; at least 1 and at most `artists`.
    pub clusters: usize,
    /// Share of a playlist's mentions that come from its own cluster, in [0, 1]; the rest comes from a random one.
    pub purity: f64,
    /// Exponent of the popularity law: an artist's weight is `1 / rank^exponent` (Zipf).
    pub exponent: f64,
    /// The same seed gives the same corpus, on every machine.
    pub seed: u64,
}

impl Default for GeneratorSettings {
    fn default() -> Self {
        Self { playlists: 1000, artists: 500, clusters: 10, purity: 0.9, exponent: 0.9, seed: 1 }
    }
}

/// An artificial playlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedPlaylist {
    /// Its title: mostly words of its cluster.
    pub title: String,
    /// Its cluster.
    pub cluster: usize,
    /// The artist of every track, as numbers below [`GeneratorSettings::artists`]; 0 is the most popular.
    pub artists: Vec<usize>,
}

/// Makes artificial playlists.
#[derive(Clone, Debug)]
pub struct Generator {
    settings: GeneratorSettings,
    /// Artist `a` is the `a / clusters`-th most popular of cluster `a % clusters`: the running sums of the weights.
    cumulative: Vec<Vec<f64>>,
}

/// Words that name clusters; more clusters than words get a number behind the word.
const CLUSTER_WORDS: [&str; 20] = [
    "Jazz", "Metal", "Techno", "Folk", "Reggae", "Opera", "Punk", "Soul", "Salsa", "Blues", "House", "Grunge", "Disco",
    "Tango", "Ambient", "Gospel", "Ska", "Flamenco", "Country", "Bossa",
];

/// Words that stand in titles of a cluster beside its name.
const MOODS: [&str; 11] =
    ["night", "gym", "chill", "roadtrip", "party", "study", "summer", "rainy day", "sleep", "worship", "90s"];

/// Titles that say nothing.
const PLAIN_TITLES: [&str; 6] = ["favorites", "good stuff", "mix", "2017", "my playlist", "🔥🔥"];

/// Tracks an artist has, and tracks on an album.
const TRACKS: u64 = 30;
const ALBUM: u64 = 10;

impl Generator {
    /// Prepares the popularity tables; settings out of range are moved to the nearest sensible ones.
    pub fn new(settings: GeneratorSettings) -> Self {
        let artists = settings.artists.max(1);
        let clusters = settings.clusters.clamp(1, artists);
        let cumulative = (0..clusters)
            .map(|cluster| {
                let mut sum = 0.0;
                let weight = |artist: usize| libm::pow((artist + 1) as f64, -settings.exponent);
                (cluster..artists)
                    .step_by(clusters)
                    .map(|artist| {
                        sum += weight(artist);
                        sum
                    })
                    .collect()
            })
            .collect();
        Self { settings: GeneratorSettings { artists, clusters, ..settings }, cumulative }
    }

    /// What the corpus is like.
    pub fn settings(&self) -> &GeneratorSettings {
        &self.settings
    }

    /// The cluster that an artist was planted in.
    pub fn cluster(&self, artist: usize) -> usize {
        artist % self.settings.clusters
    }

    /// An artist's name, unique also when folded: its cluster's name and a made-up word.
    pub fn name(&self, artist: usize) -> String {
        const SYLLABLES: [&str; 16] =
            ["ka", "lo", "mi", "ru", "sé", "ta", "vo", "né", "bi", "dra", "fö", "gi", "hu", "jo", "pa", "zy"];
        let mut word = String::new();
        let mut rest = artist / self.settings.clusters + SYLLABLES.len();
        while rest > 0 {
            word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
            rest /= SYLLABLES.len();
        }
        let initial: String = word.chars().take(1).flat_map(char::to_uppercase).collect();
        format!("{} {initial}{}", cluster_name(self.cluster(artist)), &word[1..])
    }

    /// An artist's stable id in Spotify's form.
    pub fn id(&self, artist: usize) -> String {
        format!("spotify:artist:{}", self.base62(0, artist as u64))
    }

    /// Playlist number `i`: any number, also beyond [`GeneratorSettings::playlists`].
    pub fn playlist(&self, i: usize) -> GeneratedPlaylist {
        /// Chance that a track is by the same artist as the one before it.
        const REPEAT: f64 = 0.2;
        let mut rng = self.stream(1, i as u64);
        let cluster = rng.below(self.settings.clusters as u64) as usize;
        let mut artists: Vec<usize> = Vec::new();
        for _ in 0..playlist_length(&mut rng) {
            let artist = match artists.last() {
                Some(&last) if rng.next_f64() < REPEAT => last,
                _ if rng.next_f64() < self.settings.purity => self.draw(cluster, &mut rng),
                _ => self.draw(rng.below(self.settings.clusters as u64) as usize, &mut rng),
            };
            artists.push(artist);
        }
        GeneratedPlaylist { title: title(cluster, &mut rng), cluster, artists }
    }

    /// The whole corpus in memory, as ingest would make it.
    pub fn corpus(&self) -> Corpus {
        let playlists: Vec<GeneratedPlaylist> = (0..self.settings.playlists).map(|i| self.playlist(i)).collect();
        let mut mentions = vec![0_u32; self.settings.artists];
        for &artist in playlists.iter().flat_map(|playlist| &playlist.artists) {
            mentions[artist] += 1;
        }
        let mut order: Vec<usize> = (0..self.settings.artists).filter(|&artist| mentions[artist] > 0).collect();
        order.sort_by_cached_key(|&artist| (std::cmp::Reverse(mentions[artist]), self.id(artist)));
        let mut ranks = vec![0_u32; self.settings.artists];
        for (rank, &artist) in order.iter().enumerate() {
            ranks[artist] = rank as u32;
        }
        let artists = Artists {
            names: order.iter().map(|&artist| self.name(artist)).collect(),
            ids: order.iter().map(|&artist| self.id(artist)).collect(),
            mentions: order.iter().map(|&artist| mentions[artist]).collect(),
        };
        let ranked: Vec<Vec<u32>> =
            playlists.iter().map(|playlist| playlist.artists.iter().map(|&artist| ranks[artist]).collect()).collect();
        let titles: Vec<String> = playlists.into_iter().map(|playlist| playlist.title).collect();
        Corpus::in_memory(artists, &ranked, &titles)
    }

    /// Writes the playlists as `slices` files `mpd.slice.N-M.json` into `directory`, which is made where it is missing.
    ///
    /// # Errors
    /// [`FileError`] where the folder or a file cannot be written, where the folder has slices of another run that these
    /// would not replace (ingest would read both), or where the user interrupted.
    pub fn write_slices(&self, directory: &Path, slices: usize, progress: &dyn Progress) -> Result<(), FileError> {
        fs::create_dir_all(directory).map_err(|source| FileError::write(directory, source))?;
        progress.stage("generate", Some(self.settings.playlists as u64));
        let slices = slices.clamp(1, self.settings.playlists.max(1));
        // As even as whole playlists allow; u128 because neither factor is bounded.
        let border = |i: usize| (self.settings.playlists as u128 * i as u128 / slices as u128) as usize;
        let ranges = (0..slices).map(|i| border(i)..border(i + 1)).filter(|numbers| !numbers.is_empty());
        let files: Vec<(Range<usize>, PathBuf)> = ranges
            .map(|numbers| {
                let name = format!("mpd.slice.{}-{}.json", numbers.start, numbers.end - 1);
                (numbers, directory.join(name))
            })
            .collect();
        let ours: BTreeSet<&Path> = files.iter().map(|(_, path)| path.as_path()).collect();
        for path in inputs::files_of(directory)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("mpd.slice.") && !ours.contains(path.as_path()) {
                let reason =
                    format!("{name} of another run lies there; remove that run's slices or name another folder");
                return Err(FileError::write(directory, io::Error::new(io::ErrorKind::AlreadyExists, reason)));
            }
        }
        for (numbers, path) in &files {
            files::write_atomically(path, |writer| {
                let slice = format!("{}-{}", numbers.start, numbers.end - 1);
                let info = InfoJson { generated_on: "2017-12-03 08:41:42.057563", slice, version: "v1" };
                let playlists = PlaylistsJson { generator: self, numbers: numbers.clone(), progress };
                let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
                SliceJson { info, playlists }
                    .serialize(&mut serde_json::Serializer::with_formatter(writer, formatter))
                    .map_err(|error| FileError::write(path, error.into()))
            })?;
        }
        Ok(())
    }

    fn json(&self, pid: usize) -> PlaylistJson {
        let playlist = self.playlist(pid);
        let mut rng = self.stream(2, pid as u64);
        let tracks: Vec<TrackJson> = playlist
            .artists
            .iter()
            .enumerate()
            .map(|(pos, &artist)| {
                let track = rng.below(TRACKS);
                let (key, album) = (artist as u64 * TRACKS + track, track / ALBUM);
                TrackJson {
                    pos,
                    artist_name: self.name(artist),
                    track_uri: format!("spotify:track:{}", self.base62(3, key)),
                    artist_uri: self.id(artist),
                    track_name: format!("\"Song\" No. {}", track + 1),
                    album_uri: format!("spotify:album:{}", self.base62(4, artist as u64 * TRACKS + album)),
                    duration_ms: 120_000 + Rng::stream(self.settings.seed, key).below(240_000),
                    album_name: format!("Album {} \\ live", album + 1),
                }
            })
            .collect();
        let distinct = |mut uris: Vec<&str>| {
            uris.sort_unstable();
            uris.dedup();
            uris.len()
        };
        PlaylistJson {
            name: playlist.title,
            collaborative: if rng.below(50) == 0 { "true" } else { "false" },
            pid,
            modified_at: 1_262_304_000 + rng.below(2_800) * 86_400,
            num_tracks: tracks.len(),
            num_albums: distinct(tracks.iter().map(|track| track.album_uri.as_str()).collect()),
            num_followers: 1 + rng.below(4),
            num_edits: 1 + rng.below(60),
            duration_ms: tracks.iter().map(|track| track.duration_ms).sum(),
            num_artists: distinct(tracks.iter().map(|track| track.artist_uri.as_str()).collect()),
            tracks,
        }
    }

    /// One of the independent streams of this corpus: `purpose` keeps ids, playlists and tracks apart.
    fn stream(&self, purpose: u64, number: u64) -> Rng {
        Rng::stream(self.settings.seed, (purpose << 56) ^ number)
    }

    /// The 22 characters of a Spotify id.
    fn base62(&self, purpose: u64, number: u64) -> String {
        const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut rng = self.stream(purpose, number);
        (0..22).map(|_| char::from(DIGITS[rng.below(62) as usize])).collect()
    }

    /// Draws an artist of a cluster by popularity.
    fn draw(&self, cluster: usize, rng: &mut Rng) -> usize {
        let sums = &self.cumulative[cluster];
        let at = rng.next_f64() * sums.last().copied().unwrap_or_default();
        let nth = sums.partition_point(|&sum| sum <= at).min(sums.len().saturating_sub(1));
        nth * self.settings.clusters + cluster
    }
}

/// The cluster that an artist of this name was planted in; `None` for a name that no [`Generator`] makes.
pub fn cluster_of(name: &str) -> Option<usize> {
    let word = name.split(' ').next()?;
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let position = CLUSTER_WORDS.iter().position(|&known| known == letters)?;
    let round = if letters == word { 1 } else { word[letters.len()..].parse::<usize>().ok()? };
    round.checked_sub(1)?.checked_mul(CLUSTER_WORDS.len())?.checked_add(position)
}

/// "Jazz", "Metal", … and after the last word "Jazz2", "Metal2", …
fn cluster_name(cluster: usize) -> String {
    let word = CLUSTER_WORDS[cluster % CLUSTER_WORDS.len()];
    match cluster / CLUSTER_WORDS.len() {
        0 => word.into(),
        round => format!("{word}{}", round + 1),
    }
}

/// Number of tracks: log-normal with median 49 and mean 66 as in the Million Playlist Dataset, cut to its 5 to 250.
fn playlist_length(rng: &mut Rng) -> usize {
    // Box and Muller, 1958; 1 − u keeps the logarithm's argument above zero.
    let radius = libm::sqrt(-2.0 * libm::log(1.0 - rng.next_f64()));
    let normal = radius * libm::cos(std::f64::consts::TAU * rng.next_f64());
    (49.0 * libm::exp(0.8 * normal)).clamp(5.0, 250.0) as usize
}

fn title(cluster: usize, rng: &mut Rng) -> String {
    let name = cluster_name(cluster).to_lowercase();
    let mood = MOODS[cluster % MOODS.len()];
    match rng.below(6) {
        0 => PLAIN_TITLES[rng.below(PLAIN_TITLES.len() as u64) as usize].into(),
        1 => name,
        2 => mood.into(),
        3 => format!("{mood} {name}"),
        4 => format!("My {name} ♥"),
        _ => format!("{name} {mood}"),
    }
}

/// A slice file.
#[derive(Serialize)]
struct SliceJson<'a> {
    info: InfoJson,
    playlists: PlaylistsJson<'a>,
}

#[derive(Serialize)]
struct InfoJson {
    generated_on: &'static str,
    slice: String,
    version: &'static str,
}

/// Playlists that are made while they are written.
struct PlaylistsJson<'a> {
    generator: &'a Generator,
    numbers: Range<usize>,
    progress: &'a dyn Progress,
}

impl Serialize for PlaylistsJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.numbers.len()))?;
        for pid in self.numbers.clone() {
            if self.progress.interrupted() {
                return Err(S::Error::custom("interrupted"));
            }
            sequence.serialize_element(&self.generator.json(pid))?;
            self.progress.advance(1);
        }
        sequence.end()
    }
}

/// A playlist with every field of the dataset, in the dataset's order.
#[derive(Serialize)]
struct PlaylistJson {
    name: String,
    collaborative: &'static str,
    pid: usize,
    modified_at: u64,
    num_tracks: usize,
    num_albums: usize,
    num_followers: u64,
    tracks: Vec<TrackJson>,
    num_edits: u64,
    duration_ms: u64,
    num_artists: usize,
}

/// A track with every field of the dataset.
#[derive(Serialize)]
struct TrackJson {
    pos: usize,
    artist_name: String,
    track_uri: String,
    artist_uri: String,
    track_name: String,
    album_uri: String,
    duration_ms: u64,
    album_name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::fold;
    use crate::progress::Silent;

    #[test]
    fn names_are_unique_and_tell_their_cluster() {
        let generator = Generator::new(GeneratorSettings { artists: 5000, clusters: 47, ..Default::default() });
        let mut keys = BTreeSet::new();
        for artist in 0..5000 {
            assert_eq!(cluster_of(&generator.name(artist)), Some(generator.cluster(artist)));
            assert!(keys.insert(fold(&generator.name(artist))) && keys.insert(generator.id(artist)));
        }
        assert_eq!(cluster_of("Miles Davis"), None);
        assert_eq!(cluster_of("Jazz99999999999999999999 Ka"), None);
    }

    #[test]
    fn playlists_look_real() {
        let generator = Generator::new(GeneratorSettings { playlists: 2000, ..Default::default() });
        let corpus = generator.corpus();
        assert_eq!(corpus.len(), 2000);
        let lengths: Vec<usize> = (0..corpus.len()).map(|i| corpus.playlist(i).len()).collect();
        assert!(lengths.iter().all(|length| (5..=250).contains(length)));
        let mean = lengths.iter().sum::<usize>() as f64 / 2000.0;
        assert!((60.0..72.0).contains(&mean), "{mean}");
        // The law of popularity: the first tenth of the artists has most mentions.
        let tenth: u64 = corpus.artists.mentions[..50].iter().map(|&n| u64::from(n)).sum();
        assert!(tenth * 2 > corpus.summary.mentions, "{tenth}");
        assert!(corpus.artists.mentions.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn most_mentions_come_from_the_playlist_s_cluster() {
        let generator = Generator::new(GeneratorSettings::default());
        let (mut own, mut all) = (0, 0);
        for playlist in (0..200).map(|i| generator.playlist(i)) {
            own += playlist.artists.iter().filter(|&&artist| generator.cluster(artist) == playlist.cluster).count();
            all += playlist.artists.len();
        }
        let share = f64::from(own as u32) / f64::from(all as u32);
        assert!((0.88..0.95).contains(&share), "{share}");
    }

    #[test]
    fn the_same_seed_writes_the_same_slices() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, seed| {
            let generator = Generator::new(GeneratorSettings { playlists: 25, seed, ..Default::default() });
            generator.write_slices(&directory.path().join(name), 3, &Silent).unwrap();
        };
        write("a", 1);
        write("b", 1);
        write("c", 2);
        let read = |path: &str| fs::read_to_string(directory.path().join(path)).unwrap();
        let slice = read("a/mpd.slice.16-24.json");
        assert_eq!(slice, read("b/mpd.slice.16-24.json"));
        assert_ne!(slice, read("c/mpd.slice.16-24.json"));
        let json: serde_json::Value = serde_json::from_str(&slice).unwrap();
        assert_eq!(json["info"]["slice"], "16-24");
        assert_eq!(json["playlists"].as_array().unwrap().len(), 9);
        let playlist = &json["playlists"][8];
        assert_eq!(playlist["pid"], 24);
        assert_eq!(playlist["num_tracks"], playlist["tracks"].as_array().unwrap().len() as u64);
        assert_eq!(playlist["tracks"][4]["pos"], 4);
    }

    #[test]
    fn slices_of_another_run_are_not_mixed_in() {
        let directory = tempfile::tempdir().unwrap();
        let write = |playlists, slices, seed| {
            let generator = Generator::new(GeneratorSettings { playlists, seed, ..Default::default() });
            generator.write_slices(directory.path(), slices, &Silent)
        };
        let names = || {
            let names = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
            names.map(|name| name.into_string().unwrap()).collect::<BTreeSet<_>>()
        };
        fs::write(directory.path().join("mpd.slice.notes.txt"), "read by nobody").unwrap();
        write(25, 3, 1).unwrap();
        let before = names();
        assert_eq!(before.len(), 4);
        write(25, 3, 2).unwrap();
        for (playlists, slices) in [(25, 2), (24, 3), (8, 1), (0, 1)] {
            let error = write(playlists, slices, 1).unwrap_err().to_string();
            assert!(error.contains("mpd.slice.") && error.contains("another folder"), "{error}");
            assert_eq!(names(), before);
        }
        fs::rename(directory.path().join("mpd.slice.16-24.json"), directory.path().join("mpd.slice.9.json.gz"))
            .unwrap();
        assert!(write(16, 2, 1).unwrap_err().to_string().contains("mpd.slice.9.json.gz"));
    }

    #[test]
    fn senseless_settings_are_moved_to_sensible_ones() {
        let settings = GeneratorSettings { artists: 0, clusters: 9, playlists: 2, ..Default::default() };
        assert_eq!(Generator::new(settings).corpus().artists.len(), 1);
    }
}
