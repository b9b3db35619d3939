//! Nothing is lost: `artist2vec train` as users meet it when it is killed, interrupted, resumed, or begun from a model.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use artist2vec::catalog::metadata::Step;
use artist2vec::corpus::{Corpus, generate};
use artist2vec::progress::Progress;
use artist2vec::training::{Model, Settings, StepFunction, Trainer, TrainingError};
use tempfile::TempDir;

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_artist2vec"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn succeed(output: &Output) {
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// A folder with a corpus of generated playlists.
struct Folder(TempDir);

impl Folder {
    fn with_corpus(playlists: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.ingest("corpus.a2c", playlists, "1");
        folder
    }

    fn ingest(&self, corpus: &str, playlists: &str, seed: &str) {
        let slices = self.path(&format!("slices of {corpus}"));
        let options = ["--playlists", playlists, "--artists", "240", "--clusters", "8", "--seed", seed];
        succeed(&command().arg("generate").args(options).arg(&slices).output().unwrap());
        succeed(&command().arg("ingest").arg(&slices).arg("-o").arg(self.path(corpus)).output().unwrap());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, model: &str, options: &[&str]) -> Command {
        let mut command = command();
        command.arg("train").arg(self.path("corpus.a2c")).arg("-o").arg(self.path(model)).args(options);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The temporary files that are left.
    fn half_written(&self) -> Vec<String> {
        let names = fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.ends_with(".tmp")).collect()
    }

    fn train(&self, model: &str, options: &[&str]) -> Output {
        self.command(model, options).output().unwrap()
    }
}

fn last_step(path: &Path) -> Step {
    Model::read(path).unwrap().provenance.steps.last().unwrap().clone()
}

fn measured(step: &Step, name: &str) -> String {
    step.measured.iter().find(|setting| setting.name == name).unwrap().value.clone()
}

const SHAPE: [&str; 8] = ["--vector-size", "16", "--window", "10", "--negative", "5", "--sample", "1e-3"];

/// Moments that are the same in every run: xorshift.
fn chance(state: &mut u64, below: u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state % below
}

/// Waits until `done` or until the child has ended; says which.
fn wait_for(child: &mut Child, mut done: impl FnMut() -> bool) -> bool {
    loop {
        if done() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn killed_at_any_moment_and_resumed_ends_at_the_same_bytes() {
    let folder = Folder::with_corpus("400");
    let mut state = 20_260_729;
    for step in ["tied", "batched", "reference"] {
        // A checkpoint every 6 ms, often in the middle of an epoch.
        let options = ["--epochs", "8", "--workers", "1", "--step", step, "--checkpoint-every", "0.0001"];
        let shape = if step == "tied" { &["--vector-size", "16"] } else { &SHAPE[..] };
        let options = [shape, &options].concat();
        let whole = format!("{step}.a2m");
        succeed(&folder.train(&whole, &options));
        assert!(!folder.path(&format!("{whole}.checkpoint")).exists(), "the checkpoint stayed");

        let (killed, checkpoint) = (folder.path("killed.a2m"), folder.path("killed.a2m.checkpoint"));
        let _ = fs::remove_file(&killed);
        let resumed = [&options[..], &["--resume"]].concat();
        let mut positions: Vec<f64> = Vec::new();
        loop {
            let before = fs::read(&checkpoint).ok();
            let mut child = folder.command("killed.a2m", &resumed).spawn().unwrap();
            // Every attempt comes further than the one before, and is killed at some moment after that.
            if wait_for(&mut child, || checkpoint.exists() && fs::read(&checkpoint).ok() != before) {
                std::thread::sleep(Duration::from_micros(chance(&mut state, 25_000)));
            }
            child.kill().unwrap();
            // Or killed when all was done, but for the process's end.
            if child.wait().unwrap().success() || (killed.exists() && !checkpoint.exists()) {
                break;
            }
            assert!(checkpoint.exists(), "{step}: killed, and no checkpoint is there");
            positions.push(measured(&last_step(&checkpoint), "epochs-done").parse().unwrap());
        }
        assert!(positions.len() >= 3, "{step}: killed too seldom: {positions:?}");
        assert!(positions.is_sorted_by(|a, b| a < b), "{step}: {positions:?}");
        assert!(positions.iter().any(|position| position.fract() > 0.0), "{step}: {positions:?}");
        assert!(fs::read(&killed).unwrap() == fs::read(folder.path(&whole)).unwrap(), "{step}: {positions:?}");
        assert!(!checkpoint.exists());
        assert_eq!(folder.half_written(), [""; 0]);
        println!("{step}: killed at {positions:?}");
    }
}

#[test]
fn what_a_killed_process_left_is_cleared_away_and_a_finished_training_is_not_repeated() {
    let folder = Folder::with_corpus("100");
    let options = ["--vector-size", "8", "--epochs", "2", "--workers", "1", "--resume"];
    for leftover in ["model.a2m.1.tmp", "model.a2m.checkpoint.1.tmp"] {
        fs::write(folder.path(leftover), b"half").unwrap();
    }
    let first = folder.train("model.a2m", &options);
    succeed(&first);
    assert!(text(&first.stderr).contains("training from the beginning"));
    assert_eq!(folder.half_written(), [""; 0]);
    // What a job would do that always resumes.
    let more_threads = [&options[..4], &["--workers", "2", "--resume"]].concat();
    let again = folder.train("model.a2m", &more_threads);
    succeed(&again);
    assert!(text(&again.stdout).contains("finished already"), "{}", text(&again.stdout));
    for other in [["--vector-size", "9"], ["--seed", "2"], ["--epochs", "3"]] {
        let mut options: Vec<&str> = vec!["--workers", "1", "--resume"];
        for pair in [["--vector-size", "8"], ["--epochs", "2"]].iter().filter(|pair| pair[0] != other[0]) {
            options.extend(pair);
        }
        options.extend(other);
        let trained = folder.train("model.a2m", &options);
        succeed(&trained);
        assert!(!text(&trained.stdout).contains("finished already"), "{other:?}");
    }
    folder.ingest("other.a2c", "120", "3");
    fs::copy(folder.path("other.a2c"), folder.path("corpus.a2c")).unwrap();
    let trained = folder.train("model.a2m", &options);
    assert!(text(&trained.stderr).contains("training from the beginning"));
}

/// Stops after the first block, when it has put a folder where the checkpoint should be.
struct InTheWay<'a> {
    checkpoint: &'a Path,
    warnings: Mutex<Vec<String>>,
}

impl Progress for InTheWay<'_> {
    fn interrupted(&self) -> bool {
        let _ = fs::remove_file(self.checkpoint);
        fs::create_dir_all(self.checkpoint).unwrap();
        true
    }

    fn warn(&self, text: &str) {
        self.warnings.lock().unwrap().push(text.to_owned());
    }
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_told() {
    let folder = Folder::with_corpus("100");
    let corpus = Corpus::open(&folder.path("corpus.a2c")).unwrap();
    let checkpoint = folder.path("model.checkpoint");
    let progress = InTheWay { checkpoint: &checkpoint, warnings: Mutex::default() };
    let settings = Settings { vector_size: 8, ..Settings::default() };
    let trainer = || Trainer::new(&corpus).settings(settings.clone()).checkpoints(&checkpoint, Duration::ZERO);
    trainer().progress(&progress).train().unwrap();
    let warnings = progress.warnings.into_inner().unwrap();
    let [warning] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(warning.contains("could not be written") && warning.contains("other than a file"), "{warning}");
    // Where none can be written from the start on, no work is done in vain.
    assert!(matches!(trainer().train(), Err(TrainingError::Checkpoint(_))));
}

#[test]
fn a_model_that_is_not_sound_is_no_start() {
    let folder = Folder::with_corpus("100");
    let corpus = Corpus::open(&folder.path("corpus.a2c")).unwrap();
    let settings = Settings { vector_size: 8, epochs: 1.into(), ..Settings::default() };
    let sound = Trainer::new(&corpus).settings(settings.clone()).train().unwrap();
    let start = |spoil: fn(&mut Model)| {
        let mut model = sound.clone();
        spoil(&mut model);
        Trainer::new(&corpus).settings(settings.clone()).start_from(&model).train()
    };
    start(|_| {}).unwrap();
    let spoilt: [fn(&mut Model); 4] = [
        |model| model.input[3] = f32::NAN,
        |model| model.bias[1] = f32::INFINITY,
        |model| model.squares[2] = f32::NAN,
        |model| model.input[0] = 1e30,
    ];
    for spoil in spoilt {
        assert!(matches!(start(spoil), Err(TrainingError::UnsoundStart)));
    }
}

#[test]
#[cfg(unix)]
fn ctrl_c_writes_the_model_so_far_and_resume_goes_on() {
    let folder = Folder::with_corpus("400");
    let options = [&SHAPE[..], &["--epochs", "200", "--workers", "1"]].concat();
    succeed(&folder.train("whole.a2m", &options));
    let (model, checkpoint) = (folder.path("model.a2m"), folder.path("model.a2m.checkpoint"));
    let mut child = folder.command("model.a2m", &options).spawn().unwrap();
    // One is written after the first epoch.
    assert!(wait_for(&mut child, || checkpoint.exists()));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    succeed(&ended);
    let done: f64 = measured(&last_step(&model), "epochs-done").parse().unwrap();
    assert!(done > 0.0 && done < 200.0, "{done}");
    assert!(text(&ended.stdout).contains("--resume goes on from here"), "{}", text(&ended.stdout));
    // A checkpoint is a model of what was learned so far.
    assert_eq!(Model::read(&checkpoint).unwrap(), Model::read(&model).unwrap());
    succeed(&folder.train("model.a2m", &[&options[..], &["--resume"]].concat()));
    assert!(fs::read(&model).unwrap() == fs::read(folder.path("whole.a2m")).unwrap());
    assert!(!checkpoint.exists());
}

/// Leaves the checkpoint of an interrupted training.
fn checkpoint(corpus: &Corpus, settings: &Settings, path: &Path) -> Model {
    Trainer::new(corpus)
        .settings(settings.clone())
        .progress(&Impatient)
        .checkpoints(path, Duration::ZERO)
        .train()
        .unwrap()
}

/// Asks to stop as soon as it is asked.
struct Impatient;

impl Progress for Impatient {
    fn interrupted(&self) -> bool {
        true
    }
}

#[test]
fn what_does_not_belong_to_the_training_is_refused() {
    let folder = Folder::with_corpus("200");
    folder.ingest("other.a2c", "200", "2");
    let corpus = Corpus::open(&folder.path("corpus.a2c")).unwrap();
    let path = folder.path("model.checkpoint");
    let settings = Settings { vector_size: 8, epochs: 2.into(), ..Settings::of(StepFunction::Batched) };
    let so_far = checkpoint(&corpus, &settings, &path);
    let resume = |corpus: &Corpus, settings: &Settings| {
        Trainer::new(corpus).settings(settings.clone()).checkpoints(&path, Duration::ZERO).resume(true).train()
    };
    let refused = |corpus: &Corpus, settings: &Settings| resume(corpus, settings).unwrap_err().to_string();
    let other = refused(&corpus, &Settings { window: 7, ..settings.clone() });
    assert!(other.contains("window = \"50\", not \"7\""), "{other}");
    let started = Trainer::new(&corpus).settings(settings.clone()).start_from(&so_far);
    let started = started.checkpoints(&path, Duration::ZERO).resume(true).train().unwrap_err().to_string();
    assert!(started.contains("start-from"), "{started}");
    let other = refused(&Corpus::open(&folder.path("other.a2c")).unwrap(), &settings);
    assert!(other.contains("another corpus"), "{other}");
    let again = Trainer::new(&corpus).settings(settings.clone()).checkpoints(&path, Duration::ZERO).train();
    assert!(matches!(again, Err(TrainingError::CheckpointExists { .. })));

    // Cut short, altered, or no checkpoint at all: refused, and left where it is.
    let bytes = fs::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(977) {
        fs::write(&path, &bytes[..length]).unwrap();
        assert!(matches!(resume(&corpus, &settings), Err(TrainingError::Checkpoint(_))), "{length}");
    }
    for place in (0..bytes.len()).step_by(1013) {
        let mut altered = bytes.clone();
        altered[place] ^= 4;
        fs::write(&path, altered).unwrap();
        assert!(matches!(resume(&corpus, &settings), Err(TrainingError::Checkpoint(_))), "{place}");
    }
    so_far.write(&path).unwrap();
    assert!(refused(&corpus, &settings).contains("CKPT"));
    assert!(path.exists());
    // More threads do not change what is learned.
    fs::write(&path, bytes).unwrap();
    resume(&corpus, &Settings { workers: 2, ..settings }).unwrap();
}

#[test]
fn deterministic_training_does_not_depend_on_the_number_of_workers() {
    let folder = Folder::with_corpus("300");
    for family in [
        "--step tied --negative 16",
        "--step batched --window 10 --negative 5 --sample 1e-3",
        "--step reference --window 10 --negative 5 --sample 1e-3 --sg 1 --hs 1",
    ] {
        let family: Vec<&str> = family.split(' ').collect();
        let options = [&family[..], &["--vector-size", "16", "--epochs", "3", "--deterministic"]].concat();
        let models = ["1", "2", "3"].map(|workers| {
            let name = format!("{workers}.a2m");
            succeed(&folder.train(&name, &[&options[..], &["--workers", workers]].concat()));
            Model::read(&folder.path(&name)).unwrap()
        });
        let learned = |model: &Model| (model.input.clone(), model.output.clone(), model.bias.clone());
        assert!(learned(&models[0]) == learned(&models[1]) && learned(&models[0]) == learned(&models[2]), "{family:?}");
        assert_eq!(models[0].provenance.steps[1].measured, models[2].provenance.steps[1].measured);
        let losses: Vec<f64> = measured(&models[0].provenance.steps[1], "loss-per-epoch")
            .split(' ')
            .map(|loss| loss.parse().unwrap())
            .collect();
        assert!(losses[2] < losses[0], "{family:?}: {losses:?}");
    }
    // Several workers, interrupted and resumed, with another number of them: the same.
    let options = [&SHAPE[..], &["--epochs", "40", "--deterministic", "--checkpoint-every", "0.0001"]].concat();
    succeed(&folder.train("whole.a2m", &[&options[..], &["--workers", "2"]].concat()));
    let checkpoint = folder.path("model.a2m.checkpoint");
    let mut child = folder.command("model.a2m", &[&options[..], &["--workers", "2"]].concat()).spawn().unwrap();
    assert!(wait_for(&mut child, || checkpoint.exists()));
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success() && checkpoint.exists());
    succeed(&folder.train("model.a2m", &[&options[..], &["--workers", "3", "--resume"]].concat()));
    let [whole, resumed] = ["whole.a2m", "model.a2m"].map(|name| Model::read(&folder.path(name)).unwrap());
    assert!(whole.input == resumed.input && whole.output == resumed.output);
}

#[test]
fn what_is_settled_keeps_its_place_while_new_artists_find_theirs() {
    let folder = Folder::with_corpus("1500");
    let whole = Corpus::open(&folder.path("corpus.a2c")).unwrap();
    // Every twelfth artist is new: no playlist of the old corpus has it.
    let is_new = |artist: u32| artist % 12 == 5;
    let without: Vec<usize> =
        (0..whole.len()).filter(|&i| !whole.playlist(i).iter().any(|&artist| is_new(artist))).collect();
    let old_corpus = whole.subset(&without);
    assert!(old_corpus.len() > 100, "{}", old_corpus.len());
    let settings = Settings { vector_size: 16, ..Settings::default() };
    let old = Trainer::new(&old_corpus).settings(settings.clone()).train().unwrap();
    assert_eq!(old.squares.len(), 2 * (old.artists.len() + old.words.len()));
    let grow = |old: &Model| {
        let settings = Settings { epochs: 3.into(), seed: 2, ..settings.clone() };
        Trainer::new(&whole).settings(settings).start_from(old).train().unwrap()
    };
    let cosine = |a: &[f32], b: &[f32]| {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
    };
    let kept = |new: &Model| {
        let place = |key: String| (0..new.artists.len()).find(|&artist| new.artists.key(artist) == key).unwrap();
        // The rarest have been heard of too seldom to be settled.
        let settled = old.artists.len() / 2;
        let cosines = (0..settled).map(|artist| cosine(old.row(artist), new.row(place(old.artists.key(artist)))));
        cosines.sum::<f32>() / settled as f32
    };
    let new = grow(&old);
    let forgetful = grow(&Model { squares: Vec::new(), ..old.clone() });
    assert!(kept(&new) > 0.98, "{}", kept(&new));
    assert!(kept(&new) > kept(&forgetful), "{} {}", kept(&new), kept(&forgetful));
    // The nearest neighbour of most new artists is one of their planted cluster.
    let cluster = |artist: usize| generate::cluster_of(&new.artists.names[artist]).unwrap();
    let newcomers: Vec<usize> = (0..new.artists.len()).filter(|&artist| !old_knows(&old, &new, artist)).collect();
    let at_home = newcomers.iter().filter(|&&artist| {
        let others = (0..new.artists.len()).filter(|&other| other != artist);
        let near =
            others.max_by(|&a, &b| cosine(new.row(artist), new.row(a)).total_cmp(&cosine(new.row(artist), new.row(b))));
        cluster(near.unwrap()) == cluster(artist)
    });
    assert!(!newcomers.is_empty() && 2 * at_home.count() > newcomers.len(), "{}", newcomers.len());
}

fn old_knows(old: &Model, new: &Model, artist: usize) -> bool {
    (0..old.artists.len()).any(|other| old.artists.key(other) == new.artists.key(artist))
}

#[test]
fn a_model_grows_with_new_playlists() {
    let folder = Folder::with_corpus("400");
    folder.ingest("more.a2c", "700", "1");
    let options = [&SHAPE[..], &["--epochs", "10", "--workers", "1"]].concat();
    succeed(&folder.train("old.a2m", &options));
    let (old_path, new_path) = (folder.path("old.a2m"), folder.path("new.a2m"));
    let grow = |options: &[&str]| {
        let mut command = command();
        command.arg("train").arg(folder.path("more.a2c")).arg("-o").arg(&new_path).args(options);
        command.args(["--workers", "1", "--start-from"]).arg(&old_path).output().unwrap()
    };
    // Artists that only the old model knows stay.
    let few = [&SHAPE[..], &["--epochs", "1", "--alpha", "0.001", "--max-final-vocab", "100"]].concat();
    succeed(&grow(&few));
    let [old, new] = [&old_path, &new_path].map(|path| Model::read(path).unwrap());
    let place = |model: &Model, key: &str| (0..model.artists.len()).find(|&artist| model.artists.key(artist) == key);
    assert!(new.artists.len() >= old.artists.len());
    assert!(new.artists.mentions.is_sorted_by(|a, b| a >= b));
    let (mut kept, mut moved) = (0, 0.0_f32);
    for artist in 0..old.artists.len() {
        let now = place(&new, &old.artists.key(artist)).unwrap();
        let (before, after) = (old.row(artist), new.row(now));
        kept += usize::from(before == after);
        moved = before.iter().zip(after).map(|(a, b)| (a - b).abs()).fold(moved, f32::max);
        let output = |model: &Model, artist: usize| model.output[16 * artist..16 * (artist + 1)].to_vec();
        assert_eq!(before == after, output(&old, artist) == output(&new, now), "{artist}");
    }
    assert!(kept >= old.artists.len() - 100 && kept < old.artists.len(), "{kept} of {}", old.artists.len());
    assert!(moved < 0.1, "{moved}");
    let step = new.provenance.steps.last().unwrap();
    assert!(step.settings.iter().any(|setting| setting.name == "start-from" && setting.value == old.digest()));

    let refused = grow(&["--vector-size", "8"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("has 16 numbers per artist, not 8; add --vector-size 16"));
    let strangers = Model {
        artists: artist2vec::corpus::Artists {
            names: (0..old.artists.len()).map(|i| format!("stranger {i}")).collect(),
            ids: vec![String::new(); old.artists.len()],
            mentions: old.artists.mentions.clone(),
        },
        ..old
    };
    strangers.write(&old_path).unwrap();
    let refused = grow(&SHAPE);
    assert!(text(&refused.stderr).contains("knows none of the corpus's artists"), "{}", text(&refused.stderr));
}
