use std::fs;

use super::{ImportedVocabulary, read_folder};

const CONCEPTS: &str = "concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\tconcept_code\tvalid_start_date\tvalid_end_date\tinvalid_reason\n\
    201826\tType 2 diabetes \"mellitus\tCondition\tSNOMED\tDisorder\tS\t44054006\t20020131\t20991231\t\n\
    35206882\tType 2 diabetes without complications\tCondition\tICD10CM\t5-char\t\tE11.9\t20070101\t20991231\t\n\
    201820\tDiabetes mellitus\tCondition\tSNOMED\tDisorder\tS\t73211009\t20020131\t20991231\t\n\
    7\tOld\tCondition\tSNOMED\tDisorder\t\t44054006\t20020131\t20100101\tU\n\
    8840\tmilligram per deciliter\tUnit\tUCUM\tUnit\tS\tmg/dL\t19700101\t20991231\t\n";

fn folder(concepts: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    put("CONCEPT.csv", concepts);
    put(
        "CONCEPT_ANCESTOR.csv",
        "ancestor_concept_id\tdescendant_concept_id\tmin_levels_of_separation\tmax_levels_of_separation\n\
         201820\t201826\t1\t1\n201826\t201826\t0\t0\n201820\t99\t1\t1\n",
    );
    put(
        "CONCEPT_RELATIONSHIP.csv",
        "concept_id_1\tconcept_id_2\trelationship_id\tvalid_start_date\tvalid_end_date\tinvalid_reason\n\
         35206882\t201826\tMaps to\t20070101\t20991231\t\n35206882\t201820\tMaps to\t20070101\t20991231\tD\n\
         35206882\t201820\tIs a\t20070101\t20991231\t\n",
    );
    put(
        "VOCABULARY.csv",
        "vocabulary_id\tvocabulary_name\tvocabulary_reference\tvocabulary_version\tvocabulary_concept_id\n\
         SNOMED\tSystematic Nomenclature of Medicine\thttp://snomed.info\t2026-02\t44819097\n",
    );
    folder
}

fn opened(concepts: &str) -> ImportedVocabulary {
    let folder = folder(concepts);
    let bytes = read_folder(folder.path(), &|_| {}, &|| false).unwrap();
    ImportedVocabulary::open(Box::new(bytes)).unwrap()
}

#[test]
fn codes_are_found_with_what_they_mean_and_all_above_it() {
    let vocabulary = opened(CONCEPTS);
    assert_eq!(*vocabulary.ids().unwrap(), [7, 8_840, 201_820, 201_826, 35_206_882]);
    let wanted = [("ICD10CM", "E119".to_owned()), ("SNOMED", "44054006".into()), ("SNOMED", "1".into())];
    let found = vocabulary.find(&wanted.into_iter().collect(), "UCUM").unwrap();
    let of =
        |vocabulary: &str, code: &str| found.by_code.get(&(vocabulary.to_owned(), code.to_owned())).copied();
    assert_eq!(of("ICD10CM", "E119"), Some(35_206_882));
    assert_eq!(of("SNOMED", "44054006"), Some(201_826), "the valid one of two");
    assert_eq!((found.by_code.len(), found.whole), (2, vec![(8_840, "mg/dL".to_owned())]));
    let sources = [35_206_882, 201_820].into_iter().collect();
    assert_eq!(vocabulary.targets(&sources).unwrap(), [(201_820, 201_820), (35_206_882, 201_826)]);
    let above = vocabulary.ancestors(&[201_826, 7].into_iter().collect()).unwrap();
    assert_eq!(above, [(201_820, 201_826), (201_826, 201_826)], "an invalid concept is below nothing");
    let named = vocabulary.described([201_826, 5]).unwrap();
    assert_eq!(named.len(), 1);
    assert_eq!(named[0].name, "Type 2 diabetes \"mellitus");
    let names = vocabulary.vocabularies();
    assert_eq!(
        (names[0].id.as_str(), names[0].version.as_str(), names[0].concepts),
        ("SNOMED", "2026-02", 3)
    );
}

#[test]
fn what_is_no_download_of_athena_is_refused_with_file_line_and_reason() {
    let read = |folder: &std::path::Path| read_folder(folder, &|_| {}, &|| false).unwrap_err().to_string();
    assert!(read(tempfile::tempdir().unwrap().path()).contains("no file CONCEPT.csv"));
    let commas = folder(&CONCEPTS.replace('\t', ","));
    assert!(read(commas.path()).contains("separated by tabs"), "{}", read(commas.path()));
    let letters = folder(&CONCEPTS.replace("201820", "2O1820"));
    assert!(read(letters.path()).contains("CONCEPT.csv, line 4"), "{}", read(letters.path()));
    let twice = folder(&CONCEPTS.replace("201820", "201826"));
    assert!(read(twice.path()).contains("201826 stands there twice"));
    let short = folder(&CONCEPTS.replace("\tDisorder\tS\t73211009", ""));
    assert!(read(short.path()).contains("line 4") || read(short.path()).contains("CONCEPT.csv"));
    let stopped = read_folder(folder(CONCEPTS).path(), &|_| {}, &|| true);
    assert!(stopped.is_ok(), "few rows are read without a look at whether to stop");
}

#[test]
fn bytes_that_were_changed_or_cut_are_refused_and_never_read_beyond() {
    let folder = folder(CONCEPTS);
    let bytes = read_folder(folder.path(), &|_| {}, &|| false).unwrap();
    for length in 0..bytes.len() {
        let Ok(cut) = ImportedVocabulary::open(Box::new(bytes[..length].to_vec())) else { continue };
        let _ = cut.ids();
        let _ = cut.described([201_826, 8_840]);
        let _ = cut.targets(&[35_206_882].into_iter().collect());
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0xff;
        let Ok(other) = ImportedVocabulary::open(Box::new(changed)) else { continue };
        let _ = other.find(&[("SNOMED", "44054006".to_owned())].into_iter().collect(), "UCUM");
        let _ = other.described([201_826]);
        let _ = other.ancestors(&[201_826].into_iter().collect());
    }
}
