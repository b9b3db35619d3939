//! The questions of the command line as their users ask them: `similar`, `recommend`, `blend`, `path`, `axes`, `why`,
//! `words` and `compare`.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::process::{Command, Output};

use artist2vec::catalog::metadata::Step;
use artist2vec::catalog::{MANIFEST_FILE, PackContent, WordContent};
use serde_json::Value;

/// Artists on a circle, by their angles in degrees, the most mentioned first.
const ARTISTS: [(&str, f32); 10] = [
    ("Drake", 0.0),
    ("Rihanna", 40.0),
    ("Taylor Swift", 80.0),
    ("Metallica", 180.0),
    ("Kanye West", 15.0),
    ("blink-182", 150.0),
    ("Slayer", 195.0),
    ("Nickelback", 110.0),
    ("+/-", 140.0),
    ("Björk", 270.0),
];

const WORDS: [(&str, f32); 3] = [("rap", 5.0), ("pop", 70.0), ("rock", 170.0)];

struct Site {
    directory: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        Self::of(&Self::content())
    }

    fn content() -> PackContent {
        let points =
            |degrees: &[f32]| degrees.iter().flat_map(|d| [d.to_radians().cos(), d.to_radians().sin()]).collect();
        PackContent {
            names: ARTISTS.map(|(name, _)| name.to_owned()).to_vec(),
            ids: vec![String::new(); ARTISTS.len()],
            mentions: (0..ARTISTS.len() as u32).map(|i| 1000 >> i).collect(),
            genres: ARTISTS
                .map(|(name, _)| match name {
                    "Drake" | "Kanye West" => vec!["rap".to_owned()],
                    "Metallica" | "Slayer" => vec!["metal".to_owned(), "rock".to_owned()],
                    _ => vec![],
                })
                .to_vec(),
            positions: vec![0.0; 3 * ARTISTS.len()],
            dimensions: 2,
            vectors: points(&ARTISTS.map(|(_, degrees)| degrees)),
            words: WordContent {
                words: WORDS.map(|(word, _)| word.to_owned()).to_vec(),
                titles: vec![30, 20, 10],
                vectors: points(&WORDS.map(|(_, degrees)| degrees)),
                norms: Vec::new(),
            },
            ..PackContent::default()
        }
    }

    fn of(content: &PackContent) -> Self {
        let encoded = content.encode().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let site = directory.path().join("site");
        fs::create_dir(&site).unwrap();
        for (entry, bytes) in encoded.manifest.parts.iter().zip(&encoded.parts) {
            fs::write(site.join(&entry.file), bytes.as_slice()).unwrap();
        }
        fs::write(site.join(MANIFEST_FILE), serde_json::to_vec(&encoded.manifest).unwrap()).unwrap();
        Self { directory }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let program = env!("CARGO_BIN_EXE_artist2vec");
        let arguments = [&arguments[..1], &["site"], &arguments[1..]].concat();
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

    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.succeed(&[&arguments[..1], &["--json"], &arguments[1..]].concat())).unwrap()
    }
}

/// A field of every object of a list.
fn column<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    list.as_array().unwrap().iter().map(|object| object[field].as_str().unwrap()).collect()
}

#[test]
fn lists_have_options() {
    let site = Site::new();
    let names = |arguments: &[&str]| {
        let json = site.json(&[&["similar", "Drake", "-n", "3"], arguments].concat());
        column(&json["results"], "name").join(", ")
    };
    assert_eq!(names(&[]), "Kanye West, Rihanna, Taylor Swift");
    assert_eq!(names(&["--exclude", "rihanna"]), "Kanye West, Taylor Swift, Björk");
    assert_eq!(names(&["--ranks", "2-3"]), "Rihanna, Taylor Swift");
    assert_eq!(names(&["--ranks", "-3"]), "Rihanna, Taylor Swift");
    assert_eq!(names(&["--ranks", "8-"]), "Björk, Nickelback, +/-");
    let tempered = |dial| {
        let json = site.json(&["similar", "+/-", "-n", "3", "--temper", dial]);
        column(&json["results"], "name").join(", ")
    };
    assert_eq!(tempered("0"), "blink-182, Nickelback, Metallica");
    assert_eq!(tempered("1"), "blink-182, Metallica, Nickelback");
    assert_eq!(tempered("-1"), "blink-182, Nickelback, Metallica");
    assert_eq!(names(&["--diversity", "1"]), "Kanye West, Slayer, Nickelback");
    for bad in [["--temper", "-2"], ["--diversity", "7"]] {
        assert!(site.fail(2, &[&["similar", "Drake"], &bad[..]].concat()).contains("choose a number"));
    }
    for bad in ["x", "0-3", "3", "1-b"] {
        assert!(site.fail(2, &["similar", "Drake", "--ranks", bad]).contains("1-1000"), "{bad}");
    }
    assert!(site.fail(1, &["similar", "Drake", "--exclude", "Drakes"]).contains("Drakes"));
    assert!(site.succeed(&["similar", "Drake", "-n", "1"]).contains("0.966        62  Kanye West"));
}

#[test]
fn expressions_are_blended_and_recommended() {
    let site = Site::new();
    let json = site.json(&["blend", "drake - rap+word:rock", "-n", "2"]);
    assert_eq!(json["expression"], "Drake - rap + rock");
    assert_eq!(json["query"][1]["word"], "rap");
    assert_eq!(json["query"][1]["weight"], -1.0);
    let product = site.json(&["blend", "Drake + \"+/-\"", "--multiply", "-n", "1"]);
    assert_eq!(column(&product["results"], "name"), ["Taylor Swift"]);
    let explained = site.json(&["blend", "Rihanna - 2 Taylor Swift", "--explain", "-n", "2"]);
    assert_eq!(column(&explained["results"], "name"), ["Björk", "Drake"]);
    assert_eq!(column(&explained["removed"], "name"), ["Kanye West"]);
    assert_eq!(column(&explained["brought"], "name"), ["Björk"]);
    let text = site.succeed(&["blend", "Rihanna - 2 Taylor Swift", "--explain", "-n", "2"]);
    assert!(text.contains("removed: Kanye West\nbrought: Björk\n"), "{text}");
    let recommended = site.json(&["recommend", "Drake - Kanye West + 2 Rihanna", "-n", "2"]);
    assert_eq!(column(&recommended["results"], "name"), ["Taylor Swift", "Nickelback"]);
    assert!(site.fail(1, &["recommend", "--", "-Drake"]).contains("positive weight"));
    let error = site.fail(1, &["blend", "Drake + Kanye Wast"]);
    assert!(error.contains("at character 9") && error.contains("Kanye Wast"), "{error}");
    assert!(site.fail(1, &["blend", "Drake - Drake"]).contains("cancel out"));
    let nine = ["Drake"; 9].join("+");
    assert!(site.fail(2, &["blend", "--multiply", &nine]).contains("at most 8"));
}

#[test]
fn paths_lead_from_artist_to_artist() {
    let site = Site::new();
    let walk = |arguments: &[&str]| {
        let json = site.json(&[&["path", "--smooth", "0"], arguments].concat());
        column(&json["path"], "name").join(", ")
    };
    assert_eq!(walk(&["Drake", "blink-182", "--length", "5"]), "Drake, Rihanna, Taylor Swift, Nickelback, blink-182");
    assert_eq!(walk(&["Drake", "Taylor Swift", "--least", "0.7"]), "Drake, Rihanna, Taylor Swift");
    assert_eq!(walk(&["Drake", "Slayer", "Kanye West", "--length", "3"]), "Drake, Slayer, Kanye West");
    let around = walk(&["Drake", "blink-182", "--length", "4", "--bypass", "Nickelback"]);
    assert!(!around.contains("Nickelback") && around.split(", ").count() == 4, "{around}");
    let text = site.succeed(&["path", "Drake", "Kanye West", "--length", "2"]);
    assert_eq!(text, "to next  mentions  artist\n  0.966      1000  Drake\n               62  Kanye West\n");
    assert!(site.fail(1, &["path", "Drake", "drake"]).contains("by Drake twice"));
    assert!(site.fail(1, &["path", "Drake", "Metallica", "--least", "0.99"]).contains("from Drake to Metallica"));
    assert!(site.fail(2, &["path", "Drake", "Metallica", "--length", "1"]).contains("2 to 100 artists, not 1"));
    assert!(site.fail(2, &["path", "Drake", "Metallica", "--smooth", "2"]).contains("smooth"));
    site.fail(2, &["path", "Drake"]);
}

#[test]
fn axes_have_two_ends_and_places() {
    let site = Site::new();
    let axis = ["axes", "--low", "rap", "--high", "rock", "--artist", "Nickelback", "--artist", "drake", "-n", "2"];
    let json = site.json(&axis);
    assert_eq!(column(&json["high"]["artists"], "name"), ["Metallica", "Slayer"]);
    assert_eq!((&json["low"]["words"][0], &json["high"]["words"][0]), (&"rap".into(), &"rock".into()));
    assert_eq!(column(&json["places"], "name"), ["Nickelback", "Drake"]);
    assert_eq!(json["places"][1]["percentile"], 0.0);
    let text = site.succeed(&axis);
    assert!(text.contains("low end: words rap") && text.contains("  Drake, Kanye West\n"), "{text}");
    let genre = site.json(&["axes", "--high", "genre:Metal", "-n", "1"]);
    assert_eq!(column(&genre["high"]["artists"], "name"), ["Slayer"]);
    let strongest = site.json(&["axes", "-n", "2"]);
    assert!(strongest["axes"][0]["variance"].as_f64().unwrap() > 0.3);
    assert!(site.succeed(&["axes"]).starts_with("variance  separation  axis\n"));
    assert!(site.fail(1, &["axes", "--high", "genre:polka"]).contains("polka"));
    assert!(site.fail(1, &["axes", "--high", "2 Drake"]).contains("no signs or weights"));
}

#[test]
fn answers_are_explained_and_artists_described_and_compared() {
    let site = Site::new();
    let why = site.json(&["why", "Drake", "Kanye West", "-n", "2"]);
    assert_eq!((column(&why["words"], "word")[0], &why["genres"][0]), ("rap", &"rap".into()));
    assert_eq!(column(&why["bridges"], "name"), ["Rihanna", "Taylor Swift"]);
    assert!(site.succeed(&["why", "Drake", "Kanye West"]).contains("genres of both: rap\n"));
    let words = site.json(&["words", "Slayer"]);
    assert_eq!((&words["artist"]["name"], column(&words["words"], "word")[0]), (&"Slayer".into(), "rock"));
    assert!(site.succeed(&["words", "Slayer"]).contains("rock"));
    assert_eq!(site.succeed(&["words"]), "titles  word\n    30  rap\n    20  pop\n    10  rock\n");
    assert_eq!(column(&site.json(&["words"])["words"], "word"), ["rap", "pop", "rock"]);
    let pair = site.json(&["compare", "Drake", "Nickelback"]);
    assert_eq!(pair["ranks"], serde_json::json!([5, 8]));
    assert!((pair["similarity"].as_f64().unwrap() + pair["distance"].as_f64().unwrap() - 1.0).abs() < 1e-6);
    assert!(
        site.succeed(&["compare", "Drake", "Rihanna"])
            .contains("Rihanna is number 2 among the artists similar to Drake")
    );
    assert_eq!(site.json(&["compare", "Drake", "Slayer", "Rihanna", "Kanye West"])["odd_one_out"], "Slayer");
    assert!(site.succeed(&["compare", "Drake", "Slayer", "Rihanna"]).ends_with("odd one out: Slayer\n"));
}

#[test]
fn ranks_that_nobody_has_are_no_silent_empty_list() {
    let site = Site::new();
    for command in [&["similar", "Drake"][..], &["path", "Drake", "Rihanna"]] {
        let error = site.fail(2, &[command, &["--ranks", "5-1"]].concat());
        assert!(error.contains("write the smaller one first, as in 1-5"), "{error}");
        let output = site.run(&[command, &["--ranks", "11-", "--json"]].concat());
        let note = String::from_utf8(output.stderr).unwrap();
        assert!(note.contains("no artist has rank 11 or a later one: this pack has 10 artists"), "{note}");
        assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok());
        assert!(site.run(&[command, &["--ranks", "10-"]].concat()).stderr.is_empty());
    }
}

#[test]
fn what_a_pack_says_does_not_steer_the_terminal() {
    let hostile = |text: &String| format!("{text}\u{1b}[2J\r\n\u{9b}1A");
    let mut content = Site::content();
    content.names = content.names.iter().map(hostile).collect();
    content.words.words = content.words.words.iter().map(hostile).collect();
    content.genres = content.genres.iter().map(|genres| genres.iter().map(hostile).collect()).collect();
    content.credits = vec![hostile(&"Credit".into())];
    let together = |artist: usize| if artist < 2 { vec![(1 - artist as u32, 3)] } else { vec![] };
    content.together = (0..ARTISTS.len()).map(together).collect();
    for text in [&mut content.metadata.title, &mut content.metadata.terms] {
        *text = hostile(text);
    }
    content.metadata.provenance.steps = vec![Step::new("train\u{1b}").setting("a\u{1b}", "b\u{1b}")];
    // Namesakes, of whom one is named by her id.
    let last = content.names.len() - 1;
    content.names[last] = content.names[last - 1].clone();
    for (i, id) in content.ids.iter_mut().enumerate() {
        *id = hostile(&format!("id{i}"));
    }
    let site = Site::of(&content);
    let other = Site::new();
    let other = other.directory.path().join("site");
    let [drake, rihanna, slayer] = [0, 1, 6].map(|artist| content.names[artist].as_str());
    let questions: [&[&str]; 15] = [
        &["similar", drake],
        &["similar", content.names[last].as_str()],
        &["recommend", "artist:drake2j1a"],
        &["blend", "rihanna2j1a - 2 taylorswift2j1a", "--explain", "-n", "2"],
        &["path", drake, slayer],
        &["path", drake, drake],
        &["axes"],
        &["axes", "--high", drake, "--artist", rihanna],
        &["why", "drake2j1a", rihanna],
        &["words"],
        &["words", drake],
        &["compare", drake, rihanna],
        &["compare", drake, rihanna, slayer],
        &["verify"],
        &["inspect"],
    ];
    let diff: &[&str] = &["diff", other.to_str().unwrap()];
    for arguments in questions.into_iter().chain([diff]) {
        let output = site.run(arguments);
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8(text).unwrap();
            assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{arguments:?}: {text:?}");
            // Nor does it begin a line.
            assert!(!text.contains("\n\u{fffd}"), "{arguments:?}: {text:?}");
        }
    }
    let said = site.run(&["similar", content.names[last].as_str()]).stderr;
    assert!(String::from_utf8(said).unwrap().contains("name them by their ids: id"));
    // Programs get what the pack says.
    assert_eq!(column(&site.json(&["similar", drake])["results"], "name")[0], content.names[4]);
    assert!(site.succeed(&["similar", drake]).contains("Kanye West\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}1A\n"));
}

#[test]
fn every_question_has_help_with_examples() {
    let site = Site::new();
    for command in ["similar", "recommend", "blend", "path", "axes", "why", "words", "compare"] {
        let program = env!("CARGO_BIN_EXE_artist2vec");
        let output =
            Command::new(program).args([command, "--help"]).current_dir(site.directory.path()).output().unwrap();
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains(&format!("artist2vec {command} data/demo")), "{help}");
    }
}
