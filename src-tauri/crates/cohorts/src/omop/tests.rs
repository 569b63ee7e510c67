use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::basic::{Compression as Codec, GzipLevel, LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{FixedLenByteArray, FixedLenByteArrayType, Int96, Int96Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::{NO_DAY, NO_INTEGER, OmopFolder};

/// A day, a number and a name, of which the second row has neither day nor number.
fn read(folder: &OmopFolder) -> (Vec<i64>, Vec<i32>, Vec<f64>, Vec<Box<str>>) {
    let table = folder.needed_table("measurement").expect("a table");
    (
        table.integers("unit_concept_id").expect("integers").expect("a column"),
        table.days("measurement_date").expect("days").expect("a column"),
        table.numbers("value_as_number").expect("numbers").expect("a column"),
        table.texts("name").expect("texts").expect("a column"),
    )
}

#[test]
fn a_csv_file_is_read_whatever_separates_its_cells_and_stands_for_no_value() {
    let rows =
        "Name,VALUE_AS_NUMBER,Measurement_Date,unit_concept_id,more\none,1.5,2020-01-01,8840,x\ntwo,,,,x\n";
    let packed = |text: &str| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(text.as_bytes()).expect("packed");
        packer.finish().expect("packed")
    };
    let mut files: Vec<(&str, Vec<u8>)> = vec![
        ("MEASUREMENT.CSV", rows.into()),
        ("measurement.csv.gz", packed(rows)),
        ("measurement.csv", format!("\u{feff}{}", rows.replace('\n', "\r\n")).into()),
    ];
    for separator in ["\t", ";", "|"] {
        files.push(("measurement.csv", rows.replace(',', separator).into()));
    }
    for nothing in ["NA", "NULL", "null", "\\N", "NaN"] {
        let row = format!("two,{nothing},{nothing},{nothing},x");
        files.push(("measurement.csv", rows.replace("two,,,,x", &row).into()));
    }
    for (name, bytes) in files {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(name), &bytes).expect("written");
        let (units, days, numbers, names) = read(&OmopFolder::open(folder.path()).expect("a folder"));
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!((units, days), (vec![8840, NO_INTEGER], vec![18_262, NO_DAY]), "{name}: {text}");
        assert!(numbers[0] == 1.5 && numbers[1].is_nan(), "{name}: {text}");
        assert_eq!(names, ["one".into(), "two".into()] as [Box<str>; 2], "{name}: {text}");
    }
}

#[test]
fn a_name_in_another_encoding_or_with_a_quote_does_not_refuse_a_table() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("concept.csv"), b"concept_id\tconcept_name\n1\tS\xf6 \"x\n2\ty\n")
        .expect("written");
    let table = OmopFolder::open(folder.path()).expect("a folder").needed_table("concept").expect("a table");
    assert_eq!(table.needed_integers("concept_id").expect("ids"), [1, 2]);
    assert_eq!(&*table.texts("concept_name").expect("names").expect("a column")[0], "Sö \"x");
}

#[test]
fn a_table_may_be_a_folder_of_its_parts() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
    };
    write("Person/part-0.csv", "person_id,year_of_birth\n1,1950\n");
    write("Person/part-1.csv", "year_of_birth,person_id\n1960,2\n1970,3\n");
    write("Person/_SUCCESS", "");
    write("death.csv/part-0.csv", "person_id,death_date\n1,2020-01-01\n");
    write("death.csv/part-1.csv", "person_id\n2\n");
    let omop = OmopFolder::open(folder.path()).expect("a folder");
    let person = omop.needed_table("person").expect("a table");
    assert_eq!((person.rows(), person.integers("person_id").expect("read")), (3, Some(vec![1, 2, 3])));
    assert_eq!(person.integers("year_of_birth").expect("read"), Some(vec![1950, 1960, 1970]));
    let death = omop.needed_table("death").expect("a table");
    let error = death.days("death_date").expect_err("refused").to_string();
    assert!(error.contains("not in all parts"), "{error}");
}

#[test]
fn what_is_looked_for_in_vain_is_told_and_an_empty_file_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("person.csv"), "person_id\n1\n").expect("written");
    std::fs::write(folder.path().join("death.csv"), "").expect("written");
    let omop = OmopFolder::open(folder.path()).expect("a folder");
    let person = omop.needed_table("person").expect("a table");
    assert!(person.integers("year_of_birth").expect("read").is_none());
    assert!(omop.table("specimen").expect("read").is_none());
    assert_eq!(omop.absent(), (vec!["specimen".into()], vec!["person.year_of_birth".into()]));
    let error = omop.table("death").err().expect("refused").to_string();
    assert!(error.ends_with("death.csv: the file is empty: it has not even a heading"), "{error}");
}

/// Decimals as Arrow writes them and moments as Spark once did, packed with what else writers use.
#[test]
fn decimals_of_fixed_length_and_old_moments_of_parquet_are_read() {
    for codec in [Codec::GZIP(GzipLevel::default()), Codec::LZ4_RAW] {
        let folder = tempfile::tempdir().expect("a folder");
        let decimal = Type::primitive_type_builder("value_as_number", PhysicalType::FIXED_LEN_BYTE_ARRAY)
            .with_repetition(Repetition::REQUIRED)
            .with_length(16)
            .with_logical_type(Some(LogicalType::decimal(2, 38)))
            .with_precision(38)
            .with_scale(2);
        let moment = Type::primitive_type_builder("measurement_date", PhysicalType::INT96)
            .with_repetition(Repetition::REQUIRED);
        let fields =
            vec![Arc::new(decimal.build().expect("a column")), Arc::new(moment.build().expect("a column"))];
        let schema = Type::group_type_builder("schema").with_fields(fields).build().expect("a schema");
        let file = std::fs::File::create(folder.path().join("measurement.parquet")).expect("a file");
        let properties = WriterProperties::builder().set_compression(codec).build();
        let mut writer =
            SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties)).expect("a writer");
        let mut group = writer.next_row_group().expect("a group");
        let values: Vec<FixedLenByteArray> =
            [650_i128, -125].iter().map(|value| value.to_be_bytes().to_vec().into()).collect();
        let mut column = group.next_column().expect("open").expect("a column");
        column.typed::<FixedLenByteArrayType>().write_batch(&values, None, None).expect("written");
        column.close().expect("closed");
        // The Julian day of 2020-01-01, at noon; and the day before.
        let mut noon = Int96::new();
        noon.set_data(0x4f29_1800, 0x0000_2741, 2_458_850);
        let mut before = Int96::new();
        before.set_data(0, 0, 2_458_849);
        let mut column = group.next_column().expect("open").expect("a column");
        column.typed::<Int96Type>().write_batch(&[noon, before], None, None).expect("written");
        column.close().expect("closed");
        group.close().expect("closed");
        writer.close().expect("closed");

        let omop = OmopFolder::open(folder.path()).expect("a folder");
        let table = omop.needed_table("measurement").expect("a table");
        assert_eq!(table.numbers("value_as_number").expect("numbers"), Some(vec![6.5, -1.25]));
        assert_eq!(table.days("measurement_date").expect("days"), Some(vec![18_262, 18_261]));
    }
}
