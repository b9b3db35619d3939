//! How well and how fast names are found: typing errors, keystrokes, time. Natively and, by `run.mjs`, in WebAssembly.
//!
//! `cargo run --release --example names_bench METADATA.tsv [ARTISTS]`. The file is what `artist2vec convert` writes for
//! the projector: a heading, then name, id and mentions of an artist, most mentioned first. Where it has fewer than ARTISTS
//! lines (300,000), further names are put together of their first and last words. All errors are drawn from one seed.

use std::fmt::Write as _;

use artist2vec::catalog::{MatchKind, NameIndex, fold, search_names};

/// What a page shows.
const LIMIT: usize = 8;

/// Xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 33) as usize) % end
    }
}

/// A name with a wrong letter, one too few, one too many, or two in the wrong order, if it has Latin letters for it.
fn with_error(name: &str, random: &mut Random) -> Option<String> {
    let mut letters: Vec<char> = name.to_lowercase().chars().collect();
    let places: Vec<usize> = (0..letters.len()).filter(|&at| letters[at].is_ascii_lowercase()).collect();
    if places.len() < 3 {
        return None;
    }
    let at = places[random.below(places.len())];
    let letter = char::from(b'a' + random.below(26) as u8);
    match random.below(4) {
        0 if letters[at] != letter => letters[at] = letter,
        1 => drop(letters.remove(at)),
        2 => letters.insert(at, letter),
        3 if letters.get(at + 1).is_some_and(|next| next.is_ascii_lowercase() && *next != letters[at]) => {
            letters.swap(at, at + 1);
        }
        _ => return None,
    }
    Some(letters.into_iter().collect())
}

/// The time at a share of all, and the number of times.
fn at_share(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    times[((times.len() - 1) as f64 * share) as usize]
}

/// Measures everything; `now` gives milliseconds.
fn measure(table: &str, artists: usize, now: impl Fn() -> f64) -> Option<String> {
    let mut report = String::new();
    let rows = table.lines().skip(1).map(|line| {
        let mut cells = line.split('\t');
        Some((cells.next()?, cells.nth(1)?.parse::<u64>().ok()?))
    });
    let known: Vec<(&str, u64)> = rows.collect::<Option<_>>()?;
    let mut random = Random(88_172_645_463_325_252);
    let mut names: Vec<String> = known.iter().take(artists).map(|&(name, _)| name.to_owned()).collect();
    while names.len() < artists {
        let [first, last] = [0; 2].map(|_| known[random.below(known.len())].0);
        let words = first.split(' ').next().into_iter().chain(last.rsplit(' ').next());
        names.push(words.collect::<Vec<_>>().join(" "));
    }
    for count in [70_000.min(artists), artists] {
        let mut times: Vec<f64> = (0..7)
            .map(|_| {
                let begin = now();
                drop(NameIndex::new(names[..count].iter().map(String::as_str)));
                now() - begin
            })
            .collect();
        let (best, median) = (at_share(&mut times, 0.0), at_share(&mut times, 0.5));
        writeln!(report, "index of {count} names: best {best:.1} ms, median {median:.1} ms").ok()?;
    }
    let index = NameIndex::new(names.iter().map(String::as_str));
    let search = |typed: &str| search_names(&[(0, &index)], typed, LIMIT);

    for errors in [false, true] {
        writeln!(report, "\ntyped with {} error: ms, best of 5", if errors { "an" } else { "no" }).ok()?;
        writeln!(report, "letters   median     95 %  slowest").ok()?;
        let mut all = Vec::new();
        for letters in (1..=12).chain([14, 16, 20]) {
            let mut best = Vec::new();
            while best.len() < 60 {
                let mut typed = fold(&names[random.below(40_000.min(artists))]);
                if errors && let Some(wrong) = with_error(&typed, &mut random) {
                    typed = wrong;
                }
                if typed.len() <= letters || !typed.is_ascii() {
                    continue;
                }
                typed.truncate(letters);
                let times = (0..5).map(|_| {
                    let begin = now();
                    let _ = std::hint::black_box(search(&typed));
                    now() - begin
                });
                let times: Vec<f64> = times.collect();
                all.extend_from_slice(&times);
                best.push(times.into_iter().fold(f64::MAX, f64::min));
            }
            let [middle, most, slowest] = [0.5, 0.95, 1.0].map(|share| at_share(&mut best, share));
            writeln!(report, "{letters:7} {middle:8.2} {most:8.2} {slowest:8.2}").ok()?;
        }
        let [middle, most, slowest] = [0.5, 0.95, 0.99].map(|share| at_share(&mut all, share));
        writeln!(report, "all, every run: median {middle:.2}, 95 % {most:.2}, 99 % {slowest:.2}").ok()?;
    }

    // What no name is like, and what every name is like.
    let mut odd: Vec<String> = (' '..='~').filter(|c| !c.is_ascii_uppercase()).map(String::from).collect();
    odd.extend(
        ["の", "я", "aaaa", "eeeee", "anana", "erinas", "the", "the the", "of the", "qxqx", "zzzzzzzzz"]
            .map(String::from),
    );
    odd.extend(["e e e e", "an an an an", "ааааа", "ののののの", "stransterin"].map(String::from));
    odd.extend([62, 63, 64, 500].map(|length| "ana ".repeat(length / 4)));
    let mut taken: Vec<(f64, &str)> = odd
        .iter()
        .map(|typed| {
            let times = (0..5).map(|_| {
                let begin = now();
                let _ = std::hint::black_box(search(typed));
                now() - begin
            });
            (times.fold(f64::MAX, f64::min), typed.as_str())
        })
        .collect();
    taken.sort_by(|a, b| b.0.total_cmp(&a.0));
    writeln!(report, "\n{} odd texts, best of 5, the slowest: {:.2?}", odd.len(), &taken[..8]).ok()?;

    // Among the artists that can be meant, none of the names put together.
    let meant = known.len().min(artists).min(32_000);
    writeln!(report, "\n2,000 random artists of the first {meant}, one error each").ok()?;
    writeln!(report, "letters         names    first  first 5").ok()?;
    let classes = [(1, 3), (4, 5), (6, 7), (8, 11), (12, 19), (20, 999), (6, 999)];
    let mut found = [[0_u32; 3]; 7];
    let mut done = 0;
    while done < 2000 {
        let name = &names[random.below(meant)];
        let Some(typed) = with_error(name, &mut random) else { continue };
        done += 1;
        // A namesake is as good: nobody can tell from the name.
        let folded = fold(name);
        let at = search(&typed).iter().position(|found| fold(&names[found.artist as usize]) == folded);
        let letters = folded.chars().filter(|&c| c != ' ').count();
        for (found, _) in found.iter_mut().zip(classes).filter(|(_, (from, to))| (*from..=*to).contains(&letters)) {
            found[0] += 1;
            found[1] += u32::from(at == Some(0));
            found[2] += u32::from(at.is_some_and(|at| at < 5));
        }
    }
    for ([all, first, five], (from, to)) in found.into_iter().zip(classes) {
        let share = |part: u32| f64::from(part) / f64::from(all.max(1));
        writeln!(report, "{from:3} to {to:3} {all:10} {:8.3} {:8.3}", share(first), share(five)).ok()?;
    }

    // One artist for each thousandth of all mentions.
    let total: u64 = known.iter().take(artists).map(|&(_, mentions)| mentions).sum();
    let (mut keystrokes, mut letters, mut artist, mut before) = (0, 0, 0, 0);
    for sample in 0..1000 {
        while (before + known[artist].1) * 2000 <= total * (2 * sample + 1) {
            before += known[artist].1;
            artist += 1;
        }
        let (name, folded) = (names[artist].to_lowercase(), fold(&names[artist]));
        let ends: Vec<usize> = name.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        let is_meant = |artist: u32| fold(&names[artist as usize]) == folded;
        let enough = ends.iter().position(|&end| search(&name[..end]).iter().take(5).any(|m| is_meant(m.artist)));
        keystrokes += enough.unwrap_or(ends.len()) + 1;
        letters += ends.len();
    }
    let [keystrokes, letters] = [keystrokes, letters].map(|count| count as f64 / 1000.0);
    writeln!(report, "\nkeystrokes until among the first 5, by mentions: {keystrokes:.2} of {letters:.2}").ok()?;
    let exact =
        known.iter().take(1000).filter(|(name, _)| search(name).first().is_some_and(|m| m.kind == MatchKind::Exact));
    writeln!(report, "best known 1,000 found as typed: {}", exact.count()).ok()?;
    Some(report)
}

#[cfg(target_arch = "wasm32")]
#[allow(unreachable_pub)]
mod bench {
    use wasm_bindgen::prelude::wasm_bindgen;

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance)]
        fn now() -> f64;
    }

    /// The whole measurement, as text.
    #[wasm_bindgen]
    pub fn measure(table: &str, artists: usize) -> Option<String> {
        super::measure(table, artists, now)
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().ok_or("usage: names_bench METADATA.tsv [ARTISTS]")?;
    let artists = arguments.next().map_or(Ok(300_000), |count| count.parse().map_err(|_| "not a number of artists"))?;
    let table = std::fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
    let begin = std::time::Instant::now();
    let report = measure(&table, artists, || begin.elapsed().as_secs_f64() * 1000.0);
    print!("{}", report.ok_or("the file has a line without name, id and mentions")?);
    Ok(())
}
