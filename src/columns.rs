//! Columns of Parquet files: rows of strings and of numbers, alone or in lists, read a batch at a time.
//!
//! Owns how nested rows become plain lists, and what can be wrong with a Parquet file. Must not know what the columns
//! mean. Only with the feature `parquet`.

use std::fs::File;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};

use crate::files::FileError;

/// A file is no Parquet file that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// It cannot be decoded.
    #[error("this is no sound Parquet file ({reason}): copy or export it again")]
    Damaged {
        /// What the decoder said.
        reason: String,
    },
    /// It has no such column.
    #[error("it has no column {wanted}; its columns are {found}")]
    NoColumn {
        /// What was looked for.
        wanted: &'static str,
        /// What there is instead.
        found: String,
    },
    /// Two columns that belong together have different lengths.
    #[error("its columns differ in length: it is damaged; copy or export it again")]
    Uneven,
    /// Text is not UTF-8.
    #[error("row {row} holds text that is not UTF-8: write it as strings")]
    NotUtf8 {
        /// Which row of the file, counted from 1.
        row: usize,
    },
}

/// An open Parquet file.
pub(crate) struct Table {
    file: SerializedFileReader<File>,
}

/// A column of scalars or lists: the place of its numbers or strings among all leaves of the schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    leaf: usize,
    /// The definition level from which on a value or a null stands in the row (Dremel's levels, as Parquet has them).
    present: i16,
    /// The definition level of a value.
    value: i16,
    /// Whether rows are lists.
    pub(crate) is_list: bool,
    kind: Type,
}

impl Column {
    /// Strings, or bytes that may be some.
    pub(crate) fn is_text(self) -> bool {
        self.kind == Type::BYTE_ARRAY
    }

    /// f32 or f64.
    pub(crate) fn is_number(self) -> bool {
        matches!(self.kind, Type::FLOAT | Type::DOUBLE)
    }
}

/// Rows of one column: row `i` is `values[ends[i - 1]..ends[i]]`.
#[derive(Debug)]
pub(crate) struct Rows<T> {
    pub(crate) ends: Vec<usize>,
    /// `None` where an element of a list, or a scalar, is null.
    pub(crate) values: Vec<Option<T>>,
}

impl<T> Rows<T> {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[Option<T>]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.values[start..end])
    }
}

impl Table {
    /// Opens a file and reads its schema.
    pub(crate) fn open(path: &Path) -> Result<Result<Self, ColumnsError>, FileError> {
        let file = File::open(path).map_err(|source| FileError::read(path, source))?;
        Ok(guarded(|| SerializedFileReader::new(file)).map(|file| Self { file }))
    }

    /// The names of all columns, and what each holds where [`Column`] can say it.
    pub(crate) fn columns(&self) -> Vec<(String, Option<Column>)> {
        let schema = self.file.metadata().file_metadata().schema_descr();
        let mut columns: Vec<(String, Option<Column>)> = Vec::new();
        let mut last = None;
        for (leaf, description) in schema.columns().iter().enumerate() {
            let root = schema.get_column_root_idx(leaf);
            if last == Some(root) {
                // A struct: more than one leaf.
                if let Some((_, column)) = columns.last_mut() {
                    *column = None;
                }
                continue;
            }
            last = Some(root);
            let nullable = description.self_type().is_optional();
            let column = Column {
                leaf,
                present: description.max_def_level() - i16::from(nullable),
                value: description.max_def_level(),
                is_list: description.max_rep_level() == 1,
                kind: description.physical_type(),
            };
            let is_plain = description.max_rep_level() <= 1;
            columns.push((schema.get_column_root(leaf).name().to_owned(), is_plain.then_some(column)));
        }
        columns
    }

    /// Looks for the first of `names` that `is_right`, else for an error that says what there is.
    pub(crate) fn column(
        &self,
        names: &[&str],
        wanted: &'static str,
        is_right: impl Fn(Column) -> bool,
    ) -> Result<Column, ColumnsError> {
        let columns = self.columns();
        let named = |name: &&str| columns.iter().find(|(other, _)| other == name)?.1.filter(|&column| is_right(column));
        names.iter().find_map(named).ok_or_else(|| {
            let found: Vec<String> = columns.iter().take(20).map(|(name, column)| described(name, *column)).collect();
            ColumnsError::NoColumn { wanted, found: found.join(", ") }
        })
    }

    /// The number of row groups.
    pub(crate) fn groups(&self) -> usize {
        self.file.num_row_groups()
    }

    /// Where in the file a column of a row group begins.
    pub(crate) fn offset(&self, group: usize, column: Column) -> u64 {
        self.file.metadata().row_group(group).column(column.leaf).data_page_offset().unsigned_abs()
    }

    /// Begins to read a column of a row group.
    pub(crate) fn reader(&self, group: usize, column: Column) -> Result<Reader, ColumnsError> {
        let reader = guarded(|| self.file.get_row_group(group)?.get_column_reader(column.leaf))?;
        Ok(Reader { reader, column })
    }
}

fn described(name: &str, column: Option<Column>) -> String {
    let kind = match column {
        Some(column) if column.is_text() => "string",
        Some(column) if column.kind == Type::FLOAT => "float",
        Some(column) if column.kind == Type::DOUBLE => "double",
        Some(_) => "another type",
        None => return format!("{name} (nested)"),
    };
    if column.is_some_and(|column| column.is_list) {
        format!("{name} (list of {kind})")
    } else {
        format!("{name} ({kind})")
    }
}

/// A column of a row group as it is read.
pub(crate) struct Reader {
    reader: ColumnReader,
    column: Column,
}

impl Reader {
    /// The next `count` rows of text, fewer at the end of the group; `before` rows of the file were read before.
    pub(crate) fn strings(&mut self, count: usize, before: usize) -> Result<Rows<String>, ColumnsError> {
        let ColumnReader::ByteArrayColumnReader(reader) = &mut self.reader else { return Err(ColumnsError::Uneven) };
        let rows = rows::<ByteArrayType>(reader, self.column, count)?;
        let text = |(i, bytes): (usize, Option<ByteArray>)| {
            let row = before + 1 + rows.ends.partition_point(|&end| end <= i);
            bytes
                .map(|bytes| str::from_utf8(bytes.data()).map(str::to_owned).map_err(|_| ColumnsError::NotUtf8 { row }))
                .transpose()
        };
        let values = rows.values.into_iter().enumerate().map(text).collect::<Result<_, _>>()?;
        Ok(Rows { ends: rows.ends, values })
    }

    /// The next `count` rows of numbers, fewer at the end of the group; f64 are rounded.
    pub(crate) fn numbers(&mut self, count: usize) -> Result<Rows<f32>, ColumnsError> {
        match &mut self.reader {
            ColumnReader::FloatColumnReader(reader) => rows::<FloatType>(reader, self.column, count),
            ColumnReader::DoubleColumnReader(reader) => {
                let Rows { ends, values } = rows::<DoubleType>(reader, self.column, count)?;
                Ok(Rows { ends, values: values.into_iter().map(|value| value.map(|value| value as f32)).collect() })
            }
            _ => Err(ColumnsError::Uneven),
        }
    }
}

fn rows<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    column: Column,
    count: usize,
) -> Result<Rows<T::T>, ColumnsError> {
    let (mut definitions, mut repetitions, mut found) = (Vec::new(), Vec::new(), Vec::new());
    let (records, _, levels) =
        guarded(|| reader.read_records(count, Some(&mut definitions), Some(&mut repetitions), &mut found))?;
    if column.value == 0 {
        definitions = vec![0; levels];
    }
    if !column.is_list {
        repetitions = vec![0; levels];
    }
    let mut rows = Rows { ends: Vec::with_capacity(records), values: Vec::with_capacity(found.len()) };
    let mut found = found.into_iter();
    for (i, (&definition, &repetition)) in definitions.iter().zip(&repetitions).enumerate() {
        if repetition == 0 && i > 0 {
            rows.ends.push(rows.values.len());
        }
        if definition == column.value {
            rows.values.push(Some(found.next().ok_or(ColumnsError::Uneven)?));
        } else if definition >= column.present {
            rows.values.push(None);
        }
    }
    if !definitions.is_empty() {
        rows.ends.push(rows.values.len());
    }
    Ok(rows)
}

/// Lets the decoder work. It panics on some damaged files (seen with version 60.1.0): that is damage, too.
///
/// What it worked on must not be used after an error.
fn guarded<T>(decode: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ColumnsError> {
    match panic::catch_unwind(AssertUnwindSafe(decode)) {
        Ok(result) => result.map_err(|error| ColumnsError::Damaged { reason: error.to_string().replace('\n', " ") }),
        Err(_) => Err(ColumnsError::Damaged { reason: "its decoder gave up".into() }),
    }
}
