//! `artist2vec ingest` and `generate` as users meet them: the real program on files in the dataset's real format.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use artist2vec::corpus::{Corpus, IngestSettings, ingest};
use artist2vec::progress::Silent;
use artist2vec::rng::Rng;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_artist2vec"))
}

/// A folder of its own with generated slices in `slices/`.
struct Folder {
    directory: TempDir,
}

impl Folder {
    fn empty() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// 60 playlists in 11 slices, so that natural order differs from that of characters.
    fn generated() -> Self {
        let folder = Self::empty();
        let output = command()
            .args(["generate", "--playlists", "60", "--artists", "80", "--clusters", "4", "--slices", "11"])
            .arg(folder.path("slices"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn slices(&self) -> Vec<PathBuf> {
        let mut slices: Vec<PathBuf> =
            fs::read_dir(self.path("slices")).unwrap().map(|entry| entry.unwrap().path()).collect();
        slices.sort_by_key(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.trim_start_matches("mpd.slice.").split('-').next().unwrap().parse::<usize>().unwrap()
        });
        slices
    }

    /// Zips the slices, the last one first, with things beside them as real zips have them.
    fn zip(&self, name: &str, method: zip::CompressionMethod) -> PathBuf {
        let path = self.path(name);
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default().compression_method(method);
        for slice in self.slices().iter().rev() {
            let name = slice.file_name().unwrap().to_str().unwrap();
            zip.start_file(format!("data/{name}"), options).unwrap();
            zip.write_all(&fs::read(slice).unwrap()).unwrap();
        }
        for other in ["README.md", "__MACOSX/data/._mpd.slice.0-5.json", "md5sums"] {
            zip.start_file(other, options).unwrap();
            zip.write_all(b"no slice").unwrap();
        }
        zip.finish().unwrap();
        path
    }

    /// Runs ingest with `--json` into `corpus.a2c`.
    fn ingest(&self, arguments: &[&Path]) -> Run {
        let corpus = self.path("corpus.a2c");
        let _ = fs::remove_file(&corpus);
        let output = command().arg("ingest").args(arguments).arg("--json").arg("-o").arg(&corpus).output().unwrap();
        let left: Vec<_> = fs::read_dir(self.directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".tmp"))
            .collect();
        assert!(left.is_empty(), "{left:?} was left behind");
        assert!(!text(&output.stderr).contains("panicked"), "{}", text(&output.stderr));
        Run {
            code: output.status.code(),
            report: serde_json::from_slice(&output.stdout).unwrap_or_default(),
            errors: text(&output.stderr),
            corpus: corpus.exists().then(|| Corpus::open(&corpus).unwrap()),
        }
    }
}

struct Run {
    code: Option<i32>,
    report: Value,
    errors: String,
    corpus: Option<Corpus>,
}

impl Run {
    /// The corpus of a run that ended with `code`.
    fn corpus(self, code: i32) -> Corpus {
        assert_eq!(self.code, Some(code), "{}", self.errors);
        self.corpus.unwrap()
    }

    /// The errors of a run that failed and wrote nothing.
    fn failure(self) -> String {
        assert_eq!(self.code, Some(1), "{}", self.errors);
        assert!(self.corpus.is_none());
        self.errors
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Names and mentions of a playlist's artists.
fn names(corpus: &Corpus, playlist: usize) -> Vec<&str> {
    corpus.playlist(playlist).iter().map(|&artist| corpus.artists.names[artist as usize].as_str()).collect()
}

/// What a slice's playlists are by serde_json alone: title and artists' ids.
fn expected(slice: &[u8]) -> Vec<(String, Vec<String>)> {
    let slice: Value = serde_json::from_slice(slice).unwrap();
    let playlists = slice["playlists"].as_array().unwrap().iter();
    let string = |value: &Value| value.as_str().unwrap().to_owned();
    playlists
        .map(|playlist| {
            let tracks = playlist["tracks"].as_array().unwrap().iter();
            (string(&playlist["name"]), tracks.map(|track| string(&track["artist_uri"])).collect())
        })
        .collect()
}

/// The same of a corpus.
fn playlists(corpus: &Corpus) -> Vec<(String, Vec<String>)> {
    let ids = |i| corpus.playlist(i).iter().map(|&artist| corpus.artists.ids[artist as usize].clone());
    (0..corpus.len()).map(|i| (corpus.title(i).to_owned(), ids(i).collect())).collect()
}

#[test]
fn zip_folder_and_single_files_give_the_same_corpus() {
    let folder = Folder::generated();
    let all: Vec<_> = folder.slices().iter().flat_map(|slice| expected(&fs::read(slice).unwrap())).collect();

    let corpus = folder.ingest(&[&folder.path("slices")]).corpus(0);
    assert_eq!(playlists(&corpus), all);
    assert_eq!((corpus.len(), corpus.summary.sources.len()), (60, 1));
    assert_eq!(corpus.summary.sources[0].name, "slices");
    assert!(corpus.artists.mentions.is_sorted_by(|a, b| a >= b));
    assert_eq!(corpus.artists.mentions.iter().map(|&n| u64::from(n)).sum::<u64>(), corpus.summary.mentions);
    assert_eq!(corpus.summary.playlist_lengths.iter().sum::<u64>(), 60);
    assert_eq!(corpus.provenance().steps[0].command, "ingest");

    for method in [zip::CompressionMethod::Deflated, zip::CompressionMethod::Stored] {
        let zipped = folder.ingest(&[&folder.zip("slices.zip", method)]).corpus(0);
        assert_eq!(playlists(&zipped), all);
        assert_eq!(zipped.summary.digest, corpus.summary.digest);
    }

    let packed: Vec<PathBuf> = folder
        .slices()
        .iter()
        .enumerate()
        .map(|(i, slice)| {
            let bytes = fs::read(slice).unwrap();
            if i % 2 == 0 { folder.write(&format!("{i}.json.gz"), gzip(&bytes)) } else { slice.clone() }
        })
        .collect();
    let single = folder.ingest(&packed.iter().map(PathBuf::as_path).collect::<Vec<_>>()).corpus(0);
    assert_eq!(playlists(&single), all);
    assert_eq!(single.summary.digest, corpus.summary.digest);
    assert_eq!(single.summary.sources.len(), 11);
}

#[test]
fn a_cut_slice_keeps_every_whole_playlist() {
    let folder = Folder::generated();
    let slice = fs::read(&folder.slices()[0]).unwrap();
    let all = expected(&slice);
    // A playlist is whole when its closing bracket is there, eight spaces deep in this format.
    let ends: Vec<usize> = (0..slice.len()).filter(|&i| slice[..i].ends_with(b"\n        }")).collect();
    assert_eq!(ends.len(), all.len());
    let cuts = (1..40).map(|i| i * slice.len() / 40).chain(ends.iter().flat_map(|&end| [end - 1, end, end + 1]));
    for cut in cuts {
        let run = folder.ingest(&[&folder.write("cut.json", &slice[..cut])]);
        let whole = ends.iter().filter(|&&end| end <= cut).count();
        if whole == 0 {
            assert!(run.failure().contains("no playlist was found"), "cut at {cut}");
            continue;
        }
        assert!(run.errors.contains("cut.json: byte "), "{}", run.errors);
        assert_eq!(run.report["damaged"][0]["offset"], cut as u64);
        assert_eq!(playlists(&run.corpus(3)), all[..whole], "cut at {cut}");
    }
}

#[test]
fn damage_is_counted_in_places() {
    let folder = Folder::empty();
    let playlist = r#"{"tracks": [{"artist_name": "A"}]}"#;
    let junk = "x".repeat(10_000);
    let broken = "{x},".repeat(100_000);
    let run =
        folder.ingest(&[&folder.write("a.json", format!("{{\"playlists\": [{junk}{playlist}{broken}{playlist}]}}"))]);
    let damaged = &run.report["damaged"][0];
    assert_eq!((&damaged["offset"], &damaged["more"]), (&15.into(), &100_000.into()), "{}", run.errors);
    assert_eq!(run.corpus(3).len(), 2);
}

#[test]
fn strict_writes_nothing() {
    let folder = Folder::generated();
    let slice = fs::read(&folder.slices()[0]).unwrap();
    let cut = folder.write("cut.json", &slice[..slice.len() - 100]);
    let errors = folder.ingest(&[&cut, Path::new("--strict")]).failure();
    assert!(errors.contains("cut.json: byte ") && errors.contains("ends early"), "{errors}");
    folder.ingest(&[&folder.slices()[0], Path::new("--strict")]).corpus(0);
}

#[test]
fn damaged_zips_give_what_was_whole() {
    let folder = Folder::generated();
    let zip = folder.zip("slices.zip", zip::CompressionMethod::Deflated);
    let bytes = fs::read(&zip).unwrap();
    let whole = folder.ingest(&[&zip]).corpus(0);

    // Cut: the directory is gone. Members stand from the last slice to the first, so the first ones are lost.
    let mut kept = Vec::new();
    for cut in [bytes.len() - 10, bytes.len() * 2 / 3, bytes.len() / 3] {
        let run = folder.ingest(&[&folder.write("cut.zip", &bytes[..cut])]);
        assert_eq!(run.report["damaged"][0]["offset"], cut as u64);
        kept.push(playlists(&run.corpus(3)));
    }
    assert_eq!(kept[0], playlists(&whole));
    assert!(kept[1].len() < kept[0].len() && kept[2].len() < kept[1].len());
    for playlist in kept.iter().flatten() {
        assert!(playlists(&whole).contains(playlist));
    }
    let errors = folder.ingest(&[&folder.write("cut.zip", &bytes[..200]), Path::new("--strict")]).failure();
    assert!(errors.contains("cut.zip"), "{errors}");

    // A byte of a stored member altered inside a title: it reads well, only the checksum tells.
    let stored = folder.zip("stored.zip", zip::CompressionMethod::Stored);
    let mut bytes = fs::read(&stored).unwrap();
    let at = bytes.windows(13).position(|window| window == b"\"track_name\":").unwrap();
    bytes[at + 1] = b'T';
    let run = folder.ingest(&[&folder.write("stored.zip", bytes)]);
    assert!(run.errors.contains("checksum") && run.errors.contains("stored.zip/data/mpd.slice."), "{}", run.errors);
    assert_eq!(playlists(&run.corpus(3)), playlists(&whole));

    let errors = folder.ingest(&[&folder.write("no.zip", b"PK no zip at all")]).failure();
    assert!(errors.contains("no playlist was found") && errors.contains("no.zip"), "{errors}");
}

#[test]
fn no_altered_byte_of_any_input_breaks_the_program() {
    let folder = Folder::generated();
    let zip = fs::read(folder.zip("slices.zip", zip::CompressionMethod::Deflated)).unwrap();
    let slice = fs::read(&folder.slices()[0]).unwrap();
    let list = b"Drake\tBj\xc3\xb6rk\nBTS\tDrake\n".repeat(20);
    let known = b"uri\tname\nid:1\tDrake\n".to_vec();
    let mut rng = Rng::new(7);
    let (mut done, mut refused) = (0, 0);
    for (name, bytes) in [("a.zip", &zip), ("a.json", &slice), ("a.json.gz", &gzip(&slice)), ("a.tsv.gz", &gzip(&list))]
    {
        for _ in 0..60 {
            let mut bytes = bytes.clone();
            for _ in 0..=rng.below(3) {
                let at = rng.below(bytes.len() as u64) as usize;
                bytes[at] ^= 1 << rng.below(8);
            }
            bytes.truncate(bytes.len() - rng.below(3) as usize * rng.below(bytes.len() as u64 / 3) as usize);
            let mut known = known.clone();
            let at = rng.below(known.len() as u64) as usize;
            known[at] ^= 1 << rng.below(8);
            let settings = IngestSettings {
                inputs: vec![folder.write(name, bytes)],
                artists: vec![folder.write("known.tsv", known)],
                ordered: vec![],
                strict: false,
            };
            let corpus = folder.path("corpus.a2c");
            match ingest(&settings, &corpus, &Silent) {
                Ok(report) => {
                    done += 1;
                    assert_eq!(Corpus::open(&corpus).unwrap().len() as u64, report.playlists);
                }
                Err(_) => refused += 1,
            }
        }
    }
    assert!(done > 60 && refused > 10, "{done} {refused}");
}

#[test]
fn a_cut_gzip_keeps_what_was_whole() {
    let folder = Folder::empty();
    let lines: String = (0..5000).map(|i| format!("A{i}\tB{}\tC{}\n", i * 7 % 1000, i * i % 4000)).collect();
    let packed = gzip(lines.as_bytes());
    let run = folder.ingest(&[&folder.write("cut.tsv.gz", &packed[..packed.len() / 2])]);
    assert_eq!(run.report["damaged"].as_array().unwrap().len(), 1);
    let corpus = run.corpus(3);
    assert!((100..5000).contains(&corpus.len()));
    for i in 0..corpus.len() {
        assert_eq!(names(&corpus, i).join("\t"), lines.lines().nth(i).unwrap());
    }
    // The checksum at the end is gone.
    assert_eq!(folder.ingest(&[&folder.write("cut.tsv.gz", &packed[..packed.len() - 4])]).corpus(3).len(), 5000);
    let slice = fs::read(&Folder::generated().slices()[0]).unwrap();
    let packed = gzip(&slice);
    let corpus = folder.ingest(&[&folder.write("cut.json.gz", &packed[..packed.len() - 9])]).corpus(3);
    assert_eq!(playlists(&corpus), expected(&slice));
}

#[test]
fn tab_separated_lines_are_playlists() {
    let folder = Folder::empty();
    let run = folder.ingest(&[&folder.write("a.tsv", b"Drake\tBj\xc3\xb6rk\tDrake\r\n\nBTS\t\xff\nBJORK\tBTS")]);
    assert_eq!(run.report["damaged"][0]["offset"], 25);
    assert_eq!(run.report["mentions"], 5);
    let corpus = run.corpus(3);
    // Björk and BJORK are one artist; both spellings occur once, the smaller one names it.
    assert_eq!(names(&corpus, 0), ["Drake", "BJORK", "Drake"]);
    assert_eq!(names(&corpus, 1), ["BJORK", "BTS"]);
    assert_eq!(corpus.artists.mentions, [2, 2, 1]);
    assert_eq!((corpus.title(0), corpus.artists.ids[0].as_str()), ("", ""));
}

const SLICE: &str = r#"{"playlists": [
    {"name": "one", "tracks": [
        {"artist_name": "Björk", "artist_uri": "spotify:artist:bjork"},
        {"artist_name": "Air", "artist_uri": "spotify:artist:air1"},
        {"artist_name": "AIR", "artist_uri": "spotify:artist:air2"},
        {"artist_name": "", "track_name": "nobody"}]},
    {"name": "two", "tracks": [{"artist_name": "bjork"}, {"artist_name": "Air"}, {"artist_name": "!!!"}]}]}"#;

#[test]
fn names_join_the_one_id_and_namesakes_stay_apart() {
    let folder = Folder::empty();
    let slice = folder.write("slice.json", SLICE);
    let run = folder.ingest(&[&slice]);
    let identities = &run.report["identities"];
    assert_eq!(identities["with_id"]["artists"], 3);
    assert_eq!(identities["joined"], serde_json::json!({"artists": 1, "mentions": 1}));
    assert_eq!(identities["ambiguous"], serde_json::json!({"artists": 1, "mentions": 1}));
    assert_eq!(identities["unknown"], serde_json::json!({"artists": 1, "mentions": 1}));
    assert_eq!(run.report["nameless"], 1);
    let corpus = run.corpus(0);
    assert_eq!(corpus.artists.names, ["Björk", "!!!", "Air", "Air", "AIR"]);
    let ids = ["spotify:artist:bjork", "", "", "spotify:artist:air1", "spotify:artist:air2"];
    assert_eq!(corpus.artists.ids, ids);
    assert_eq!(corpus.artists.mentions, [2, 1, 1, 1, 1]);
    assert_eq!(corpus.playlist(0), [0, 3, 4]);
    assert_eq!(corpus.playlist(1), [0, 2, 1]);

    // The names of a list in another input join, too, wherever it stands.
    let list = folder.write("list.tsv", "BJÖRK\tair");
    let corpus = folder.ingest(&[&list, &slice]).corpus(0);
    assert_eq!(corpus.artists.ids[0], "spotify:artist:bjork");
    assert_eq!(corpus.artists.mentions[..2], [3, 2]);
    assert_eq!(corpus.artists.ids[1], "");
}

#[test]
fn known_artists_bring_ids() {
    let folder = Folder::empty();
    let list = folder.write("list.tsv", "!!!\tNemo\tAir\tDrake\nDrake");
    let header = "uri\tname\tgenres\nid:chk\t!!!\tpunk\nid:nemo\tNEMO\t\nid:other\tnobody mentions\t\n\tno id\t\n";
    let with_header = folder.write("known.tsv.gz", gzip(header.as_bytes()));
    let headerless = folder.write("uris.tsv", "id:air1\tAir\t7\nid:air2\tair\t3\nid:nemo\tNemo\t1");
    let artists = Path::new("--artists");
    let run = folder.ingest(&[&list, artists, &with_header, artists, &headerless]);
    assert_eq!(run.report["identities"]["joined"]["artists"], 2);
    assert_eq!(run.report["identities"]["ambiguous"]["artists"], 1);
    assert_eq!(run.report["identities"]["unknown"]["artists"], 1);
    let corpus = run.corpus(0);
    assert_eq!(corpus.artists.names, ["Drake", "Air", "!!!", "Nemo"]);
    assert_eq!(corpus.artists.ids, ["", "", "id:chk", "id:nemo"]);

    let errors = folder.ingest(&[&list, artists, &folder.write("bad.tsv", "just one column\n")]).failure();
    assert!(errors.contains("bad.tsv") && errors.contains("uri and name"), "{errors}");
    assert!(folder.ingest(&[&list, artists, &folder.path("missing.tsv")]).failure().contains("missing.tsv"));
}

#[test]
fn what_cannot_be_read_is_named() {
    let folder = Folder::empty();
    let errors = folder.ingest(&[&folder.path("missing.json")]).failure();
    assert!(errors.contains("missing.json: cannot read"), "{errors}");
    let errors = folder.ingest(&[&folder.write("list.txt", "A\tB")]).failure();
    assert!(errors.contains("list.txt") && errors.contains(".tsv"), "{errors}");
    fs::create_dir(folder.path("hollow")).unwrap();
    assert!(folder.ingest(&[&folder.path("hollow")]).failure().contains("hollow"));
    assert!(folder.ingest(&[&folder.write("empty.tsv", "")]).failure().contains("no playlist was found"));
    let errors = folder.ingest(&[&folder.write("other.json", "{\"a\": [1]}")]).failure();
    assert!(errors.contains("other.json") && errors.contains("playlists"), "{errors}");

    let list = folder.write("list.tsv", "A\tB");
    let output = command().arg("ingest").arg(&list).arg("-o").arg(&list).output().unwrap();
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("this is an input"));
    assert_eq!(fs::read(&list).unwrap(), b"A\tB");

    // Nor is a file of a folder or a zip replaced, by whatever path.
    let generated = Folder::generated();
    let zip = generated.zip("all.zip", zip::CompressionMethod::Stored);
    fs::rename(zip, generated.path("slices/all.zip")).unwrap();
    fs::create_dir(generated.path("other")).unwrap();
    for file in ["slices/mpd.slice.0-4.json", "other/../slices/mpd.slice.0-4.json", "slices/all.zip"] {
        let before = fs::read(generated.path(file)).unwrap();
        let mut ingest = command();
        ingest.arg("ingest").arg(generated.path("slices")).arg("-o").arg(generated.path(file));
        let output = ingest.output().unwrap();
        assert!(output.status.code() == Some(1) && text(&output.stderr).contains("this is an input"), "{file}");
        assert_eq!(fs::read(generated.path(file)).unwrap(), before);
    }

    // One input that cannot be used does not spoil the others.
    assert_eq!(folder.ingest(&[&folder.path("other.json"), &list]).corpus(3).len(), 1);

    let output = command().arg("ingest").arg(&list).arg("-o").arg(folder.path("no/such/folder.a2c")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("folder.a2c: cannot write"), "{}", text(&output.stderr));
    for wrong in [&["ingest"][..], &["ingest", "a.json"], &["ingest", "a.json", "-o", "b", "--no-such-flag"]] {
        assert_eq!(command().args(wrong).output().unwrap().status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_failed_run_leaves_the_old_corpus() {
    let folder = Folder::empty();
    let corpus = folder.write("old.a2c", "old");
    let empty = folder.write("empty.tsv", "");
    let output = command().arg("ingest").arg(&empty).arg("-o").arg(&corpus).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(fs::read(&corpus).unwrap(), b"old");
}

#[test]
fn the_report_reads_well_and_a_closed_pipe_is_no_failure() {
    let folder = Folder::generated();
    let run = |output: Stdio| -> Output {
        let mut command = command();
        command.arg("ingest").arg(folder.path("slices")).arg("-o").arg(folder.path("corpus.a2c")).stdout(output);
        command.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap()
    };
    let output = run(Stdio::piped());
    assert!(output.status.success());
    let report = text(&output.stdout);
    assert!(report.contains("60 playlists") && report.contains("name joined to an id"), "{report}");
    assert_eq!(text(&output.stderr), "", "no bars where there is no terminal");

    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let output = run(writer.into());
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(0), ""));
}

#[test]
fn help_teaches() {
    for (subcommand, words) in [
        ("ingest", &["zip", ".tsv.gz", "--strict", "--artists", "Examples:", "Exit codes:"][..]),
        ("generate", &["clusters", "--seed", "Example:"]),
    ] {
        let output = command().args([subcommand, "--help"]).output().unwrap();
        assert!(output.status.success());
        let help = text(&output.stdout);
        assert!(words.iter().all(|word| help.contains(word)), "{help}");
    }
}

#[test]
fn generate_refuses_senseless_numbers() {
    let folder = Folder::empty();
    for option in ["--playlists", "--artists", "--clusters", "--slices"] {
        for number in ["0", "1000000001", "18446744073709551615", "18446744073709551616", "-1", "x"] {
            let output =
                command().arg("generate").arg(folder.path("toy")).arg(format!("{option}={number}")).output().unwrap();
            let errors = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{option} {number}: {errors}");
            assert!(errors.contains(option) && errors.contains(number), "{errors}");
        }
    }
    assert_eq!(command().args(["generate", "toy", "--seed", "x"]).output().unwrap().status.code(), Some(2));
    assert!(!folder.path("toy").exists());
}

/// Ends ingest by a signal while it reads; returns its exit code and what it said.
#[cfg(unix)]
fn interrupt(signal: &str) -> (Option<i32>, String) {
    let folder = Folder::empty();
    // A pipe that never ends: the program is still reading when the signal comes.
    let pipe = folder.path("endless.tsv");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = command()
        .arg("ingest")
        .arg(&pipe)
        .arg("-o")
        .arg(folder.path("corpus.a2c"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut writer = fs::File::options().write(true).open(&pipe).unwrap();
    // More than a pipe holds: it goes through only when the program is reading.
    let line = "A\tB\tC\n".repeat(20_000);
    // The program looks whether it may read the file before it reads it: in between nobody holds the other end.
    while writer.write_all(line.as_bytes()).is_err() {}
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    // Until the program has seen the signal and closes its end.
    while writer.write_all(line.as_bytes()).is_ok() {}
    drop(writer);
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    let code = child.wait().unwrap().code();
    let left: Vec<_> = fs::read_dir(folder.directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["endless.tsv"], "{signal}");
    (code, errors)
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let (code, errors) = interrupt("-INT");
    assert_eq!(code, Some(1));
    assert!(errors.contains("interrupted; nothing was written"), "{errors}");
    assert_eq!(interrupt("-KILL").0, None, "ended by the signal");
}

#[test]
fn the_real_sample_is_read_wholly() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mpd");
    let zip = data.join("spotify_million_playlist_dataset_sample.zip");
    if !zip.exists() {
        eprintln!("skipped: {} is not there", zip.display());
        return;
    }
    let folder = Folder::empty();
    let run = folder.ingest(&[&zip]);
    // 42,743 by exact name; names that fold to the same key are one artist.
    for (field, value) in [("playlists", 7_071), ("mentions", 696_957), ("artists", 42_637)] {
        assert_eq!(run.report[field], value, "{field}");
    }
    let corpus = run.corpus(0);
    assert_eq!((corpus.title(0), names(&corpus, 0)[0]), ("classics", "Elton John"));

    let run = folder.ingest(&[&data.join("mpd.slice.0-999.truncated.json")]);
    assert_eq!(run.report["damaged"][0]["offset"], 1 << 20);
    assert_eq!(run.corpus(3).len(), 37);
    let corpus = folder.ingest(&[&data.join("mpd.slice.0-999.with_uris.json")]).corpus(0);
    assert_eq!((corpus.len(), corpus.title(0)), (29, "Throwbacks"));
    assert!(corpus.artists.ids.iter().all(|id| id.starts_with("spotify:artist:")));
}
