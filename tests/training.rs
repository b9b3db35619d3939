//! `artist2vec train` as users meet it: the real program on generated playlists with planted clusters.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use artist2vec::corpus::{Artists, Corpus, generate};
use artist2vec::progress::Silent;
use artist2vec::training::{self, KernelChoice, Model, Settings, StepFunction, TrainingError};
use tempfile::TempDir;

const CLUSTERS: usize = 8;

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_artist2vec"))
}

fn run(arguments: &[&str], paths: &[&Path]) -> Output {
    command().args(arguments).args(paths).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a corpus of generated playlists.
struct Folder(TempDir);

impl Folder {
    fn with_corpus(playlists: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let (slices, corpus) = (folder.path("slices"), folder.path("corpus.a2c"));
        let made = run(&["generate", "--playlists", playlists, "--artists", "240", "--clusters", "8"], &[&slices]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        let made = command().arg("ingest").arg(&slices).arg("-o").arg(&corpus).output().unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn train(&self, model: &str, options: &[&str]) -> Output {
        let output = self.path(model);
        command().arg("train").arg(self.path("corpus.a2c")).arg("-o").arg(output).args(options).output().unwrap()
    }
}

/// The share of the five nearest neighbours by cosine that were planted in the artist's own cluster, over all artists.
fn purity(model: &Model) -> f64 {
    let clusters: Vec<_> = model.artists.names.iter().map(|name| generate::cluster_of(name).unwrap()).collect();
    let unit: Vec<Vec<f32>> = (0..model.artists.len())
        .map(|artist| {
            let row = model.row(artist);
            let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            row.iter().map(|x| x / norm).collect()
        })
        .collect();
    let mut same = 0;
    for (a, row) in unit.iter().enumerate() {
        let mut others: Vec<(f32, usize)> = (0..unit.len())
            .filter(|&b| b != a)
            .map(|b| (row.iter().zip(&unit[b]).map(|(x, y)| x * y).sum(), b))
            .collect();
        others.sort_by(|x, y| y.0.total_cmp(&x.0));
        same += others[..5].iter().filter(|(_, b)| clusters[*b] == clusters[a]).count();
    }
    same as f64 / (5 * unit.len()) as f64
}

#[test]
fn every_step_recovers_planted_clusters() {
    let folder = Folder::with_corpus("1500");
    let shape = "--vector-size 20 --negative 10 --epochs 10 --sample 1e-3 --workers 2";
    for step in ["tied", "batched", "reference"] {
        let window = if step == "tied" { "" } else { " --window 20" };
        let options = format!("{shape}{window} --step {step}");
        let done = folder.train("model.a2m", &options.split(' ').collect::<Vec<_>>());
        assert!(done.status.success(), "{}", text(&done.stderr));
        assert!(text(&done.stdout).contains("10 of 10 epochs"), "{}", text(&done.stdout));
        let model = Model::read(&folder.path("model.a2m")).unwrap();
        assert_eq!((model.dimensions, model.input.len()), (20, 20 * model.artists.len()));
        // Tied vectors are their own output vectors; a bias stands in place of these.
        let others = if step == "tied" { model.bias.len() * 20 } else { model.output.len() };
        assert_eq!(others, model.input.len());
        assert!(model.bias.is_empty() == (step != "tied") && model.output.is_empty() == (step == "tied"));
        let purity = purity(&model);
        assert!(
            purity > 4.0 / CLUSTERS as f64,
            "{step}: {purity:.3} of neighbours, chance is {:.3}",
            1.0 / CLUSTERS as f64
        );
        let steps: Vec<&str> = model.provenance.steps.iter().map(|step| step.command.as_str()).collect();
        assert_eq!(steps, ["ingest", "train"]);
        let train = &model.provenance.steps[1];
        let value = |name| train.settings.iter().chain(&train.measured).find(|s| s.name == name).unwrap().value.clone();
        assert_eq!((value("step"), value("seed"), value("epochs-done")), (step.into(), "1".into(), "10".into()));
        let losses: Vec<f64> = value("loss-per-epoch").split(' ').map(|loss| loss.parse().unwrap()).collect();
        assert!(losses.len() == 10 && losses[9] < 0.9 * losses[0], "{losses:?}");
    }
}

/// A value of the last step, `train`; empty where it is not there.
fn recorded(model: &Model, name: &str) -> String {
    let train = model.provenance.steps.last().unwrap();
    let value = train.settings.iter().chain(&train.measured).find(|setting| setting.name == name);
    value.map(|setting| setting.value.clone()).unwrap_or_default()
}

#[test]
fn the_whole_family_recovers_planted_clusters() {
    let folder = Folder::with_corpus("700");
    let shape = "--vector-size 20 --window 5 --sample 1e-3 --workers 2 --alpha 0.025";
    for family in [
        "--sg 0 --hs 1 --negative 0 --epochs 10",
        "--sg 0 --hs 1 --negative 5 --epochs 10",
        "--sg 0 --hs 0 --negative 5 --epochs 5+5 --cbow-mean 0",
        "--sg 1 --hs 0 --negative 5 --epochs 4 --ns-exponent -0.5",
        "--sg 1 --hs 1 --negative 0 --epochs 4 --shrink-windows false",
        "--sg 1 --hs 1 --negative 5 --epochs 4",
    ] {
        for step in ["reference", "batched"] {
            let family = format!("{family} --step {step}");
            let options: Vec<&str> = shape.split(' ').chain(family.split(' ')).collect();
            let done = folder.train("model.a2m", &options);
            assert!(done.status.success(), "{family}: {}", text(&done.stderr));
            let model = Model::read(&folder.path("model.a2m")).unwrap();
            // Hierarchical softmax alone has no vectors of artists beside the input's.
            let outputs = if family.contains("negative 0") { 0 } else { model.input.len() };
            assert_eq!(model.output.len(), outputs, "{family}");
            let purity = purity(&model);
            assert!(purity > 3.0 / CLUSTERS as f64, "{family}: {purity:.3} of neighbours");
            let losses: Vec<f64> =
                recorded(&model, "loss-per-epoch").split(' ').map(|loss| loss.parse().unwrap()).collect();
            // The batched step measures a part of its targets: too few here to tell one rate from another.
            let most = if step == "reference" { 0.95 * losses[0] } else { losses[0] };
            assert!(losses.len() >= 4 && losses[losses.len() - 1] < most, "{family}: {losses:?}");
            if family.contains("5+5") && step == "reference" {
                assert!(losses[5] > losses[4], "the second part does not begin with the first rate: {losses:?}");
            }
            println!("{family}: {purity:.3} {losses:?}");
        }
    }
}

#[test]
fn presets_come_before_files_and_files_before_options() {
    let folder = Folder::with_corpus("50");
    let file = folder.path("settings.toml");
    fs::write(&file, "epochs = \"1+2\"\nwindow = 3\nnegative = 7\n").unwrap();
    let file = file.to_str().unwrap();
    let train = |options: &[&str]| {
        let done = folder.train("model.a2m", options);
        assert!(done.status.success(), "{}", text(&done.stderr));
        (Model::read(&folder.path("model.a2m")).unwrap(), text(&done.stdout))
    };
    let (model, said) = train(&["--preset", "original", "--settings", file, "--negative", "2"]);
    for (name, expected) in [
        ("window", "3"),
        ("negative", "2"),
        ("epochs", "1+2"),
        ("epochs-done", "3"),
        ("alpha", "0.025"),
        ("sample", "0.001"),
        ("sg", "0"),
        ("cbow-mean", "1"),
        ("shrink-windows", "true"),
        ("max-final-vocab", "0"),
        ("min-count-used", ""),
    ] {
        assert_eq!(recorded(&model, name), expected, "{name}");
    }
    assert!(said.contains("3 of 3 epochs") && said.contains(", loss "), "{said}");
    let (model, _) = train(&["--preset", "gensim", "--vector-size", "4"]);
    assert_eq!(["window", "negative", "epochs", "step"].map(|name| recorded(&model, name)), ["5", "5", "5", "batched"]);

    // The loss is left out for every step; what is learned stays the same.
    for step in ["tied", "batched", "reference"] {
        let options = ["--epochs", "2", "--workers", "1", "--vector-size", "8", "--step", step, "--compute-loss"];
        let (with, _) = train(&[&options[..], &["true"]].concat());
        let (without, said) = train(&[&options[..], &["false"]].concat());
        assert!(with.input == without.input && with.output == without.output, "{step}");
        assert!(!said.contains("loss"), "{step}: {said}");
        assert_eq!(recorded(&without, "loss-per-epoch"), "");
        assert_eq!(recorded(&with, "loss-per-epoch").split(' ').count(), 2);
    }
}

#[test]
fn limits_of_the_vocabulary_keep_the_most_mentioned() {
    let folder = Folder::with_corpus("200");
    let train = |options: &[&str]| {
        let done = folder.train("model.a2m", &[options, &["--epochs", "1", "--vector-size", "4"]].concat());
        assert!(done.status.success(), "{}", text(&done.stderr));
        Model::read(&folder.path("model.a2m")).unwrap()
    };
    let all = train(&["--min-count", "0"]);
    for limit in ["--max-final-vocab", "--max-vocab-size"] {
        let limited = train(&["--min-count", "2", limit, "40"]);
        let kept = limited.artists.len();
        let least: u32 = recorded(&limited, "min-count-used").parse().unwrap();
        assert!((20..=40).contains(&kept), "{kept}");
        assert_eq!(limited.artists.names, all.artists.names[..kept]);
        assert!(all.artists.mentions[kept - 1] >= least && all.artists.mentions[kept] < least);
    }
    assert_eq!(train(&["--min-count", "0", "--max-final-vocab", "4294967295"]).artists.len(), all.artists.len());
}

#[test]
fn one_worker_repeats_itself_bit_for_bit() {
    let folder = Folder::with_corpus("200");
    for step in ["tied", "batched", "reference"] {
        let options = ["--vector-size", "24", "--epochs", "2", "--workers", "1", "--step", step];
        let models: Vec<Vec<u8>> = [("a.a2m", "5"), ("b.a2m", "5"), ("c.a2m", "6")]
            .into_iter()
            .map(|(name, seed)| {
                let done = folder.train(name, &[&options[..], &["--seed", seed]].concat());
                assert!(done.status.success(), "{}", text(&done.stderr));
                fs::read(folder.path(name)).unwrap()
            })
            .collect();
        assert!(models[0] == models[1], "{step}: the same seed gave two models");
        assert!(models[0] != models[2], "{step}: another seed gave the same model");
    }
}

/// What `portable` learns, by numbers that were computed once: it is the same on every machine. The loss is not held
/// against anything, since its logarithms are the system's own; no weight depends on it.
#[test]
fn portable_kernels_learn_the_same_bits_on_every_machine() {
    let artists = Artists {
        names: (0..60).map(|i| format!("artist {i}")).collect(),
        ids: vec![String::new(); 60],
        mentions: (0..60).map(|i| 600 - 9 * i).collect(),
    };
    let playlists: Vec<Vec<u32>> =
        (0..300_u32).map(|i| (0..3 + i % 40).map(|j| (i * 7 + j * (1 + i % 11) + i * j) % 60).collect()).collect();
    let corpus = Corpus::in_memory(artists, &playlists, &[]);
    let digest = |step, hs, deterministic| {
        let settings = Settings {
            vector_size: 20,
            window: 7,
            epochs: 3.into(),
            sample: 1e-2,
            negative: 12,
            hs,
            deterministic,
            kernel: KernelChoice::Portable,
            ..Settings::of(step)
        };
        let model = training::train(&corpus, &settings, &Silent).unwrap();
        assert!(model.bias.is_empty() == (step != StepFunction::Tied) && model.artists.len() == 60);
        let mut hasher = crc32fast::Hasher::new();
        for numbers in [&model.input, &model.output, &model.bias, &model.squares] {
            numbers.iter().for_each(|number| hasher.update(&number.to_le_bytes()));
        }
        format!("{:08x}", hasher.finalize())
    };
    let steps = [StepFunction::Tied, StepFunction::Batched, StepFunction::Reference];
    let found = [
        steps.map(|step| digest(step, false, false)),
        steps.map(|step| digest(step, step != StepFunction::Tied, true)),
    ];
    assert_eq!(found, [["e607f056", "57a35dfb", "c52fad7f"], ["7cf804e6", "b2b5dd4c", "d04f6728"]]);
}

#[test]
fn a_settings_file_gives_way_to_what_is_given_beside_it() {
    let folder = Folder::with_corpus("50");
    let file = folder.path("settings.toml");
    fs::write(&file, "step = \"reference\"\nvector-size = 12\nepochs = 2\nwindow = 3\nseed = 7\nworkers = 1\n")
        .unwrap();
    let file = file.to_str().unwrap();
    let done = folder.train("model.a2m", &["--settings", file, "--window", "4"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let model = Model::read(&folder.path("model.a2m")).unwrap();
    let train = &model.provenance.steps[1];
    let value = |name: &str| train.settings.iter().find(|setting| setting.name == name).unwrap().value.clone();
    let expected = [
        ("step", "reference"),
        ("vector-size", "12"),
        ("epochs", "2"),
        ("window", "4"),
        ("seed", "7"),
        ("workers", "1"),
        ("alpha", "0.025"),
        ("negative", "50"),
    ];
    for (name, expected) in expected {
        assert_eq!(value(name), expected, "{name}");
    }
    fs::write(file, "windw = 3\n").unwrap();
    let refused = folder.train("other.a2m", &["--settings", file]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert!(said.contains("settings.toml, line 1: there is no parameter windw"), "{said}");
    assert!(!folder.path("other.a2m").exists());
}

#[test]
fn bad_input_is_refused_and_nothing_is_written() {
    let folder = Folder::with_corpus("50");
    for (options, code, message) in [
        (&["--vector-size", "0"][..], 2, "1 to 4096"),
        (&["--vector-size", "99999999999"], 2, "1 to 4096"),
        (&["--negative", "0"], 2, "negative must be 1 or more for the tied step"),
        (&["--negative", "0", "--sg", "0"], 2, "negative is 0 and hs is 0"),
        (&["--window", "5", "--step", "tied"], 2, "window means nothing to the tied step"),
        (&["--preset", "original", "--step", "tied"], 2, "the preset original is Word2Vec with windows"),
        (&["--epochs", "0"], 2, "epochs must be a whole number from 1"),
        (&["--epochs", "5+0"], 2, "or a sum of such"),
        (&["--epochs", "five"], 2, "five"),
        (&["--sg", "2"], 2, "2"),
        (&["--negative", "10001", "--hs", "1"], 2, "0 to 10000"),
        (&["--kernel", "sse9"], 2, "portable"),
        (
            &["--kernel", if cfg!(target_arch = "x86_64") { "neon" } else { "avx2" }],
            1,
            "this processor cannot run the kernel",
        ),
        (&["--preset", "best"], 2, "original"),
        (&["--max-final-vocab", "1"], 1, "raise --max-final-vocab"),
        (&["--max-vocab-size", "1"], 1, "raise --max-final-vocab and --max-vocab-size"),
        (&["--max-final-vocab", "4294967296"], 2, "4294967296"),
        (&["--workers", "0"], 2, "1 to 1024"),
        (&["--cbow-mean", "2"], 2, "2"),
        (&["--step", "newton"], 2, "reference"),
        (&["--alpha", "NaN"], 2, "alpha must be"),
        (&["--min-alpha", "1"], 2, "min-alpha must be"),
        (&["--sample=-1"], 2, "sample must be"),
        (&["--ns-exponent", "inf"], 2, "ns-exponent must be"),
        (&["--min-count", "4000000000"], 1, "lower --min-count"),
        (&["--alpha", "1e30", "--step", "reference"], 1, "diverged in epoch 1"),
        (&["--alpha", "1e30", "--step", "batched"], 1, "diverged in epoch 1"),
        (&["--alpha", "1e30"], 1, "diverged in epoch 1"),
    ] {
        let refused = folder.train("model.a2m", options);
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(code), "{options:?}: {said}");
        assert!(said.contains(message) && !said.contains("panicked"), "{options:?}: {said}");
        assert!(!folder.path("model.a2m").exists(), "{options:?}");
    }
    // The result could not be kept: said before the work.
    for (output, message) in
        [("corpus.a2c", "it is an input, too"), ("", "other than a file"), ("no/x", "cannot write")]
    {
        let refused = folder.train(output, &[]);
        assert_eq!(refused.status.code(), Some(1), "{output}");
        assert!(text(&refused.stderr).contains(message), "{output}: {}", text(&refused.stderr));
    }
    let missing = run(&["train", "no/such.a2c", "-o"], &[&folder.path("model.a2m")]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("no/such.a2c"), "{}", text(&missing.stderr));
}

#[test]
fn too_little_to_learn_from_is_said() {
    let artists = |count: usize| Artists {
        names: (0..count).map(|i| format!("artist {i}")).collect(),
        ids: vec![String::new(); count],
        mentions: vec![9; count],
    };
    let train = |artists: Artists, playlists: &[Vec<u32>]| {
        let corpus = Corpus::in_memory(artists, playlists, &[]);
        let settings = Settings { epochs: 1.into(), vector_size: 8, ..Settings::default() };
        training::train(&corpus, &settings, &Silent)
    };
    assert!(matches!(train(artists(0), &[]), Err(TrainingError::EmptyCorpus)));
    assert!(matches!(train(artists(3), &[]), Err(TrainingError::EmptyCorpus)));
    let lonely = train(artists(3), &[vec![0], vec![1], vec![], vec![2]]);
    assert!(matches!(lonely, Err(TrainingError::TooFewArtists { kept: 3, min_count: 5 })));
    // Two artists, one playlist: the least that can be learned from; both steps, more workers than work. Playlists of no
    // artist and of one beside it teach nothing and do no harm.
    for (sg, hs) in [(false, false), (false, true), (true, false), (true, true)] {
        for playlists in [vec![vec![0, 1]], vec![vec![], vec![1], vec![0, 0, 1], vec![0]]] {
            let corpus = Corpus::in_memory(artists(2), &playlists, &[]);
            let negative = if hs { 0 } else { 3 };
            let step = StepFunction::Reference;
            let settings = Settings { sg, hs, negative, step, workers: 3, sample: 0.0, ..Settings::default() };
            let model = training::train(&corpus, &settings, &Silent).unwrap();
            assert!(model.input.iter().chain(&model.output).all(|number| number.is_finite()));
        }
    }
    let nothing = Settings { negative: 0, ..Settings::of(StepFunction::Batched) };
    let corpus = Corpus::in_memory(artists(2), &[vec![0, 1]], &[]);
    assert!(matches!(training::train(&corpus, &nothing, &Silent), Err(TrainingError::NoObjective)));
    for step in StepFunction::ALL {
        let corpus = Corpus::in_memory(artists(2), &[vec![0, 1]], &[]);
        let settings = Settings { epochs: 3.into(), vector_size: 5, workers: 8, ..Settings::of(step) };
        let model = training::train(&corpus, &settings, &Silent).unwrap();
        assert!(model.input.iter().chain(&model.output).all(|number| number.is_finite()));
    }
    // A playlist far longer than a piece, of one artist and of many.
    let long: Vec<u32> = (0..30_000).map(|i| if i < 15_000 { 0 } else { i % 50 }).collect();
    assert!(train(artists(50), &[long]).is_ok());
}

#[test]
#[cfg(unix)]
fn ctrl_c_keeps_what_was_learned() {
    let folder = Folder::with_corpus("1000");
    let model = folder.path("model.a2m");
    let child = command()
        .arg("train")
        .arg(folder.path("corpus.a2c"))
        .arg("-o")
        .arg(&model)
        .args(["--epochs", "1000000", "--workers", "2"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The handler stands from some moment after the start; before it, the signal would simply end the program.
    std::thread::sleep(Duration::from_millis(1500));
    let interrupted = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert!(interrupted.elapsed() < Duration::from_secs(60), "it went on");
    assert!(ended.status.success(), "{:?} {}", ended.status, text(&ended.stderr));
    let model = Model::read(&model).unwrap();
    let train = model.provenance.steps.last().unwrap();
    let done = &train.measured.iter().find(|setting| setting.name == "epochs-done").unwrap().value;
    let done: f64 = done.parse().unwrap();
    assert!(done > 0.0 && done < 1_000_000.0, "{done} epochs");
    assert!(text(&ended.stdout).contains("of 1000000 epochs"), "{}", text(&ended.stdout));
}
