//! `artist2vec crawl` as users meet it: the real program against a server on this machine that speaks every service's
//! shapes, and misbehaves in every way.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use artist2vec::crawl::cache::{Cache, Facts};
use artist2vec::crawl::{Source, What};
use serde_json::{Value, json};
use tempfile::TempDir;

const KEYS: [(&str, &str); 4] = [
    ("SPOTIFY_CLIENT_ID", "spotifyid0123456789abcdef"),
    ("SPOTIFY_CLIENT_SECRET", "spotifysecret0123456789ab"),
    ("LISTENBRAINZ_TOKEN", "listentoken-0123-4567-89ab"),
    ("LASTFM_API_KEY", "lastfmkey0123456789abcdef"),
];
/// What the server gives as Spotify's token.
const TOKEN: &str = "bearertoken0123456789abcdef";

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a picture";

/// An artist of the server's little world: Spotify id, MusicBrainz id, Deezer id, Wikidata item, name.
type Known = (&'static str, &'static str, u64, &'static str, &'static str);

const WORLD: [Known; 4] = [
    ("3TVXtAsR1Inumwj472S9r4", "9fff2f8a-21e6-47de-a2b8-7f449929d43f", 246_791, "Q33240", "Drake"),
    ("7w29UYBi0qsHi5RTcv3lmA", "87c5dedd-371d-4a53-9f7f-80522fb7f3cb", 630, "Q42455", "Björk"),
    ("711MCceyCBcFnzjGY4Q7Un", "66c662b6-6e2f-4930-8610-912e24c63ed1", 115, "Q27593", "AC/DC"),
    ("1bDWGdIC2hardyt55nlQgG", "7746d775-9550-4360-b8d5-c37bd448ce01", 1_388, "Q486164", "\"Weird Al\" Yankovic"),
];

/// A request as the server saw it.
#[derive(Clone, Debug)]
struct Seen {
    target: String,
    headers: BTreeMap<String, String>,
    body: String,
    at: Instant,
}

/// How to misbehave.
#[derive(Clone, Debug)]
enum Fault {
    /// Status, extra header lines, body.
    Answer(u16, &'static str, &'static str),
    /// Says that more comes than does.
    Half,
    /// Answers after so many milliseconds.
    Slow(u64),
    /// Hangs up.
    HangUp,
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    /// The next requests whose target contains the text are answered so.
    faults: Vec<(String, Fault)>,
    /// Requests whose target contains the text are always answered so.
    always: Vec<(String, Fault)>,
}

/// All services at one address.
struct Server {
    address: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let server = Self { address: address.clone(), state: Arc::clone(&state) };
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (state, address) = (Arc::clone(&state), address.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &state, &address));
            }
        });
        server
    }

    fn fault(&self, target: &str, faults: &[Fault]) {
        let faults = faults.iter().map(|fault| (target.to_owned(), fault.clone()));
        self.state.lock().unwrap().faults.extend(faults);
    }

    fn always(&self, target: &str, fault: Fault) {
        self.state.lock().unwrap().always.push((target.to_owned(), fault));
    }

    fn behave(&self) {
        let mut state = self.state.lock().unwrap();
        state.always.clear();
        state.faults.clear();
    }

    fn seen(&self) -> Vec<Seen> {
        self.state.lock().unwrap().seen.clone()
    }

    /// Targets asked for since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().seen).into_iter().map(|seen| seen.target).collect()
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>, address: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    let fault = {
        let mut state = state.lock().unwrap();
        state.seen.push(Seen { target: target.clone(), headers: headers.clone(), body, at: Instant::now() });
        let next = state.faults.iter().position(|(text, _)| target.contains(text));
        let next = next.map(|at| state.faults.remove(at).1);
        next.or_else(|| state.always.iter().find(|(text, _)| target.contains(text)).map(|(_, fault)| fault.clone()))
    };
    let (status, body) = answer(&target, &headers, address);
    let mut stream = stream;
    match fault {
        None => send(&mut stream, status, "", &body, body.len()),
        Some(Fault::Answer(status, extra, body)) => send(&mut stream, status, extra, body.as_bytes(), body.len()),
        Some(Fault::Half) => send(&mut stream, 200, "", &body[..body.len() / 2], body.len()),
        Some(Fault::Slow(milliseconds)) => {
            std::thread::sleep(Duration::from_millis(milliseconds));
            send(&mut stream, status, "", &body, body.len())
        }
        Some(Fault::HangUp) => None,
    }
}

fn send(stream: &mut TcpStream, status: u16, extra: &str, body: &[u8], length: usize) -> Option<()> {
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{extra}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()
}

/// Undoes percent-encoding.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn parameter(target: &str, name: &str) -> String {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    decode(found.unwrap_or_default())
}

/// What each service answers, in its own shape.
fn answer(target: &str, headers: &BTreeMap<String, String>, address: &str) -> (u16, Vec<u8>) {
    let path = target.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let by_name = |name: &str| WORLD.iter().find(|known| known.4.to_lowercase() == name.to_lowercase());
    let authorized = |expected: String| headers.get("authorization") == Some(&expected);
    let ok = |value: Value| (200, value.to_string().into_bytes());
    let missing = (404, b"{\"error\":\"Not Found\"}".to_vec());
    let image = |width: u32| json!({ "url": format!("https://i.example/{width}"), "width": width });
    match parts[..] {
        ["picture", "none.jpg"] => missing,
        ["picture", "page.jpg"] => (200, b"<html>no picture".to_vec()),
        ["picture", "large.jpg"] => (200, [JPEG, &vec![0; 5_000_000]].concat()),
        ["picture", _] => (200, JPEG.to_vec()),
        ["ws", "2", "url"] => {
            let page = parameter(target, "resource");
            match WORLD.iter().find(|known| page == format!("https://open.spotify.com/artist/{}", known.0)) {
                Some(known) => ok(json!({ "resource": page, "relations": [
                    { "type": "free streaming", "target-type": "artist", "artist": { "id": known.1, "name": known.4 } },
                ] })),
                None => missing,
            }
        }
        ["ws", "2", "artist"] => {
            let query = parameter(target, "query").replace("\\\"", "\u{1}");
            let name = query.split('"').nth(1).unwrap_or_default().replace('\u{1}', "\"");
            let found = by_name(&name).map(|known| json!({ "id": known.1, "score": 100, "name": known.4 }));
            let other = json!({ "id": "00000000-0000-4000-8000-000000000000", "score": 90, "name": "Someone Else" });
            ok(json!({ "count": 1, "artists": found.into_iter().chain([other]).collect::<Vec<_>>() }))
        }
        ["ws", "2", "artist", mbid] => match WORLD.iter().find(|known| known.1 == mbid) {
            Some(known) => ok(json!({ "id": mbid, "name": known.4,
                "genres": [{ "name": "rare", "count": 1 }, { "name": "common", "count": 12 }],
                "tags": [{ "name": "seen live", "count": 3 }],
                "relations": [
                    { "type": "wikidata", "url": { "resource": format!("https://www.wikidata.org/wiki/{}", known.3) } },
                    { "type": "free streaming",
                      "url": { "resource": format!("https://open.spotify.com/artist/{}", known.0) } },
                    { "type": "free streaming",
                      "url": { "resource": format!("https://www.deezer.com/artist/{}", known.2) } },
                ] })),
            None => missing,
        },
        ["sparql"] => {
            let query = parameter(target, "query");
            let value = |text: String| json!({ "type": "literal", "value": text });
            let rows = WORLD.iter().flat_map(|known| [known.0, known.1].map(|key| (known, key)));
            let rows = rows.filter(|(_, key)| query.contains(&format!("\"{key}\""))).map(|(known, key)| {
                json!({
                    "key": value(key.into()),
                    "item": value(format!("http://www.wikidata.org/entity/{}", known.3)),
                    "spotify": value(known.0.into()),
                    "musicbrainz": value(known.1.into()),
                    "deezer": value(known.2.to_string()),
                    "picture": value(format!("{address}/picture/{}.jpg", known.3)),
                    "genres": value("pop|hip hop".into()),
                })
            });
            ok(json!({ "head": {}, "results": { "bindings": rows.collect::<Vec<_>>() } }))
        }
        ["api", "token"] => ok(json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600 })),
        ["v1", ..] if !authorized(format!("Bearer {TOKEN}")) => (401, b"{}".to_vec()),
        ["v1", "search"] => {
            let found = by_name(&parameter(target, "q"))
                .map(|known| json!({ "id": known.0, "name": known.4, "followers": { "total": 5 } }));
            ok(json!({ "artists": { "items": found.into_iter().collect::<Vec<_>>() } }))
        }
        ["v1", "artists", id] => match WORLD.iter().find(|known| known.0 == id) {
            Some(known) => ok(json!({ "id": id, "name": known.4, "genres": ["from spotify"],
                "followers": { "href": null, "total": 1_000 },
                "images": ([640, 320, 160].map(image)),
            })),
            None => missing,
        },
        ["v1", "artists", _, "related-artists"] => ok(json!({ "artists": [
            { "id": WORLD[1].0, "name": WORLD[1].4 }, { "id": "0000000000000000000000", "name": "Tab\tbed" },
        ] })),
        ["similar-artists", "json"] if !authorized(format!("Token {}", KEYS[2].1)) => (401, b"{}".to_vec()),
        ["similar-artists", "json"] => {
            let asked = parameter(target, "artist_mbids");
            let known = WORLD.iter().filter(|known| known.1 != asked);
            let list = known.enumerate().map(|(i, known)| {
                json!({ "artist_mbid": known.1, "name": known.4, "score": 10 + i, "reference_mbid": asked })
            });
            ok(json!(list.collect::<Vec<_>>()))
        }
        ["search", "artist"] => {
            let name = parameter(target, "q");
            let deezer = |id: u64, name: &str, fans: u64| {
                json!({ "id": id, "name": name, "nb_fan": fans,
                        "picture_medium": format!("{address}/picture/{id}.jpg"), "type": "artist" })
            };
            let found = by_name(&name).map(|known| deezer(known.2, &name.to_uppercase(), 5_000));
            let generated = name.strip_prefix("Artist ").map(|i| deezer(10_000 + i.parse::<u64>().unwrap(), &name, 7));
            let other = [deezer(1, &format!("{name} Tribute"), 9), deezer(2, &name.to_lowercase(), 3)];
            let other = other.into_iter().filter(|_| !name.starts_with("Nobody"));
            ok(json!({ "data": found.into_iter().chain(generated).chain(other).collect::<Vec<_>>(), "total": 1 }))
        }
        ["artist", id] => match WORLD.iter().find(|known| known.2.to_string() == id) {
            Some(known) => ok(json!({ "id": known.2, "name": known.4, "nb_fan": 5_000,
                                      "picture_medium": "https://e-cdns.example/images/artist//250x250.jpg" })),
            None => ok(json!({ "error": { "type": "DataException", "message": "no data", "code": 800 } })),
        },
        ["artist", _, "related"] => ok(json!({ "data": [
            { "id": 630, "name": "Björk", "nb_fan": 1 }, { "id": 77, "name": "Seventy Seven" },
        ], "total": 2 })),
        ["2.0"] if parameter(target, "api_key") != KEYS[3].1 => {
            (403, br#"{"error":10,"message":"Invalid API key"}"#.to_vec())
        }
        ["2.0"] => match (parameter(target, "method").as_str(), by_name(&parameter(target, "artist"))) {
            (_, None) => (404, br#"{"error":6,"message":"The artist you supplied could not be found"}"#.to_vec()),
            ("artist.getsimilar", _) => ok(json!({ "similarartists": {
                "artist": { "name": "Only One", "mbid": "", "match": "1" }, "@attr": { "artist": "x" } } })),
            ("artist.gettoptags", _) => ok(json!({ "toptags": { "tag": [
                { "name": "loud", "count": 100 }, { "name": "seen once", "count": "3" } ] } })),
            (_, Some(known)) => ok(json!({ "artist": { "name": known.4, "stats": { "listeners": "4242" } } })),
        },
        _ => missing,
    }
}

/// A folder of its own with a list of artists and a server.
struct Place {
    directory: TempDir,
    server: Server,
}

impl Place {
    fn new(artists: &str) -> Self {
        let place = Self { directory: tempfile::tempdir().unwrap(), server: Server::start() };
        fs::write(place.path("artists.tsv"), artists).unwrap();
        place
    }

    /// The whole world with Spotify ids, and somebody whom nobody knows.
    fn world() -> Self {
        let rows = WORLD.iter().map(|known| format!("spotify:artist:{}\t{}\n", known.0, known.4));
        let rows: String = rows.chain(["\tNobody Knows Me\n".into()]).collect();
        Self::new(&format!("uri\tname\n{rows}"))
    }

    /// Artists without ids whom only Deezer knows.
    fn many(count: usize) -> Self {
        Self::new(&(0..count).map(|i| format!("Artist {i}\n")).collect::<String>())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The program with all services at the server, all keys, and little patience.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_artist2vec"));
        command.args(["crawl", "--json", "--pace", "1", "--patience", "20000,20,1500"]);
        if !arguments.contains(&"--contact") {
            command.args(["--contact", "me@example.org"]);
        }
        command.arg("--artists").arg(self.path("artists.tsv")).arg("--cache").arg(self.path("cache.db"));
        for source in Source::ALL {
            command.arg("--endpoint").arg(format!("{}={}/", source.name(), self.server.address));
        }
        command.args(arguments);
        // What is for this machine goes through no proxy, keys least of all: nobody listens at this one.
        command.envs(KEYS).env("HTTP_PROXY", "http://127.0.0.1:1").env("ALL_PROXY", "http://127.0.0.1:1");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        self.expect_no_secret(&output);
        output
    }

    /// The report of a crawl that must end with this exit code.
    fn report(&self, arguments: &[&str], code: i32) -> Value {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{}{}", text(&output.stderr), text(&output.stdout));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn cache(&self) -> Cache {
        Cache::open(&self.path("cache.db")).unwrap()
    }

    fn facts(&self, name: &str) -> Facts {
        self.cache().facts("", name).unwrap()
    }

    /// No key stands in the cache, the files beside it, or anything that was printed.
    fn expect_no_secret(&self, output: &Output) {
        let mut texts = vec![output.stdout.clone(), output.stderr.clone()];
        for entry in fs::read_dir(self.directory.path()).unwrap() {
            texts.push(fs::read(entry.unwrap().path()).unwrap());
        }
        for secret in KEYS.map(|(_, secret)| secret).into_iter().chain([TOKEN]) {
            for text in &texts {
                assert!(!text.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret} was told");
            }
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn of<'a>(report: &'a Value, service: &str) -> &'a Value {
    report["services"].as_array().unwrap().iter().find(|row| row["service"] == service).unwrap()
}

const ALL: [&str; 6] = ["musicbrainz", "wikidata", "spotify", "listenbrainz", "deezer", "lastfm"];

#[test]
fn every_service_is_understood() {
    let place = Place::world();
    let report = place.report(&ALL, 0);
    assert_eq!(report["artists"], 5);
    for service in ["musicbrainz", "spotify", "deezer", "lastfm"] {
        let row = of(&report, service);
        assert_eq!((&row["found"], &row["unknown"], &row["failed"]), (&json!(4), &json!(1), &json!(0)), "{row}");
    }
    for service in ["wikidata", "listenbrainz"] {
        let row = of(&report, service);
        assert_eq!((&row["found"], &row["without_id"]), (&json!(4), &json!(1)), "{row}");
    }

    let facts = place.facts("drake");
    assert_eq!(facts.genres, ["common", "rare"]);
    assert_eq!(facts.picture.unwrap().url, format!("{}/picture/Q33240.jpg?width=330", place.server.address));
    // Three services know four artists each: the first in the order of preference.
    assert_eq!(facts.followers, Some(1_000));
    assert_eq!(facts.origins[&What::Followers].source, Source::Spotify);
    assert_eq!(place.facts("Nobody Knows Me"), Facts::default());

    let seen = place.server.seen();
    let of_path = |path: &str| seen.iter().filter(|seen| seen.target.starts_with(path)).collect::<Vec<_>>();
    assert!(seen.iter().all(|seen| seen.headers["user-agent"].ends_with("(me@example.org)")));
    assert!(seen.iter().all(|seen| seen.headers["user-agent"].starts_with("artist2vec/")));
    // One question about all whose ids were known; Wikidata told MusicBrainz who they are.
    assert_eq!(of_path("/sparql").len(), 1);
    assert_eq!(of_path("/ws/2/url").len(), 0);
    assert_eq!(of_path("/ws/2/artist/").len(), 4);
    assert_eq!(of_path("/api/token").len(), 1);
    assert!(of_path("/api/token")[0].body.contains(&format!("client_secret={}", KEYS[1].1)));

    let related = place.cache().related(What::Related.preference()).unwrap();
    assert_eq!(related.len(), 8);
    assert!(related.iter().all(|row| row.source == Source::Spotify));
    let file = place.path("related.tsv");
    let output = place.run(&["--export-related", file.to_str().unwrap(), "listenbrainz", "deezer"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let written = fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert!(lines[0].starts_with("artist_uri\tartist_name\trelated_uri\trelated_name"));
    // The best score first, and by the id that the list has.
    let (drake, al) = (WORLD[0].0, WORLD[3].0);
    let expected =
        format!("spotify:artist:{drake}\tDrake\tspotify:artist:{al}\t\"Weird Al\" Yankovic\t1\tlistenbrainz");
    assert_eq!(lines[1], expected);
    assert_eq!(lines.len(), 13);
}

#[test]
fn what_is_in_the_cache_is_not_asked_again() {
    let place = Place::world();
    place.report(&ALL, 0);
    assert!(!place.server.take().is_empty());
    let report = place.report(&ALL, 0);
    assert_eq!(report["requests"], 0);
    assert_eq!(of(&report, "deezer")["cached"], 5);
    assert_eq!(place.server.take(), Vec::<String>::new());
    // Another list in another order: those who were asked about are known.
    fs::write(place.path("artists.tsv"), "name\nDRAKE\nBjörk\n").unwrap();
    place.report(&["deezer", "--what", "followers"], 0);
    assert_eq!(place.server.take().len(), 2);
}

#[test]
fn names_are_found_whatever_is_in_them() {
    let odd = "\u{1f3b8}\u{1f3b8} & \\ % ? # + </script> '; DROP TABLE facts; --";
    let place = Place::new(&format!("AC/DC\nac/dc\n\"Weird Al\" Yankovic\n\n{odd}\n!!!\nBJÖRK\n"));
    let report = place.report(&["deezer", "musicbrainz"], 0);
    assert_eq!(report["artists"], 5);
    assert_eq!(of(&report, "deezer")["found"], 5);
    assert_eq!(of(&report, "musicbrainz")["found"], 3);
    let asked: Vec<String> = place.server.take().iter().map(|target| decode(target)).collect();
    assert!(asked.iter().any(|target| target.contains(&format!("q={odd}&"))), "{asked:?}");
    // MusicBrainz told the ids, so that Deezer needs no search, and namesakes with fewer fans are not taken.
    assert!(asked.iter().any(|target| target == "/artist/115"));
    assert_eq!(place.facts("AC/DC").followers, Some(5_000));
    // An address with an empty name in it is no picture.
    assert_eq!(place.facts("AC/DC").picture, None);
}

#[test]
fn bad_answers_are_asked_again_and_good_ones_kept() {
    let place = Place::new("Drake\n");
    let quota = r#"{"error":{"type":"Exception","message":"Quota limit exceeded","code":4}}"#;
    place.server.fault("/search/artist", &[Fault::Answer(429, "Retry-After: 1\r\n", ""), Fault::Half, Fault::HangUp]);
    place.server.fault("/search/artist", &[Fault::Answer(200, "", quota)]);
    let related = "/artist/246791/related";
    place.server.fault(related, &[Fault::Answer(500, "", "oops"), Fault::Answer(200, "", "{\"data\":[{\"id\":")]);
    place.server.fault(related, &[Fault::Answer(503, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "")]);
    let report = place.report(&["deezer"], 0);
    assert_eq!(report["requests"], 9);
    assert_eq!(place.facts("Drake").followers, Some(5_000));
    assert_eq!(place.cache().related(&[Source::Deezer]).unwrap().len(), 2);
    let seen = place.server.seen();
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1), "Retry-After was not heeded");
    assert!(seen[4].at - seen[3].at >= Duration::from_millis(1_500), "the quota was not heeded");
}

#[test]
fn slow_answers_are_not_waited_for() {
    let place = Place::new("Drake\n");
    place.server.fault("/search/artist", &[Fault::Slow(20_000)]);
    let start = Instant::now();
    let report = place.report(&["deezer", "--what", "followers", "--patience", "2000,20,1500"], 0);
    assert_eq!(report["requests"], 2);
    assert!(start.elapsed() < Duration::from_secs(15));
}

#[test]
fn an_artist_without_an_answer_is_left_for_the_next_run() {
    let place = Place::many(3);
    place.server.always("q=Artist%201", Fault::Answer(200, "", "<html>not JSON"));
    let report = place.report(&["deezer", "--what", "followers"], 3);
    let row = of(&report, "deezer");
    assert_eq!((&row["found"], &row["failed"], &row["stopped"]), (&json!(2), &json!(1), &Value::Null));
    assert!(row["last_failure"].as_str().unwrap().contains("not the JSON"), "{row}");
    place.server.behave();
    place.server.take();
    let report = place.report(&["deezer", "--what", "followers"], 0);
    assert_eq!((&of(&report, "deezer")["cached"], &report["requests"]), (&json!(2), &json!(1)));
}

#[test]
fn a_service_that_fails_is_given_up_and_the_others_go_on() {
    let place = Place::world();
    place.server.always("/2.0/", Fault::Answer(500, "", ""));
    place.server.always("/search/artist", Fault::Answer(429, "Retry-After: 7200\r\n", ""));
    fs::write(place.path("artists.tsv"), "name\nDrake\nBjörk\nAC/DC\nA\nB\nC\nD\nE\nF\n").unwrap();
    let report = place.report(&["lastfm", "deezer", "spotify", "--what", "followers"], 3);
    let stopped = |service| of(&report, service)["stopped"].as_str().unwrap_or("going on").to_owned();
    assert!(stopped("lastfm").contains("5 times in a row"), "{}", stopped("lastfm"));
    assert!(stopped("lastfm").contains("500"));
    assert!(stopped("deezer").contains("come back in 120 minutes"), "{}", stopped("deezer"));
    assert_eq!((stopped("spotify"), &of(&report, "spotify")["found"]), ("going on".into(), &json!(3)));
    let asked = place.server.take();
    assert_eq!(asked.iter().filter(|target| target.contains("/2.0/")).count(), 25);
    assert_eq!(asked.iter().filter(|target| target.contains("/search/artist")).count(), 1);
    // In words, with what to do next.
    let output = place.command(&["deezer"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
}

#[test]
fn spotify_without_related_artists_gives_the_rest() {
    let place = Place::world();
    place.server.always("related-artists", Fault::Answer(404, "", ""));
    let report = place.report(&["spotify"], 0);
    let row = of(&report, "spotify");
    assert!(row["note"].as_str().unwrap().contains("27 November 2024"), "{row}");
    assert_eq!(row["found"], 4);
    assert_eq!(place.server.take().iter().filter(|target| target.contains("related-artists")).count(), 1);
    assert_eq!(place.facts("Drake").genres, ["from spotify"]);
    assert_eq!(place.facts("Drake").picture.unwrap().url, "https://i.example/320");
    assert_eq!(place.cache().related(&[Source::Spotify]).unwrap(), []);
    // Those who get access later are asked, and a token that has run out is replaced once.
    place.server.behave();
    place.server.fault("related-artists", &[Fault::Answer(401, "", "{}")]);
    place.report(&["spotify"], 0);
    assert_eq!(place.cache().related(&[Source::Spotify]).unwrap().len(), 8);
    assert_eq!(place.server.take().iter().filter(|target| target.contains("/api/token")).count(), 2);
}

#[test]
fn a_wrong_key_ends_the_service_with_advice() {
    let place = Place::world();
    let run = |service: &str, variable: &str| {
        let output = place.command(&[service, "musicbrainz"]).env(variable, "wrong").output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        of(&report, service)["stopped"].as_str().unwrap().to_owned()
    };
    assert!(run("lastfm", "LASTFM_API_KEY").contains("check LASTFM_API_KEY"));
    assert!(run("listenbrainz", "LISTENBRAINZ_TOKEN").contains("check LISTENBRAINZ_TOKEN"));
    place.server.always("/api/token", Fault::Answer(400, "", "{\"error\":\"invalid_client\"}"));
    let report = place.report(&["spotify"], 3);
    assert!(of(&report, "spotify")["stopped"].as_str().unwrap().contains("SPOTIFY_CLIENT_SECRET"));
}

#[test]
fn errors_of_the_connection_tell_no_key() {
    let place = Place::new("Drake\n");
    // Nobody listens there; the key is in the address that cannot be reached.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let output = place.run(&["lastfm", "--endpoint", &format!("lastfm=http://{closed}")]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stdout).contains("connection failed"), "{}", text(&output.stdout));
    // Nor does a service that repeats the key bring it into the cache.
    let echo = r#"{"artist":{"stats":{"listeners":"1"},"you sent":"lastfmkey0123456789abcdef"}}"#;
    place.server.fault("/2.0/", &[Fault::Answer(200, "", echo)]);
    place.report(&["lastfm", "--what", "followers"], 0);
    assert_eq!(place.facts("Drake").followers, Some(1));
}

/// Starts a crawl that hangs at its eleventh request, and waits until it is there.
fn hanging(place: &Place) -> Child {
    place.server.always("q=Artist%2010&", Fault::Slow(60_000));
    start_and_wait(place, &["deezer", "--what", "followers"])
}

/// Starts a crawl, and waits for its eleventh request.
fn start_and_wait(place: &Place, arguments: &[&str]) -> Child {
    let mut command = place.command(arguments);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    while place.server.seen().len() < 11 {
        assert!(start.elapsed() < Duration::from_secs(60), "{}", text(&child.wait_with_output().unwrap().stderr));
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

#[test]
fn a_killed_crawl_goes_on_where_it_was() {
    let place = Place::many(20);
    let mut child = hanging(&place);
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    place.expect_no_secret(&output);
    place.server.behave();
    place.server.take();
    let report = place.report(&["deezer", "--what", "followers"], 0);
    assert_eq!((&of(&report, "deezer")["cached"], &of(&report, "deezer")["found"]), (&json!(10), &json!(10)));
    let asked = place.server.take();
    let missing: Vec<String> = (10..20).map(|i| format!("/search/artist?q=Artist%20{i}&limit=25")).collect();
    assert_eq!(asked, missing);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_all_answers_and_says_how_to_go_on() {
    let place = Place::many(20);
    // A pause is interrupted at once; only an answer in flight is waited for.
    place.server.always("q=Artist%2010&", Fault::Answer(503, "Retry-After: 60\r\n", ""));
    let child = start_and_wait(&place, &["deezer", "--what", "followers", "--patience", "20000,20,120000"]);
    std::thread::sleep(Duration::from_millis(200));
    let start = Instant::now();
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = child.wait_with_output().unwrap();
    assert!(start.elapsed() < Duration::from_secs(30));
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&report["interrupted"], &of(&report, "deezer")["found"]), (&json!(true), &json!(10)));
    place.server.behave();
    place.server.take();
    place.report(&["deezer", "--what", "followers"], 0);
    assert_eq!(place.server.take().len(), 10);
}

#[test]
fn pictures_are_fetched_once_and_only_if_they_are_pictures() {
    let place = Place::new("Drake\nBjörk\nArtist 1\nArtist 2\n");
    let picture = |id: u64, name: &'static str, at: &str| {
        let body = format!(
            r#"{{"data":[{{"id":{id},"name":"{name}","nb_fan":1,"picture_medium":"{}/picture/{at}"}}]}}"#,
            place.server.address
        );
        Fault::Answer(200, "", Box::leak(body.into_boxed_str()))
    };
    place.server.fault("q=Bj", &[picture(630, "Björk", "none.jpg")]);
    place.server.fault("q=Artist%201&", &[picture(1, "Artist 1", "page.jpg")]);
    place.server.fault("q=Artist%202&", &[picture(2, "Artist 2", "large.jpg")]);
    let report = place.report(&["deezer", "--what", "pictures", "--thumbnails"], 3);
    assert_eq!((&report["pictures"], &of(&report, "deezer")["failed"]), (&json!(1), &json!(1)));
    assert!(of(&report, "deezer")["last_failure"].as_str().unwrap().contains("longer than"));
    let bytes = |name| place.facts(name).picture.unwrap().bytes;
    assert_eq!(bytes("Drake").as_deref(), Some(JPEG));
    assert_eq!([bytes("Björk"), bytes("Artist 1"), bytes("Artist 2")], [None, None, None]);
    place.server.take();
    place.report(&["deezer", "--what", "pictures", "--thumbnails"], 3);
    // What is no picture is not asked for again; what failed is.
    assert!(place.server.take().iter().all(|target| target == "/picture/large.jpg"));
}

#[test]
fn a_dry_run_asks_nothing_and_needs_no_keys() {
    let place = Place::world();
    let dry = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        for (variable, _) in KEYS {
            command.env_remove(variable);
        }
        let output = command.arg("--dry-run").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let plan = dry(&ALL);
    assert!(!place.path("cache.db").exists());
    assert_eq!(place.server.take(), Vec::<String>::new());
    let requests = |plan: &Value, service| of(plan, service)["requests"].as_u64().unwrap();
    let planned: u64 = ALL.into_iter().map(|service| requests(&plan, service)).sum();
    assert_eq!(requests(&plan, "lastfm"), 15);
    assert_eq!(of(&plan, "lastfm")["seconds"], 17);
    assert_eq!(of(&plan, "spotify")["lifetime_days"], 1);
    let report = place.report(&ALL, 0);
    let sent = report["requests"].as_u64().unwrap();
    assert!(sent <= planned && planned <= sent + 10, "{sent} of {planned}");
    let again = dry(&ALL);
    assert_eq!(requests(&again, "lastfm"), 0);
    assert_eq!(of(&again, "lastfm")["cached"], 5);
}

#[test]
fn a_dry_run_says_what_will_be_wanted() {
    let place = Place::world();
    let mut command = Command::new(env!("CARGO_BIN_EXE_artist2vec"));
    command.args(["crawl", "spotify", "lastfm", "wikidata", "--dry-run", "--cache"]).arg(place.path("cache.db"));
    command.arg("--artists").arg(place.path("artists.tsv")).env_remove("SPOTIFY_CLIENT_SECRET");
    let output = command.env("SPOTIFY_CLIENT_ID", "x").env("LASTFM_API_KEY", "x").output().unwrap();
    let out = text(&output.stdout);
    assert!(out.contains("wikidata: will want --contact"), "{out}");
    assert!(out.contains("spotify: will want SPOTIFY_CLIENT_SECRET (from https://"), "{out}");
    assert!(!out.contains("lastfm: will want"), "{out}");
}

#[test]
fn what_is_read_from_an_old_answer_is_as_old_and_expires_with_it() {
    let place = Place::new("id\tname\ndeezer:artist:246791\tDrake\n");
    place.report(&["deezer", "--what", "followers"], 0);
    let database = rusqlite::Connection::open(place.path("cache.db")).unwrap();
    database.execute_batch("UPDATE answers SET fetched = fetched - 80000, expires = expires - 80000").unwrap();
    place.server.take();
    place.report(&["deezer", "--what", "pictures"], 0);
    assert_eq!(place.server.take(), Vec::<String>::new());
    let times =
        |sql: &str| -> (i64, i64) { database.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap() };
    let answer = times("SELECT fetched, expires FROM answers");
    assert_eq!(times("SELECT fetched, expires FROM facts WHERE what = 'pictures'"), answer);
    let followers = times("SELECT fetched, expires FROM facts WHERE what = 'followers'");
    assert!(followers.0 > answer.0 + 79_000 && followers.1 == followers.0 + 86_400, "{followers:?}");
}

#[test]
fn a_service_that_does_not_understand_the_question_is_not_taken_to_know_nothing() {
    let place = Place::world();
    place.server.always("/similar-artists", Fault::Answer(400, "", "{\"error\": \"no such algorithm\"}"));
    let report = place.report(&["musicbrainz", "listenbrainz", "--what", "genres,related"], 3);
    assert_eq!(of(&report, "listenbrainz")["unknown"], 0);
    let stopped = of(&report, "listenbrainz")["stopped"].as_str().unwrap();
    assert!(stopped.contains("update artist2vec"), "{stopped}");
}

#[test]
fn wrong_usage_is_said_before_anything_is_asked() {
    let place = Place::world();
    let refuse = |command: &mut Command| {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    let said = refuse(place.command(&["lastfm"]).env_remove("LASTFM_API_KEY"));
    assert!(said.contains("LASTFM_API_KEY") && said.contains("last.fm/api"), "{said}");
    let said = refuse(&mut place.command(&["lastfm", "--what", "pictures"]));
    assert!(said.contains("2019") && said.contains("Ask wikidata, deezer, spotify"), "{said}");
    let said = refuse(&mut place.command(&["deezer", "--endpoint", "lastfm"]));
    assert!(said.contains("SERVICE=URL"), "{said}");
    let said = refuse(&mut place.command(&["lastfm", "--endpoint", "lastfm=http://mirror.example.org"]));
    assert!(said.contains("unencrypted"), "{said}");
    let said = refuse(&mut place.command(&["lastfm", "--contact", "nobody"]));
    assert!(said.contains("neither a mail address"), "{said}");
    let mut without = Command::new(env!("CARGO_BIN_EXE_artist2vec"));
    without.args(["crawl", "musicbrainz", "--cache"]).arg(place.path("cache.db"));
    let said = refuse(without.arg("--artists").arg(place.path("artists.tsv")));
    assert!(said.contains("--contact"), "{said}");
    // Nobody should fetch a key for what cannot be had.
    let said = refuse(place.command(&["lastfm", "--what", "pictures"]).env_remove("LASTFM_API_KEY"));
    assert!(said.contains("2019"), "{said}");
    for nothing in [&["--export-related", "related.tsv"][..], &["deezer", "--limit", "0"]] {
        refuse(&mut place.command(nothing));
    }
    let mut without = Command::new(env!("CARGO_BIN_EXE_artist2vec"));
    refuse(without.args(["crawl", "--dry-run", "--export-related", "related.tsv", "--cache"]).arg("cache.db"));
    let output = place.run(&["deezer", "--export-related", "/no/such/folder/related.tsv"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert_eq!(place.server.take(), Vec::<String>::new());
    assert!(!place.path("cache.db").exists());

    fs::write(place.path("artists.tsv"), "").unwrap();
    let output = place.run(&["deezer"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no artists"));
    fs::write(place.path("cache.db"), "no database, but a file that somebody wants to keep".repeat(100)).unwrap();
    fs::write(place.path("artists.tsv"), "Drake\n").unwrap();
    let output = place.run(&["deezer"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("not a cache"), "{}", text(&output.stderr));
}

#[test]
fn a_report_for_people_and_keeping_for_ever() {
    let place = Place::new("Drake\nNobody Knows Me\n");
    let mut command = Command::new(env!("CARGO_BIN_EXE_artist2vec"));
    command.args(["crawl", "deezer", "listenbrainz", "--keep", "--contact", "https://example.org", "--pace", "1"]);
    command.arg("--artists").arg(place.path("artists.tsv")).arg("--cache").arg(place.path("cache.db"));
    for service in ["deezer", "listenbrainz"] {
        command.arg("--endpoint").arg(format!("{service}={}", place.server.address));
    }
    let output = command.envs(KEYS).output().unwrap();
    place.expect_no_secret(&output);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(err.contains("warning: --keep"), "{err}");
    assert!(out.contains("listenbrainz: 2 artists have no MusicBrainz id"), "{out}");
    assert!(out.contains("2 artists, 3 requests"), "{out}");
}
