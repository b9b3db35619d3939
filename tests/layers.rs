//! Scans `src/` for paths that run against the layers of ARCHITECTURE.md. Features keep a wrong layer out of a build;
//! this keeps it out of the source, where a native build would let `std::fs` slip into the catalog unseen.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What one layer may name. Rooms are the folders and files directly under `src/`.
struct Layer {
    rooms: &'static [&'static str],
    may_use_rooms: &'static [&'static [&'static str]],
    may_use_crates: &'static [&'static str],
    must_not_use_std: &'static [&'static str],
}

const PLATFORM: &[&str] = &["env", "fs", "io", "net", "os", "process", "thread", "time"];

/// The rooms of the native program but its command line.
const NATIVE: &[&str] = &[
    "analysis",
    "columns",
    "convert",
    "corpus",
    "crawl",
    "evaluation",
    "export",
    "files",
    "layout",
    "linear",
    "progress",
    "report",
    "rng",
    "training",
    "tuning",
];

const LAYERS: &[Layer] = &[
    Layer {
        rooms: &["catalog"],
        may_use_rooms: &[&["catalog"]],
        may_use_crates: &[
            "bincode",
            "bytemuck",
            "crc32fast",
            "libm",
            "serde",
            "sha2",
            "thiserror",
            "unicode_normalization",
        ],
        must_not_use_std: PLATFORM,
    },
    Layer { rooms: &["text"], may_use_rooms: &[&["text"]], may_use_crates: &[], must_not_use_std: PLATFORM },
    Layer {
        rooms: &["charts"],
        may_use_rooms: &[&["catalog", "charts", "text"]],
        may_use_crates: &["plotters", "thiserror"],
        must_not_use_std: PLATFORM,
    },
    Layer {
        rooms: NATIVE,
        may_use_rooms: &[&["catalog", "charts", "text"], NATIVE],
        may_use_crates: &[
            "bincode",
            "bytemuck",
            "crc32fast",
            "flate2",
            "image",
            "libm",
            "matrixmultiply",
            "memmap2",
            "parquet",
            "plotters",
            "rayon",
            "rusqlite",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "toml",
            "ureq",
            "unicode_normalization",
            "zip",
        ],
        must_not_use_std: &[],
    },
    Layer {
        rooms: &["cli"],
        may_use_rooms: &[&["catalog", "charts", "cli", "text"], NATIVE],
        may_use_crates: &[
            "anyhow",
            "bytemuck",
            "clap",
            "ctrlc",
            "indicatif",
            "rayon",
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "toml",
        ],
        must_not_use_std: &[],
    },
    Layer {
        rooms: &["fetch"],
        may_use_rooms: &[&["catalog", "fetch"]],
        may_use_crates: &["js_sys", "thiserror", "wasm_bindgen", "wasm_bindgen_futures", "web_sys"],
        must_not_use_std: PLATFORM,
    },
    Layer {
        rooms: &["bindings"],
        may_use_rooms: &[&["bindings", "catalog", "fetch"]],
        may_use_crates: &["js_sys", "thiserror", "wasm_bindgen", "wasm_bindgen_futures", "web_sys"],
        must_not_use_std: PLATFORM,
    },
    Layer {
        rooms: &["app"],
        may_use_rooms: &[&["app", "catalog", "fetch", "text"]],
        may_use_crates: &[
            "bytemuck",
            "gloo",
            "js_sys",
            "libm",
            "serde",
            "serde_json",
            "thiserror",
            "wasm_bindgen",
            "wasm_bindgen_futures",
            "web_sys",
            "yew",
        ],
        must_not_use_std: PLATFORM,
    },
];

#[test]
fn no_room_reaches_into_a_layer_it_must_not_know() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let dependencies = dependencies();
    let rooms: BTreeSet<String> = entries(&source)
        .into_iter()
        .filter(|name| name != "bin" && name != "lib.rs")
        .map(|name| name.trim_end_matches(".rs").to_owned())
        .collect();
    let mut wrong = Vec::new();
    for room in &rooms {
        let Some(layer) = LAYERS.iter().find(|layer| layer.rooms.contains(&room.as_str())) else {
            wrong.push(format!("src/{room} is in no layer: give it one in tests/layers.rs and in ARCHITECTURE.md"));
            continue;
        };
        for (file, text) in files_of(&source, room) {
            for path in violations(layer, &dependencies, &rooms, &text) {
                wrong.push(format!("{file} uses {path}"));
            }
        }
    }
    assert!(wrong.is_empty(), "paths against the layers:\n{}", wrong.join("\n"));
}

#[test]
fn a_planted_violation_is_found() {
    let dependencies = dependencies();
    let rooms = ["app", "catalog", "cli"].map(str::to_owned).into();
    let found = |text: &str| violations(&LAYERS[0], &dependencies, &rooms, text);
    assert_eq!(found("use std::{collections::BTreeMap, fs::{self, File}};"), ["std::fs::self", "std::fs::File"]);
    assert_eq!(found("fn f() { let _ = std::time::Instant::now(); }"), ["std::time::Instant::now"]);
    assert_eq!(found("use web_sys::Window;"), ["web_sys::Window"]);
    assert_eq!(found("use crate::{app, catalog::Pack};"), ["crate::app"]);
    assert_eq!(found("fn f() { crate::cli::main(); }"), ["crate::cli::main"]);
    assert_eq!(found("// std::fs\nuse core::mem; const A: &str = \"std::fs::read\";"), [""; 0]);
    assert_eq!(found("fn f() -> impl Fn() + use<> { ; }"), [""; 0]);
    assert_eq!(found("use core::mem;\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n"), [""; 0]);
}

fn violations(layer: &Layer, dependencies: &BTreeSet<String>, rooms: &BTreeSet<String>, text: &str) -> Vec<String> {
    // Unit tests run natively and may read files.
    let shipped = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    paths(&tokens(shipped))
        .into_iter()
        .filter(|path| {
            let mut parts = path.split("::");
            let (first, second) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
            match first {
                "crate" => rooms.contains(second) && !layer.may_use_rooms.iter().any(|rooms| rooms.contains(&second)),
                "std" => layer.must_not_use_std.contains(&second),
                _ => dependencies.contains(first) && !layer.may_use_crates.contains(&first),
            }
        })
        .collect()
}

/// Identifiers, `::` and single characters; comments, strings and character literals left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if first == '"' {
            let mut escaped = false;
            rest[1..]
                .find(|c| {
                    let ends = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    ends
                })
                .map_or(rest.len(), |at| at + 2)
        } else if rest.starts_with("'\"'") {
            3
        } else if rest.starts_with("'\\\"'") {
            4
        } else if first.is_alphanumeric() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The number of `#` where a raw string starts.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

/// Every path of two or more parts, the groups of `use` declarations spelled out, and the names of single-part `use`s.
fn paths(tokens: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        // `use<…>` in a type is no declaration.
        if tokens[at] == "use" && tokens.get(at + 1).is_some_and(|next| next != "<") {
            at = use_tree(tokens, at + 1, "", &mut found);
        } else if is_name(&tokens[at]) && tokens.get(at + 1).is_some_and(|next| next == "::") {
            let mut path = tokens[at].clone();
            at += 1;
            while tokens.get(at).is_some_and(|token| token == "::") && tokens.get(at + 1).is_some_and(|t| is_name(t)) {
                path = format!("{path}::{}", tokens[at + 1]);
                at += 2;
            }
            found.push(path);
        }
        at += 1;
    }
    found
}

/// Reads one tree of a `use` declaration from `at`; returns where it ends.
fn use_tree(tokens: &[String], mut at: usize, prefix: &str, found: &mut Vec<String>) -> usize {
    let mut path = prefix.to_owned();
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" if path.is_empty() => {}
            "::" => path.push_str("::"),
            "{" => {
                at += 1;
                while at < tokens.len() && tokens[at] != "}" {
                    at = use_tree(tokens, at, &path, found);
                    if tokens.get(at).is_some_and(|token| token == ",") {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "as" => at += 1,
            "," | "}" | ";" => break,
            name => path.push_str(name),
        }
        at += 1;
    }
    found.push(path);
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The crates that Cargo.toml names, spelled as in Rust source. Development dependencies are not scanned for.
fn dependencies() -> BTreeSet<String> {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in manifest.lines() {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            inside = header.ends_with("dependencies") && !header.ends_with("dev-dependencies");
            if let Some((_, name)) = header.rsplit_once("dependencies.") {
                names.insert(name.replace('-', "_"));
            }
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| inside) {
            names.insert(name.replace('-', "_"));
        }
    }
    assert!(names.contains("yew") && names.contains("web_sys") && names.contains("clap"), "{names:?}");
    names
}

fn files_of(source: &Path, room: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut waiting = vec![source.join(room), source.join(format!("{room}.rs"))];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(entries(&path).into_iter().map(|name| path.join(name)));
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.is_file() {
            let name = path.strip_prefix(source).unwrap().display().to_string();
            found.push((format!("src/{name}"), fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(!found.is_empty(), "no source in {room}");
    found
}

fn entries(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
