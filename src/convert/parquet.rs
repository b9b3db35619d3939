//! Parquet, for engines such as Apache Spark: playlists as rows of words, vectors as Spark MLlib's Word2Vec model has
//! them.
//!
//! Playlists: the columns `words` (a list of strings, those of training text) and `title` (string). Vectors: `word`
//! (string) and `vector` (a list of floats), in one file, or in a folder as Spark's `model.save(path)` makes it:
//! `data/part-*.parquet`, and in `metadata` a line of JSON with the model's class and settings.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, FloatType};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};

use super::ConvertError;
use super::vectors::{Vectors, VectorsError, check_width};
use crate::columns::{ColumnsError, Table};
use crate::corpus::Corpus;
use crate::files::FileError;

/// The model class that Spark names in its metadata.
const SPARK_CLASS: &str = "org.apache.spark.ml.feature.Word2VecModel";

/// A row group ends behind so many words: engines divide work by row groups, and writing holds one in memory.
const GROUP: usize = 1 << 21;

const PLAYLISTS: &str = "message playlists {
    required group words (LIST) { repeated group list { required binary element (STRING); } }
    required binary title (STRING);
}";

/// As Spark itself writes it.
const VECTORS: &str = "message spark_schema {
    optional binary word (STRING);
    optional group vector (LIST) { repeated group list { required float element; } }
}";

/// Begins a file of this schema.
fn begin<W: Write + Send>(writer: W, schema: &str) -> Result<SerializedFileWriter<W>, ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by(concat!("artist2vec ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::SNAPPY)
        // Every word once a row group: an artist's row of a dictionary costs less than its name each time.
        .set_dictionary_page_size_limit(64 << 20)
        .set_statistics_enabled(EnabledStatistics::None)
        .build();
    SerializedFileWriter::new(writer, Arc::new(parse_message_type(schema)?), Arc::new(properties))
}

/// Writes all playlists that mention anybody; `words[i]` is artist i's.
pub(super) fn write_playlists(writer: impl Write + Send, corpus: &Corpus, words: &[String]) -> io::Result<()> {
    let words: Vec<ByteArray> = words.iter().map(|word| ByteArray::from(word.as_str())).collect();
    let mut file = begin(writer, PLAYLISTS)?;
    let mut rows = 0..corpus.len();
    while !rows.is_empty() {
        let (mut values, mut repetitions, mut titles) = (Vec::new(), Vec::new(), Vec::new());
        for i in rows.by_ref() {
            let playlist = corpus.playlist(i);
            if playlist.is_empty() {
                continue;
            }
            values.extend(playlist.iter().map(|&artist| words[artist as usize].clone()));
            repetitions.extend((0..playlist.len()).map(|place| i16::from(place > 0)));
            titles.push(ByteArray::from(corpus.title(i)));
            if values.len() >= GROUP {
                break;
            }
        }
        let definitions = vec![1; values.len()];
        let mut group = file.next_row_group()?;
        if let Some(mut column) = group.next_column()? {
            column.typed::<ByteArrayType>().write_batch(&values, Some(&definitions), Some(&repetitions))?;
            column.close()?;
        }
        if let Some(mut column) = group.next_column()? {
            column.typed::<ByteArrayType>().write_batch(&titles, None, None)?;
            column.close()?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

/// Writes words and vectors as one file.
pub(super) fn write_vectors<'a>(
    writer: impl Write + Send,
    words: &[String],
    dimensions: usize,
    rows: impl Iterator<Item = &'a [f32]>,
) -> io::Result<()> {
    let mut file = begin(writer, VECTORS)?;
    let mut rows = rows;
    for words in words.chunks((GROUP / dimensions).max(1)) {
        let values: Vec<f32> = rows.by_ref().take(words.len()).flatten().copied().collect();
        let repetitions: Vec<i16> = (0..values.len()).map(|i| i16::from(i % dimensions > 0)).collect();
        let words: Vec<ByteArray> = words.iter().map(|word| ByteArray::from(word.as_str())).collect();
        let mut group = file.next_row_group()?;
        if let Some(mut column) = group.next_column()? {
            column.typed::<ByteArrayType>().write_batch(&words, Some(&vec![1; words.len()]), None)?;
            column.close()?;
        }
        if let Some(mut column) = group.next_column()? {
            column.typed::<FloatType>().write_batch(&values, Some(&vec![2; values.len()]), Some(&repetitions))?;
            column.close()?;
        }
        group.close()?;
    }
    file.close()?;
    Ok(())
}

/// Writes a folder that Spark's `Word2VecModel.load` reads. It is complete or absent: a neighbour is renamed.
pub(super) fn write_model<'a>(
    folder: &Path,
    words: &[String],
    dimensions: usize,
    rows: impl Iterator<Item = &'a [f32]>,
) -> Result<(), FileError> {
    let fail = |source| FileError::write(folder, source);
    if folder.exists() {
        return Err(fail(io::Error::other("something is there already; Spark wants a new folder, too")));
    }
    let mut temporary = folder.as_os_str().to_owned();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(temporary);
    let attempt = || -> io::Result<()> {
        fs::create_dir_all(temporary.join("data"))?;
        fs::create_dir(temporary.join("metadata"))?;
        let data = File::create(temporary.join("data/part-00000.snappy.parquet"))?;
        write_vectors(io::BufWriter::new(data), words, dimensions, rows)?;
        let metadata = json!({
            "class": SPARK_CLASS,
            "timestamp": 0,
            // The version since which Spark has this layout of a model, so that every later one reads it.
            "sparkVersion": "3.0.0",
            "uid": "artist2vec",
            "paramMap": { "vectorSize": dimensions, "inputCol": "words", "outputCol": "vector" },
            "defaultParamMap": {
                "vectorSize": 100, "windowSize": 5, "numPartitions": 1, "minCount": 5, "maxSentenceLength": 1000,
                "stepSize": 0.025, "maxIter": 1, "seed": 0, "outputCol": "artist2vec__output"
            },
        });
        fs::write(temporary.join("metadata/part-00000"), format!("{metadata}\n"))?;
        for part in ["data", "metadata"] {
            fs::write(temporary.join(part).join("_SUCCESS"), b"")?;
        }
        fs::rename(&temporary, folder)
    };
    attempt().map_err(|source| {
        // Best effort: the error that matters is this one.
        let _ = fs::remove_dir_all(&temporary);
        fail(source)
    })
}

/// Reads the words and vectors of a file, of all files of a folder, or of a folder that Spark's `model.save` made.
///
/// # Errors
/// [`ConvertError`] where a file cannot be read, is no sound Parquet file or has no such columns.
pub(super) fn read_vectors(path: &Path) -> Result<Vectors, ConvertError> {
    let (mut words, mut values, mut dimensions) = (Vec::new(), Vec::new(), None);
    for file in parts(path)? {
        let fail = |source| super::fail(&file, source);
        let table = Table::open(&file)?.map_err(|source| fail(source.into()))?;
        read_part(&table, &mut words, &mut values, &mut dimensions).map_err(fail)?;
    }
    let whole = Vectors::new(words, dimensions.unwrap_or_default(), values);
    whole.map_err(|source| super::fail(path, source))
}

fn read_part(
    table: &Table,
    words: &mut Vec<String>,
    values: &mut Vec<f32>,
    dimensions: &mut Option<usize>,
) -> Result<(), VectorsError> {
    const ROWS: usize = 4096;
    let word = table.column(&["word"], "word (string)", |column| column.is_text() && !column.is_list)?;
    let wanted = "vector (list of float; of Spark's own vectors take pyspark.ml.functions.vector_to_array)";
    let vector = table.column(&["vector"], wanted, |column| column.is_number() && column.is_list)?;
    for group in 0..table.groups() {
        let (mut all_words, mut vectors) = (table.reader(group, word)?, table.reader(group, vector)?);
        loop {
            let found = all_words.strings(ROWS, words.len())?;
            let rows = vectors.numbers(ROWS)?;
            if found.ends.len() != rows.ends.len() {
                return Err(ColumnsError::Uneven.into());
            }
            if found.ends.is_empty() {
                break;
            }
            for (word, row) in found.iter().zip(rows.iter()) {
                let null = || VectorsError::Damaged { what: "a word or a number of a vector is null" };
                let [Some(word)] = word else { return Err(null()) };
                let expected = *dimensions.get_or_insert(row.len());
                check_width(expected)?;
                if row.len() != expected {
                    return Err(VectorsError::NotANumber {
                        row: words.len() + 1,
                        dimensions: expected,
                        found: format!("a vector of {} numbers", row.len()),
                    });
                }
                words.push(word.clone());
                for number in row {
                    values.push(number.ok_or_else(null)?);
                }
            }
        }
    }
    Ok(())
}

/// The files with vectors: the path itself, or those of the folder or of its `data`.
fn parts(path: &Path) -> Result<Vec<PathBuf>, ConvertError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let metadata = path.join("metadata");
    if metadata.is_dir() {
        let class = class_of(&metadata)?;
        if class != SPARK_CLASS {
            let instead = "save a Word2VecModel of pyspark.ml.feature";
            let found =
                if class.is_empty() { "no model that Spark saved".to_owned() } else { format!("a model of {class}") };
            return Err(super::fail(path, VectorsError::Unsupported { found, instead }));
        }
    }
    let data = path.join("data");
    let data = if data.is_dir() { data } else { path.to_owned() };
    let mut files = files_of(&data)?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "parquet"));
    if files.is_empty() {
        return Err(super::fail(path, VectorsError::Empty));
    }
    Ok(files)
}

/// The class of the model that a folder of metadata is about; empty where it does not say.
fn class_of(metadata: &Path) -> Result<String, ConvertError> {
    for file in files_of(metadata)?.iter().filter(|file| super::file_name(file).starts_with("part-")) {
        let text = fs::read(file).map_err(|source| FileError::read(file, source))?;
        let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        if let Some(class) =
            serde_json::from_slice::<Value>(line).ok().and_then(|value| value["class"].as_str().map(str::to_owned))
        {
            return Ok(class);
        }
    }
    Ok(String::new())
}

/// The files of a folder by name; not the hidden ones, where Spark keeps checksums.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let fail = |source| FileError::read(folder, source);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_file() && !super::file_name(&path).starts_with('.') {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
