//! `artist2vec export`, `similar`, `blend` and `inspect` as their users run them.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use artist2vec::catalog::metadata::Provenance;
use artist2vec::corpus::Artists;
use artist2vec::crawl::cache::{Answer, Findings, Value as Fact};
use artist2vec::crawl::{Cache, Source, What};
use artist2vec::export::open_pack;
use artist2vec::layout::Layout;
use artist2vec::training::{Model, TitleWords};
use serde_json::Value;

/// Artists on a circle, so that nearness is easy to tell and their mean is zero; "+/-" tries the sign rule.
const ARTISTS: [(&str, &str); 6] = [
    ("Drake", "spotify:artist:drake"),
    ("Kanye West", ""),
    ("Björk", ""),
    ("+/-", ""),
    ("Orbital", "spotify:artist:orbital"),
    ("Orbital", ""),
];

/// Sixths of a turn, a little off so that no two are equally near.
fn angle(artist: usize) -> f32 {
    [0.0, 1.0, 2.2, 3.1, 4.1, 5.2][artist]
}

struct Fixture {
    directory: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let artists = ARTISTS.len();
        let model = Model {
            artists: Artists {
                names: ARTISTS.map(|(name, _)| name.to_owned()).to_vec(),
                ids: ARTISTS.map(|(_, id)| id.to_owned()).to_vec(),
                mentions: (0..artists as u32).map(|i| 60 - 10 * i).collect(),
            },
            dimensions: 2,
            input: (0..artists).flat_map(|i| [angle(i).cos(), angle(i).sin()]).collect(),
            output: vec![],
            squares: Vec::new(),
            weights: Vec::new(),
            bias: Vec::new(),
            words: TitleWords::default(),
            provenance: Provenance::default(),
        };
        let layout = Layout {
            artists,
            positions: vec![0.25; 3 * artists],
            model_digest: model.digest(),
            provenance: Provenance::default(),
        };
        model.write(&directory.path().join("model.a2m")).unwrap();
        layout.write(&directory.path().join("map.a2l")).unwrap();
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_artist2vec");
        Command::new(program).args(arguments).current_dir(self.directory.path()).output().unwrap()
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn fail(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).unwrap()
    }

    fn exported() -> Self {
        let fixture = Self::new();
        fixture.succeed(&["export", "model.a2m", "--layout", "map.a2l", "-o", "site", "--title", "Six"]);
        fixture
    }

    fn names(&self, arguments: &[&str]) -> Vec<String> {
        let json: Value =
            serde_json::from_str(&self.succeed(&[&arguments[..2], &["--json"], &arguments[2..]].concat())).unwrap();
        let results = json["results"].as_array().unwrap();
        results.iter().map(|result| result["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// A part's file by its role.
fn part_file(folder: &Path, role: &str) -> PathBuf {
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let part = manifest["parts"].as_array().unwrap().iter().find(|part| part["role"] == role).unwrap();
    folder.join(part["file"].as_str().unwrap())
}

#[test]
fn export_writes_a_pack_that_its_manifest_names() {
    let fixture = Fixture::new();
    let report = fixture.succeed(&["export", "model.a2m", "--layout", "map.a2l", "-o", "deep/site"]);
    for expected in ["6 artists, 2 dimensions", "vectors-0-", "recall@20 1.0000"] {
        assert!(report.contains(expected), "{report}");
    }
    let vectors = part_file(&fixture.path("deep/site"), "vectors");
    assert_eq!(std::fs::metadata(&vectors).unwrap().len() % 64, 0);
    let compact = ["export", "model.a2m", "--layout", "map.a2l", "-o", "compact", "--codes"];
    fixture.succeed(&[&compact[..], &["compact"]].concat());
    assert!(fixture.succeed(&["inspect", "compact"]).contains("step = 0.013"));
    assert!(fixture.fail(2, &[&compact[..], &["0"]].concat()).contains("a step above 0"));
    // The same input gives the same bytes, hence the same name; another title another pack, and the old one stays.
    let again = fixture.succeed(&["export", "model.a2m", "--layout", "map.a2l", "-o", "deep/site"]);
    assert!(!again.contains("no longer named"), "{again}");
    let other = fixture.succeed(&["export", "model.a2m", "--layout", "map.a2l", "-o", "deep/site", "--title", "B"]);
    assert!(other.contains("no longer named"), "{other}");
}

#[test]
fn export_refuses_a_layout_of_another_model() {
    let fixture = Fixture::new();
    let mut model = Model::read(&fixture.path("model.a2m")).unwrap();
    model.input[0] = 0.5;
    model.write(&fixture.path("other.a2m")).unwrap();
    let error = fixture.fail(1, &["export", "other.a2m", "--layout", "map.a2l", "-o", "site"]);
    assert!(error.contains("another model") && error.contains("artist2vec layout"), "{error}");
    assert!(!fixture.path("site").exists());
    assert!(fixture.fail(1, &["export", "map.a2l", "--layout", "map.a2l", "-o", "site"]).contains("not a model"));
}

#[test]
fn genres_come_from_a_table() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("artists.tsv"), "uri\tname\tgenres\nspotify:artist:drake\tDrake\trap|pop\n").unwrap();
    fixture.succeed(&["export", "model.a2m", "--layout", "map.a2l", "-o", "site", "--genres", "artists.tsv"]);
    let pack = open_pack(&fixture.path("site")).unwrap();
    assert_eq!(pack.genres(0), ["rap", "pop"]);
}

#[test]
fn facts_come_from_a_cache_as_far_as_they_are_allowed() {
    let fixture = Fixture::new();
    let cache = Cache::create(&fixture.path("crawl.db")).unwrap();
    let mut picture = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(200, 100).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let picture = picture.into_inner();
    let broken = picture[..20].to_vec();
    for (id, name, body) in [("spotify:artist:drake", "Drake", picture), ("", "Björk", broken)] {
        let url = format!("https://pictures.example/{name}");
        let facts = vec![
            (What::Genres, Some(Fact::Genres(vec!["pop".into()]))),
            (What::Followers, Some(Fact::Followers(1_200_000))),
            (What::Pictures, Some(Fact::Picture(url.clone()))),
        ];
        let artist = cache.artist(id, name).unwrap();
        cache.record(artist, Source::Spotify, &Findings { facts, ..Findings::default() }, None).unwrap();
        cache.store_answer(Source::Spotify, &url, &Answer { status: 200, body }, None).unwrap();
    }
    drop(cache);
    let export = ["export", "model.a2m", "--layout", "map.a2l", "-o", "site", "--cache", "crawl.db", "--allow"];
    let with = |arguments: &[&str]| {
        let _ = std::fs::remove_dir_all(fixture.path("site"));
        let report = fixture.succeed(&[&export[..], arguments].concat());
        (open_pack(&fixture.path("site")).unwrap(), report)
    };

    let (pack, report) = with(&["genres,followers,pictures"]);
    assert_eq!((pack.genres(2), pack.followers(0), pack.followers(1)), (vec!["pop"], Some(1_200_000), None));
    assert!(pack.thumbnail(0).starts_with(&[0xff, 0xd8, 0xff]));
    assert_eq!((pack.picture_link(0), pack.thumbnail(2)), ("https://pictures.example/Drake", &[][..]));
    for expected in
        ["pictures of 1 artists from Spotify", "left out: 1 pictures that are no picture", "terms is up to you"]
    {
        assert!(report.contains(expected), "{report}");
    }
    let inspected = fixture.succeed(&["inspect", "site"]);
    for expected in [
        "Pictures: Spotify (2",
        "allow = genres,followers,pictures",
        "thumbnails-for = 2000",
        "from-spotify: 2 artists",
    ] {
        assert!(inspected.contains(expected), "{inspected}");
    }

    let (pack, _) = with(&["pictures", "--pictures", "links"]);
    assert_eq!((pack.picture_link(2), pack.thumbnail(0)), ("https://pictures.example/Björk", &[][..]));
    assert_eq!((pack.genres(0).len(), pack.followers(0), pack.credits().count()), (0, None, 1));

    assert!(fixture.fail(2, &export[..8]).contains("--allow"));
    assert!(
        fixture
            .fail(2, &["export", "model.a2m", "--layout", "map.a2l", "-o", "x", "--thumbnails-for", "3"])
            .contains("--cache")
    );
    assert!(fixture.fail(2, &[&export[..], &["everything"]].concat()).contains("genres, followers, pictures"));
    let no_cache = ["export", "model.a2m", "--layout", "map.a2l", "-o", "x", "--cache", "no.db", "--allow", "genres"];
    assert!(fixture.fail(1, &no_cache).contains("artist2vec crawl"));
}

#[test]
fn similar_answers_from_folder_and_manifest() {
    let fixture = Fixture::exported();
    for pack in ["site", "site/manifest.json"] {
        assert_eq!(
            fixture.names(&["similar", pack, "DRAKE"]),
            ["kanye west", "orbital", "spotify:artist:orbital", "bjork", "+/-"]
        );
    }
    let json: Value =
        serde_json::from_str(&fixture.succeed(&["similar", "site", "bjork", "-n", "1", "--json"])).unwrap();
    assert_eq!(json["query"][0]["name"], "Björk");
    let first = &json["results"][0];
    assert_eq!((&first["rank"], &first["name"], &first["mentions"]), (&1.into(), &"+/-".into(), &30.into()));
    assert!((first["score"].as_f64().unwrap() - 0.9_f64.cos()).abs() < 0.02);
    let table = fixture.succeed(&["similar", "site", "Drake", "-n", "2"]);
    assert_eq!(table.lines().count(), 3, "{table}");
}

#[test]
fn blend_reads_signs_and_names_that_begin_with_one() {
    let fixture = Fixture::exported();
    // Right and not up: below comes before above.
    assert_eq!(
        fixture.names(&["blend", "site", "Drake", "--", "-Björk"])[..2],
        ["orbital", "kanye west"].map(String::from)
    );
    assert_eq!(fixture.names(&["blend", "site", "+/-"]).len(), 5, "the artist +/-, not a sign");
    assert_eq!(fixture.names(&["blend", "site", "+Drake", "+Kanye West"]).len(), 4);
    let error = fixture.fail(1, &["blend", "site", "Drake", "--", "-Drake"]);
    assert!(error.contains("cancel out"), "{error}");
}

#[test]
fn unknown_names_and_damaged_packs_say_what_to_do() {
    let fixture = Fixture::exported();
    let error = fixture.fail(1, &["similar", "site", "Kanye"]);
    assert!(error.contains("Did you mean \"Kanye West\"?"), "{error}");
    assert!(fixture.fail(1, &["similar", "site", "Zappa"]).contains("no artist is called \"Zappa\""));
    for (path, said) in [("nowhere", "nowhere"), (".", "./manifest.json"), ("model.a2m/pack", "model.a2m/pack")] {
        let error = fixture.fail(1, &["similar", path, "Drake"]);
        assert!(
            error.contains(&format!("{said}: cannot read")) && error.contains("`artist2vec export` wrote"),
            "{error}"
        );
    }
    for address in ["ftp://a.example/pack", "file:///pack"] {
        assert!(fixture.fail(1, &["similar", address, "Drake"]).contains("only by http and https"));
    }
    fixture.fail(2, &["similar", "site"]);
    fixture.fail(2, &["similar", "site", "Drake", "-n", "many"]);

    let file = part_file(&fixture.path("site"), "vectors");
    assert!(fixture.fail(1, &["inspect", file.to_str().unwrap()]).contains("one part of a pack"));
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    assert!(fixture.fail(1, &["similar", "site", "Drake"]).contains("not the part that the manifest names"));
    std::fs::remove_file(&file).unwrap();
    assert!(fixture.fail(1, &["inspect", "site"]).contains("Copy it from where the pack was made"));
    std::fs::write(&file, "<html>Not found").unwrap();
    assert!(fixture.fail(1, &["similar", "site", "Drake"]).contains("is a web page and no part"));
    std::fs::write(fixture.path("site/manifest.json"), "<!doctype html>").unwrap();
    assert!(fixture.fail(1, &["inspect", "site"]).contains("it is a web page"));
    std::fs::write(fixture.path("site/manifest.json"), "{}").unwrap();
    let error = fixture.fail(1, &["inspect", "site"]);
    assert!(error.contains("not a manifest") && error.contains("export the pack anew"), "{error}");
    assert_eq!(error.matches("missing field").count(), 1, "{error}");
}

#[test]
fn folders_are_trusted_no_more_than_hosts() {
    let fixture = Fixture::exported();
    let file = part_file(&fixture.path("site"), "vectors");
    std::fs::File::create(&file).unwrap().set_len(1 << 42).unwrap();
    assert!(fixture.fail(1, &["similar", "site", "Drake"]).contains("is not the file that belongs there"));
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    assert!(fixture.fail(1, &["similar", "site", "Drake"]).contains("put the file itself there"));
    let manifest = fixture.path("site/manifest.json");
    let spaces = " ".repeat(1 << 20);
    std::fs::write(&manifest, spaces + &std::fs::read_to_string(&manifest).unwrap()).unwrap();
    assert!(fixture.fail(1, &["similar", "site", "Drake"]).contains("more than 1048576 bytes"));
}

#[test]
fn parts_of_unknown_kinds_are_left_out() {
    let fixture = Fixture::exported();
    let path = fixture.path("site/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let lyrics = serde_json::json!({
        "role": "lyrics", "first": 0, "rows": 6, "file": "lyrics-0-1.a2v", "bytes": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    });
    // In the middle, as a later version may have it.
    manifest["parts"].as_array_mut().unwrap().insert(1, lyrics);
    std::fs::write(&path, manifest.to_string()).unwrap();
    assert_eq!(fixture.names(&["similar", "site", "Drake", "-n", "1"]), ["kanye west"]);
    let inspected = fixture.succeed(&["inspect", "site"]);
    assert!(inspected.contains("lyrics-0-1.a2v, 3 bytes") && inspected.contains("CODE"), "{inspected}");
    assert!(inspected.contains("left out: this program does not know"), "{inspected}");
    assert!(fixture.fail(1, &["verify", "site"]).contains("1 of "));
    std::fs::write(fixture.path("site/lyrics-0-1.a2v"), "abc").unwrap();
    assert!(fixture.succeed(&["verify", "site"]).contains("readers leave it out"));
    std::fs::write(fixture.path("site/lyrics-0-1.a2v"), "abd").unwrap();
    fixture.fail(1, &["verify", "site"]);
    fixture.succeed(&["similar", "site", "Drake"]);
}

#[test]
fn verify_does_not_call_whole_what_it_could_not_check() {
    let fixture = Fixture::exported();
    let whole = fixture.succeed(&["verify", "site"]);
    let parts = whole.matches(": whole").count();
    assert!(parts > 3 && whole.starts_with("Six: 6 artists"), "{whole}");
    std::fs::remove_file(part_file(&fixture.path("site"), "names")).unwrap();
    let output = fixture.run(&["verify", "site"]);
    let (found, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(1), "{found}");
    assert!(found.contains("NOT WHOLE: ") && found.contains("this part of the pack is missing"), "{found}");
    // What needs nobody's name is checked.
    let unchecked = found.matches(": not checked: builds on a part that is missing or damaged").count();
    assert_eq!((found.matches(": whole").count(), unchecked), (1, parts - 2), "{found}");
    assert!(error.contains(&format!("{} of {parts} parts are not whole, or not known to be", parts - 1)), "{error}");
}

#[test]
fn inspect_shows_what_a_pack_is() {
    let fixture = Fixture::exported();
    let text = fixture.succeed(&["inspect", "site"]);
    for expected in ["Six", "6 artists, 2 dimensions", "CODE", "export (artist2vec", "recall@20: 1.0000"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    let json: Value = serde_json::from_str(&fixture.succeed(&["inspect", "site", "--json"])).unwrap();
    assert_eq!((&json["artists"], &json["metadata"]["title"]), (&6.into(), &"Six".into()));
}

#[test]
fn a_reader_that_has_had_enough_is_no_failure() {
    let fixture = Fixture::exported();
    for arguments in
        [&["similar", "site", "Drake"][..], &["similar", "site", "Drake", "--json"], &["inspect", "site", "--json"]]
    {
        let mut child = Command::new(env!("CARGO_BIN_EXE_artist2vec"))
            .args(arguments)
            .current_dir(fixture.directory.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{arguments:?}");
    }
}

#[test]
fn help_names_every_subcommand() {
    let help = Fixture::new().succeed(&["--help"]);
    for name in ["ingest", "train", "layout", "export", "similar", "blend", "inspect", "convert"] {
        assert!(help.contains(name), "{name} in {help}");
    }
}
