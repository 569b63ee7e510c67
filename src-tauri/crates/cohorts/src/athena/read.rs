//! Reads the files of a download.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use rayon::slice::ParallelSliceMut;
use thiserror::Error;

use super::sections::{Columns, Heading, STANDARD, VALID, VocabularyName};

/// Between looks at whether somebody wants to stop.
const ROWS_BETWEEN: u64 = 1 << 16;

/// Why a folder is refused.
#[derive(Debug, Error)]
pub enum AthenaError {
    /// A file that must be there is not.
    #[error("there is no file {0} in the folder; unpack the whole download of Athena into one folder")]
    NoFile(&'static str),
    /// A file cannot be read.
    #[error("{file}: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A column that must be there is not.
    #[error("{file}: there is no column {column}; the file must be separated by tabs, as Athena writes it")]
    NoColumn {
        /// The file.
        file: String,
        /// The column.
        column: &'static str,
    },
    /// A value that cannot be read.
    #[error("{file}, line {line}: {reason}")]
    BadRow {
        /// The file.
        file: String,
        /// Line, the heading is line 1.
        line: u64,
        /// Why.
        reason: String,
    },
    /// More than can be numbered.
    #[error("{0}: there is more in it than can be taken")]
    TooLarge(&'static str),
    /// Somebody wanted to stop.
    #[error("it was stopped")]
    Cancelled,
}

/// One file, row by row.
struct Table<'a> {
    name: &'static str,
    reader: csv::Reader<Counted<'a>>,
    columns: HashMap<String, usize>,
}

/// Tells how many bytes were read.
struct Counted<'a> {
    file: BufReader<File>,
    reached: &'a dyn Fn(u64),
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        (self.reached)(count as u64);
        Ok(count)
    }
}

/// Finds a table of the folder, whatever the letters of its name.
fn find(folder: &Path, name: &'static str) -> Result<Option<PathBuf>, AthenaError> {
    let failed = |source| AthenaError::Unreadable { file: name.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.file_name().is_some_and(|found| found.to_string_lossy().eq_ignore_ascii_case(name)) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

impl<'a> Table<'a> {
    fn open(
        folder: &Path,
        name: &'static str,
        reached: &'a dyn Fn(u64),
    ) -> Result<Option<Self>, AthenaError> {
        let Some(path) = find(folder, name)? else { return Ok(None) };
        let file =
            File::open(&path).map_err(|source| AthenaError::Unreadable { file: name.to_owned(), source })?;
        let counted = Counted { file: BufReader::with_capacity(1 << 20, file), reached };
        let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).from_reader(counted);
        let headings = reader.headers().map_err(|error| bad(name, &error))?;
        let plain = |heading: &str| heading.trim_start_matches('\u{feff}').trim().to_ascii_lowercase();
        let columns = headings.iter().enumerate().map(|(at, heading)| (plain(heading), at)).collect();
        Ok(Some(Self { name, reader, columns }))
    }

    fn column(&self, column: &'static str) -> Result<usize, AthenaError> {
        let at = self.columns.get(column).copied();
        at.ok_or_else(|| AthenaError::NoColumn { file: self.name.to_owned(), column })
    }

    /// Visits every row with its line.
    fn each(
        mut self,
        is_cancelled: &dyn Fn() -> bool,
        mut visit: impl FnMut(&Row<'_>) -> Result<(), AthenaError>,
    ) -> Result<(), AthenaError> {
        let mut record = csv::ByteRecord::new();
        let mut line = 1_u64;
        while self.reader.read_byte_record(&mut record).map_err(|error| bad(self.name, &error))? {
            line += 1;
            if line.is_multiple_of(ROWS_BETWEEN) && is_cancelled() {
                return Err(AthenaError::Cancelled);
            }
            visit(&Row { file: self.name, line, record: &record })?;
        }
        Ok(())
    }
}

fn bad(file: &str, error: &csv::Error) -> AthenaError {
    let line = error.position().map_or(0, csv::Position::line);
    AthenaError::BadRow { file: file.to_owned(), line, reason: error.to_string() }
}

struct Row<'a> {
    file: &'static str,
    line: u64,
    record: &'a csv::ByteRecord,
}

impl Row<'_> {
    fn bytes(&self, column: usize) -> &[u8] {
        self.record.get(column).unwrap_or_default().trim_ascii()
    }

    fn text(&self, column: usize) -> Result<&str, AthenaError> {
        std::str::from_utf8(self.bytes(column)).map_err(|_| self.wrong("what stands there is not UTF-8"))
    }

    /// A concept id: published ones are whole numbers of 32 bits.
    fn id(&self, column: usize) -> Result<u32, AthenaError> {
        let number = self.text(column)?.parse::<u32>().ok();
        number.ok_or_else(|| self.wrong("a concept id is no whole number of 32 bits"))
    }

    fn wrong(&self, reason: &str) -> AthenaError {
        AthenaError::BadRow { file: self.file.to_owned(), line: self.line, reason: reason.to_owned() }
    }
}

/// A concept while it is read: id, marks, vocabulary, and where code and name stand.
struct ReadConcept {
    id: u32,
    marks: u8,
    vocabulary: u16,
    code: std::ops::Range<usize>,
    name: std::ops::Range<usize>,
}

/// Reads a folder of Athena into the bytes of an [`ImportedVocabulary`](super::ImportedVocabulary). `reached` is told the bytes that
/// were read, piece by piece; `is_cancelled` is asked now and then.
///
/// # Errors
/// [`AthenaError`].
pub fn read_folder(
    folder: &Path,
    reached: &dyn Fn(u64),
    is_cancelled: &dyn Fn() -> bool,
) -> Result<Vec<u8>, AthenaError> {
    let mut columns = Columns::default();
    let mut heading =
        Heading { vocabularies: vocabularies(folder, reached, is_cancelled)?, ..Heading::default() };
    concepts(folder, reached, is_cancelled, &mut heading, &mut columns)?;
    ancestors(folder, reached, is_cancelled, &mut columns)?;
    mappings(folder, reached, is_cancelled, &mut columns)?;
    Ok(columns.into_bytes(heading))
}

fn needed<T>(table: Option<T>, name: &'static str) -> Result<T, AthenaError> {
    table.ok_or(AthenaError::NoFile(name))
}

/// Names and versions, where the download says them.
fn vocabularies(
    folder: &Path,
    reached: &dyn Fn(u64),
    is_cancelled: &dyn Fn() -> bool,
) -> Result<Vec<VocabularyName>, AthenaError> {
    let mut all = Vec::new();
    let Some(table) = Table::open(folder, "VOCABULARY.csv", reached)? else { return Ok(all) };
    let (id, name) = (table.column("vocabulary_id")?, table.column("vocabulary_name")?);
    let version = table.column("vocabulary_version")?;
    table.each(is_cancelled, |row| {
        let text = |column| row.text(column).map(str::to_owned);
        all.push(VocabularyName { id: text(id)?, name: text(name)?, version: text(version)?, concepts: 0 });
        Ok(())
    })?;
    Ok(all)
}

fn concepts(
    folder: &Path,
    reached: &dyn Fn(u64),
    is_cancelled: &dyn Fn() -> bool,
    heading: &mut Heading,
    columns: &mut Columns,
) -> Result<(), AthenaError> {
    const FILE: &str = "CONCEPT.csv";
    let table = needed(Table::open(folder, FILE, reached)?, FILE)?;
    let (id, name, code) =
        (table.column("concept_id")?, table.column("concept_name")?, table.column("concept_code")?);
    let (vocabulary, standard) = (table.column("vocabulary_id")?, table.column("standard_concept")?);
    let invalid = table.column("invalid_reason")?;
    let mut texts = Vec::new();
    let mut read: Vec<ReadConcept> = Vec::new();
    let mut numbers: HashMap<String, u16> =
        heading.vocabularies.iter().enumerate().map(|(at, known)| (known.id.clone(), at as u16)).collect();
    table.each(is_cancelled, |row| {
        let of = row.text(vocabulary)?;
        let number = match numbers.get(of) {
            Some(number) => *number,
            None => {
                let number =
                    u16::try_from(heading.vocabularies.len()).map_err(|_| AthenaError::TooLarge(FILE))?;
                heading.vocabularies.push(VocabularyName::of_id(of));
                numbers.insert(of.to_owned(), number);
                number
            }
        };
        heading.vocabularies[usize::from(number)].concepts += 1;
        let mut keep = |text: &str| {
            let start = texts.len();
            texts.extend_from_slice(text.as_bytes());
            start..texts.len()
        };
        let is_standard = row.text(standard)? == "S";
        let marks =
            if is_standard { STANDARD } else { 0 } | if row.bytes(invalid).is_empty() { VALID } else { 0 };
        let (code, name) = (keep(row.text(code)?), keep(row.text(name)?));
        read.push(ReadConcept { id: row.id(id)?, marks, vocabulary: number, code, name });
        Ok(())
    })?;
    read.par_sort_by_key(|concept| concept.id);
    if let Some(twice) = read.windows(2).find(|two| two[0].id == two[1].id) {
        let reason = format!("the concept {} stands there twice", twice[0].id);
        return Err(AthenaError::BadRow { file: FILE.to_owned(), line: 0, reason });
    }
    for concept in read {
        let fits = columns.push(
            concept.id,
            concept.marks,
            concept.vocabulary,
            (&texts[concept.code], &texts[concept.name]),
        );
        if !fits {
            return Err(AthenaError::TooLarge(FILE));
        }
    }
    Ok(())
}

fn ancestors(
    folder: &Path,
    reached: &dyn Fn(u64),
    is_cancelled: &dyn Fn() -> bool,
    columns: &mut Columns,
) -> Result<(), AthenaError> {
    const FILE: &str = "CONCEPT_ANCESTOR.csv";
    let table = needed(Table::open(folder, FILE, reached)?, FILE)?;
    let (above, below) = (table.column("ancestor_concept_id")?, table.column("descendant_concept_id")?);
    // The descendant first: what stands above one concept lies together.
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    table.each(is_cancelled, |row| {
        pairs.push((row.id(below)?, row.id(above)?));
        Ok(())
    })?;
    pairs.par_sort_unstable();
    pairs.dedup();
    if columns.set_ancestors(&pairs) { Ok(()) } else { Err(AthenaError::TooLarge(FILE)) }
}

fn mappings(
    folder: &Path,
    reached: &dyn Fn(u64),
    is_cancelled: &dyn Fn() -> bool,
    columns: &mut Columns,
) -> Result<(), AthenaError> {
    const FILE: &str = "CONCEPT_RELATIONSHIP.csv";
    let table = needed(Table::open(folder, FILE, reached)?, FILE)?;
    let (from, to) = (table.column("concept_id_1")?, table.column("concept_id_2")?);
    let (kind, invalid) = (table.column("relationship_id")?, table.column("invalid_reason")?);
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    table.each(is_cancelled, |row| {
        if row.bytes(kind) == b"Maps to" && row.bytes(invalid).is_empty() {
            pairs.push((row.id(from)?, row.id(to)?));
        }
        Ok(())
    })?;
    pairs.par_sort_unstable();
    pairs.dedup();
    columns.set_mappings(pairs);
    Ok(())
}
