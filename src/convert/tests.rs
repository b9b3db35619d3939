use std::sync::LazyLock;

use proptest::prelude::*;

use super::vectors::Vectors;
use super::*;
use crate::catalog::metadata::Provenance;
use crate::corpus::Artists;
use crate::training::{Model, TitleWords};

/// A form's reader, with what it finds brought to one shape: dimensions and numbers.
type Reader = fn(&[u8]) -> Result<(usize, Vec<f32>), VectorsError>;

/// Every form, by the ending of a name, and its reader of bytes.
const FORMS: [(&str, Reader); 7] = [
    ("bin", |bytes| word2vec::read(bytes).map(shape)),
    ("vec", |bytes| text::read(bytes).map(shape)),
    ("glove.txt", |bytes| text::read(bytes).map(shape)),
    ("fifu", |bytes| finalfusion::read(bytes).map(shape)),
    ("npy", numpy::read_array),
    ("safetensors", |bytes| safetensors::read(bytes, Matrix::Both, None).map(|model| (model.dimensions, model.input))),
    ("tsv", projector::read_vectors),
];

fn shape(vectors: Vectors) -> (usize, Vec<f32>) {
    assert_eq!(vectors.values.len(), vectors.words.len() * vectors.dimensions);
    (vectors.dimensions, vectors.values)
}

fn model() -> Model {
    let strings = |list: [&str; 4]| list.map(String::from).to_vec();
    Model {
        artists: Artists {
            names: strings(["Miles Davis", "Björk", "Prince", "Prince"]),
            ids: strings(["spotify:artist:a", "", "spotify:artist:b", "spotify:artist:c"]),
            mentions: vec![9, 5, 5, 1],
        },
        dimensions: 2,
        input: vec![0.1, -1e-20, 1.0, 2.0, 3e30, f32::MIN_POSITIVE, -0.0, 5e-45],
        output: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        squares: Vec::new(),
        weights: Vec::new(),
        bias: vec![0.5, -1e-9, 3.0, 0.0],
        words: TitleWords {
            words: vec!["gym".into(), "90s".into()],
            mentions: vec![4, 2],
            input: vec![9.0, 8.0, 7.0, 6.0],
            output: vec![-9.0, -8.0, -7.0, -6.0],
        },
        provenance: Provenance::default(),
    }
}

/// The model without what says how it came to be.
fn content(model: Model) -> Model {
    Model { provenance: Provenance::default(), ..model }
}

#[test]
fn all_that_a_form_has_place_for_comes_back_bit_for_bit() {
    let directory = tempfile::tempdir().unwrap();
    for (ending, _) in FORMS.iter().filter(|(ending, _)| *ending != "fifu") {
        let path = directory.path().join(format!("vectors.{ending}"));
        let counts = directory.path().join("counts.txt");
        let written = write_vectors(&model(), Matrix::Both, &path, Some(&counts)).unwrap();
        assert!(written.files.iter().all(|path| path.exists()) && written.files.contains(&path));
        // Names alone do not tell namesakes apart, as words do.
        let known = if *ending == "npy" { Known::Nothing } else { Known::Counts(&counts) };
        let back = read_vectors(&path, Matrix::Both, known).unwrap();
        assert_eq!(back.provenance.steps[0].command, "convert");
        let mut expected = model();
        let place_for_words = !matches!(*ending, "npy" | "tsv");
        assert_eq!(written.title_words_left_out, if place_for_words { 0 } else { 2 });
        if !place_for_words {
            expected.words = TitleWords::default();
        }
        if !matches!(*ending, "safetensors" | "tsv") {
            // Words carry the ids of namesakes alone, and so without them does the order of equals.
            let ids = if *ending == "npy" { [""; 4] } else { ["", "", "", "spotify:artist:c"] };
            expected.artists.ids = ids.map(String::from).to_vec();
        }
        if *ending == "npy" {
            expected.artists.mentions = vec![0; 4];
        }
        let bits = |model: &Model| model.input.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&back), bits(&expected), "{ending}");
        assert_eq!(content(back), expected, "{ending}");

        let input = read_vectors(&path, Matrix::Input, Known::Nothing).unwrap();
        assert!(input.output.is_empty() && input.words.output.is_empty());
        assert_eq!(input.bias, expected.bias);
        assert!(matches!(read_vectors(&path, Matrix::Output, Known::Nothing), Err(ConvertError::NoInputVectors)));
    }
}

#[test]
fn finalfusion_keeps_lengths_apart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vectors.fifu");
    let whole = Model { input: vec![3.0, 4.0, 0.0, 0.0, 0.1, 0.7, 1e-3, -2e-3], ..model() };
    write_vectors(&whole, Matrix::Both, &path, None).unwrap();
    let back = read_vectors(&path, Matrix::Both, Known::Nothing).unwrap();
    assert_eq!((back.artists.names, &back.words.words), (whole.artists.names, &whole.words.words));
    for (a, b) in back.input.iter().zip(&whole.input).chain(back.output.iter().zip(&whole.output)) {
        assert!((a - b).abs() <= 1e-6 * b.abs(), "{a} {b}");
    }
}

#[test]
fn one_matrix_on_request() {
    let directory = tempfile::tempdir().unwrap();
    for (ending, _) in FORMS.iter().filter(|(ending, _)| *ending != "fifu") {
        let path = directory.path().join(format!("vectors.{ending}"));
        let written = write_vectors(&model(), Matrix::Output, &path, None).unwrap();
        assert_eq!(written.files.iter().filter(|path| path.to_string_lossy().contains(".output.")).count(), 0);
        let back = read_vectors(&path, Matrix::Input, Known::Nothing).unwrap();
        assert_eq!(back.input, model().output, "{ending}");
        let without = Model { output: vec![], ..model() };
        for matrix in [Matrix::Output, Matrix::Both] {
            assert!(matches!(write_vectors(&without, matrix, &path, None), Err(ConvertError::NoOutputVectors)));
        }
    }
}

#[test]
fn counts_set_the_order() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    std::fs::write(at("v.txt"), "4 1\ntitle:x 9\na 1\nb 2\nc 3\n").unwrap();
    std::fs::write(at("v.bias.txt"), "a 0.25\nb 0.5\nc 0.75\n").unwrap();
    std::fs::write(at("counts"), "c 7\na 2\nb 7\ntitle:x 1\n").unwrap();
    let model = read_vectors(&at("v.txt"), Matrix::Input, Known::Counts(&at("counts"))).unwrap();
    assert_eq!(model.artists.names, ["b", "c", "a"]);
    assert_eq!(model.artists.mentions, [7, 7, 2]);
    assert_eq!((model.input, model.bias), (vec![2.0, 3.0, 1.0], vec![0.5, 0.75, 0.25]));
    assert_eq!((model.words.words, model.words.mentions, model.words.input), (vec!["x".into()], vec![1], vec![9.0]));

    std::fs::write(at("counts"), "a 2\n").unwrap();
    let error = read_vectors(&at("v.txt"), Matrix::Input, Known::Counts(&at("counts"))).unwrap_err().to_string();
    assert!(error.contains("counts") && error.contains("\"b\""), "{error}");
}

#[test]
fn a_corpus_gives_back_what_words_cannot_hold() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("v.vec");
    let corpus = Corpus::in_memory(model().artists, &[vec![0, 1, 2], vec![3, 2]], &[]);
    // Another program learned fewer words, in an order of its own.
    std::fs::write(&path, "3 1\nPrince%%spotify:artist:c 4\nPrince 3\nMiles_Davis 1\n").unwrap();
    let back = read_vectors(&path, Matrix::Input, Known::Corpus(&corpus)).unwrap();
    assert_eq!(back.artists.ids, ["spotify:artist:a", "spotify:artist:b", "spotify:artist:c"]);
    assert_eq!(back.artists.mentions, [9, 5, 1]);
    assert_eq!(back.input, [1.0, 3.0, 4.0]);
    assert_eq!(back.provenance.corpus, corpus.summary);

    std::fs::write(&path, "1 1\nDrake 4\n").unwrap();
    let error = read_vectors(&path, Matrix::Input, Known::Corpus(&corpus)).unwrap_err().to_string();
    assert!(error.contains("v.vec: the corpus has no artist \"Drake\""), "{error}");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let refused = |name: &str, files: &[(&str, &[u8])]| {
        for (name, bytes) in files {
            std::fs::write(at(name), bytes).unwrap();
        }
        read_vectors(&at(name), Matrix::Both, Known::Nothing).unwrap_err().to_string()
    };
    let error = refused("a.txt", &[("a.txt", b"2 1\na 1\nb 2\n"), ("a.output.txt", b"2 1\nb 1\na 2\n")]);
    assert!(error.contains("a.output.txt") && error.contains("another order"), "{error}");
    let error = refused("a.txt", &[("a.output.txt", b"2 2\na 1 2\nb 1 2\n")]);
    assert!(error.contains("2 numbers a word against 1"), "{error}");
    let error = refused("a.txt", &[("a.output.txt", b"2 1\na 1\nb 1\n"), ("a.bias.txt", b"a 1\n")]);
    assert!(error.contains("a.bias.txt") && error.contains("\"b\""), "{error}");
    let error = refused("a.txt", &[("a.bias.txt", b"a 1\nb nan\n")]);
    assert!(error.contains("a.bias.txt") && error.contains("NaN"), "{error}");
    let error = refused("b.txt", &[("b.txt", b"2 1\na 1\nb 2\n")]);
    assert!(error.contains("b.output.txt: cannot read"), "{error}");
    let error = refused("c.tsv", &[("c.tsv", b"1\t2\n")]);
    assert!(error.contains("one a line in row order, into c.metadata.tsv"), "{error}");
    let error = refused("c.tsv", &[("c.metadata.tsv", b"one\ntwo\n")]);
    assert!(error.contains("c.metadata.tsv: it has 2 names for 1 vectors"), "{error}");
    let error = refused("c.tsv", &[("c.metadata.tsv", b"one\n"), ("c.output.tsv", b"1\t2\n3\t4\n")]);
    assert!(error.contains("2 × 2 numbers against 1 × 2"), "{error}");
}

#[test]
fn unknown_endings_are_refused() {
    let path = Path::new("vectors.csv");
    let unknown = |error| matches!(error, ConvertError::UnknownForm { .. });
    assert!(unknown(write_vectors(&model(), Matrix::Input, path, None).unwrap_err()));
    assert!(unknown(read_vectors(path, Matrix::Input, Known::Nothing).unwrap_err()));
    assert!(is_vectors(Path::new("a/b.vec")) && !is_vectors(path) && !is_vectors(Path::new("bin")));
}

#[test]
fn files_beside_keep_their_ending() {
    for (path, output, bias) in [
        ("a/v.bin", "a/v.output.bin", "a/v.bias.txt"),
        ("v.x.txt", "v.x.output.txt", "v.x.bias.txt"),
        ("v.glove.txt", "v.output.glove.txt", "v.bias.txt"),
        ("v.npy", "v.output.npy", "v.bias.npy"),
    ] {
        let path = Path::new(path);
        assert_eq!(beside_path(path, "output", None), Path::new(output));
        assert_eq!(bias_path(Form::of(path).unwrap(), path), Path::new(bias));
    }
}

#[test]
fn names_stay_on_their_line() {
    assert_eq!(one_line("a\tb\nc\r\u{85}\u{2028}\u{a0}d"), "a b c   \u{a0}d");
}

/// The bytes that each form makes of the model.
static WRITTEN: LazyLock<Vec<(&str, Reader, Vec<u8>)>> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let bytes = |(ending, reader): (&'static str, Reader)| {
        let path = directory.path().join(format!("v.{ending}"));
        write_vectors(&model(), Matrix::Both, &path, None).unwrap();
        (ending, reader, std::fs::read(path).unwrap())
    };
    FORMS.into_iter().map(bytes).collect()
});

#[test]
fn every_truncation_is_an_error_or_loses_whole_rows_of_text() {
    for (ending, read, bytes) in &*WRITTEN {
        let (dimensions, whole) = read(bytes).unwrap();
        for length in 0..bytes.len() {
            let Ok((width, cut)) = read(&bytes[..length]) else { continue };
            // Text may lose its last line break or the last digits of its last number; without a heading, whole rows.
            let is_text = matches!(*ending, "vec" | "glove.txt" | "tsv");
            assert!(is_text, "{ending}: {length} of {}", bytes.len());
            assert!(*ending != "vec" || length + 4 > bytes.len(), "{length} of {}", bytes.len());
            if width == dimensions {
                assert_eq!(cut[..cut.len() - 1], whole[..cut.len() - 1]);
            }
        }
    }
}

#[test]
fn numbers_that_are_none_are_named() {
    let directory = tempfile::tempdir().unwrap();
    for (ending, _) in FORMS {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut model = model();
            model.input[5] = bad;
            let path = directory.path().join(format!("v.{ending}"));
            write_vectors(&model, Matrix::Input, &path, None).unwrap();
            let error = read_vectors(&path, Matrix::Input, Known::Nothing).unwrap_err().to_string();
            assert!(error.contains("row 3") && error.contains("infinite or NaN"), "{ending}: {error}");
        }
    }
}

#[test]
fn words_that_stand_twice_are_named() {
    let twice = |text: &str| text::read(text.as_bytes()).unwrap_err();
    let expected = VectorsError::Duplicate { row: 3, word: "a".into() };
    assert_eq!((twice("3 1\na 1\nb 2\na 3\n"), twice("a 1 1\nb 2 2\na 3 3\n")), (expected.clone(), expected.clone()));
    let words = ["a", "b", "a"].map(String::from);
    for write in [word2vec::write, finalfusion::write] {
        let mut bytes = Vec::new();
        write(&mut bytes, &words, 1, [1.0, 2.0, 3.0].chunks(1)).unwrap();
        let read = if bytes.starts_with(b"3 1") { word2vec::read } else { finalfusion::read };
        assert_eq!(read(&bytes), Err(expected.clone()));
    }
}

proptest! {
    #[test]
    fn any_words_and_numbers_come_back(
        words in prop::collection::hash_set("[^\\s]{0,12}", 1..8),
        dimensions in 1_usize..6,
        seed in prop::collection::vec(any::<f32>().prop_filter("finite", |x| x.is_finite()), 48),
    ) {
        let words: Vec<String> = words.into_iter().collect();
        let values = seed[..words.len() * dimensions].to_vec();
        let rows = || values.chunks_exact(dimensions);
        let (mut binary, mut fast, mut glove) = (Vec::new(), Vec::new(), Vec::new());
        word2vec::write(&mut binary, &words, dimensions, rows()).unwrap();
        text::write(&mut fast, true, &words, dimensions, rows()).unwrap();
        text::write(&mut glove, false, &words, dimensions, rows()).unwrap();
        for (bytes, read) in [(binary, word2vec::read as fn(&[u8]) -> _), (fast, text::read), (glove, text::read)] {
            // A first word that is a number, with one number behind it, is a heading.
            if let Ok(back) = read(&bytes) && back.words.len() == words.len() {
                prop_assert_eq!(&back.words, &words);
                let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                prop_assert_eq!(bits(&back.values), bits(&values));
            } else {
                prop_assert!(dimensions == 1 && words[0].parse::<u32>().is_ok());
            }
        }
    }

    #[test]
    fn damaged_files_never_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        for (_, read, bytes) in &*WRITTEN {
            let mut bytes = bytes.clone();
            for (at, value) in &flips {
                let at = at.index(bytes.len());
                bytes[at] = *value;
            }
            if let Ok((dimensions, values)) = read(&bytes) {
                prop_assert!(values.len() % dimensions == 0);
            }
            let _ = read(&bytes[..cut.index(bytes.len())]);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        body in prop::collection::vec(any::<u8>(), 0..200),
        rows in 0_u32..9,
        dimensions in 0_u32..9,
    ) {
        let heads = [
            format!("{rows} {dimensions}\n").into_bytes(),
            b"FiFu\0\0\0\0\x01\0\0\0\x01\0\0\0".to_vec(),
            b"\x93NUMPY\x01\x00\x08\x00".to_vec(),
            (u64::from(rows)).to_le_bytes().to_vec(),
            vec![],
        ];
        for head in heads {
            let bytes = [&head[..], &body].concat();
            for (_, read) in FORMS {
                let _ = read(&bytes);
            }
        }
        let _ = beside::read::<u32>(&body, &["a".into()]);
        let _ = projector::read_metadata(&body, rows as usize);
        let _ = numpy::read_artists(&body, rows as usize);
    }

    #[test]
    fn hostile_safetensors_headers_never_panic(
        start in prop::sample::select(vec![0_u64, 4, u64::MAX - 1, u64::MAX]),
        end in prop::sample::select(vec![0_u64, 4, 8, u64::MAX - 7, u64::MAX]),
        sides in prop::collection::vec(prop::sample::select(vec![0_u64, 1, 2, 1 << 32, u64::MAX]), 0..4),
        kind in prop::sample::select(vec!["F32", "F64", "U8", "X"]),
        name in prop::sample::select(vec!["input", "names", "title_words", "bias", "mentions"]),
    ) {
        let header = format!(r#"{{"{name}":{{"dtype":"{kind}","shape":{sides:?},"data_offsets":[{start},{end}]}}}}"#);
        let bytes = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), b"[\"a\"]   "].concat();
        let _ = safetensors::read(&bytes, Matrix::Both, Some(vec!["a".into()]));
    }
}
