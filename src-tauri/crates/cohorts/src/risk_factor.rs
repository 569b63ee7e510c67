//! Risk factors: 38 Elixhauser groups by ICD-10-CM code, and four by measurement.
//!
//! Source: Elixhauser Comorbidity Software Refined for ICD-10-CM v2026.1 (AHRQ, HCUP). Thresholds: BMI >= 30 kg/m2
//! (WHO obesity), systolic pressure >= 140 mmHg (ESC/ESH office hypertension), HbA1c >= 6.5 % (ADA diabetes).

use std::collections::HashMap;
use std::sync::LazyLock;

const DATA: &str = include_str!("../data/risk_factors_v1.tsv");
/// Version of the data file, shown with each result.
pub const VERSION: u32 = 1;

/// A set of risk factors, one bit each.
pub type Factors = u64;

/// A risk factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskFactor {
    /// Stable key.
    pub key: &'static str,
    /// As shown.
    pub title: &'static str,
}

struct Table {
    factors: Vec<RiskFactor>,
    by_code: HashMap<&'static str, Factors>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { factors: Vec::new(), by_code: HashMap::new() };
    for line in DATA.lines().filter(|l| !l.starts_with('#')) {
        let mut parts = line.split('\t');
        let (Some(key), Some(title), Some(codes)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let bit = 1 << table.factors.len();
        table.factors.push(RiskFactor { key, title });
        for code in codes.split(' ') {
            *table.by_code.entry(code).or_default() |= bit;
        }
    }
    for (key, title) in [
        ("smoker", "Smokes now"),
        ("bmi_30", "Body mass index 30 kg/m² or more"),
        ("systolic_140", "Systolic pressure 140 mmHg or more"),
        ("hba1c_6_5", "HbA1c 6.5 % or more"),
    ] {
        table.factors.push(RiskFactor { key, title });
    }
    table
});

/// All factors, in the order of their bits.
pub fn all() -> &'static [RiskFactor] {
    &TABLE.factors
}

/// The factors of an ICD-10-CM code, with or without its dot.
pub fn of_icd_10_cm(code: &str) -> Factors {
    let plain: String = code.chars().filter(|c| *c != '.').collect();
    TABLE.by_code.get(plain.as_str()).copied().unwrap_or(0)
}

/// Answers to LOINC 72166-2 that mean smoking now (answer list LL2201-3), and the words of older records for the same.
const SMOKES: [&str; 9] = [
    "current every day smoker",
    "current some day smoker",
    "current heavy tobacco smoker",
    "current light tobacco smoker",
    "heavy tobacco smoker",
    "light tobacco smoker",
    "smokes tobacco daily",
    "occasional tobacco smoker",
    "smoker",
];

/// What is measured for a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// LOINC 72166-2, tobacco smoking status.
    Smoking,
    /// LOINC 39156-5, kg/m2.
    BodyMassIndex,
    /// LOINC 8480-6, mm[Hg].
    Systolic,
    /// LOINC 4548-4, %.
    Hba1c,
}

impl Measure {
    /// All measures.
    pub const ALL: [Self; 4] = [Self::Smoking, Self::BodyMassIndex, Self::Systolic, Self::Hba1c];

    /// The measure of a LOINC code.
    pub fn of_loinc(code: &str) -> Option<Self> {
        match code {
            "72166-2" => Some(Self::Smoking),
            "39156-5" => Some(Self::BodyMassIndex),
            "8480-6" => Some(Self::Systolic),
            "4548-4" => Some(Self::Hba1c),
            _ => None,
        }
    }

    /// Its bit.
    pub fn bit(self) -> Factors {
        1 << (all().len() - Self::ALL.len() + self as usize)
    }

    /// Whether a value makes the factor; `None` when unit or text is not understood, which is never taken for "no".
    pub fn is_met(self, number: Option<f64>, ucum: Option<&str>, text: Option<&str>) -> Option<bool> {
        match self {
            Self::Smoking => {
                let text = text?.to_lowercase();
                let answer = text.trim_end_matches("(finding)").trim();
                Some(SMOKES.contains(&answer))
            }
            Self::BodyMassIndex => (ucum? == "kg/m2").then_some(number? >= 30.0),
            Self::Systolic => (ucum? == "mm[Hg]").then_some(number? >= 140.0),
            Self::Hba1c => (ucum? == "%").then_some(number? >= 6.5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_table_is_whole() {
        assert_eq!(all().len(), 38 + 4);
        assert_eq!(TABLE.by_code.len(), 4567);
        let autoimmune = all().iter().position(|f| f.key == "autoimmune").unwrap();
        assert_eq!(of_icd_10_cm("A18.01") & (1 << autoimmune), 1 << autoimmune);
        assert_eq!(of_icd_10_cm("Z00.00"), 0);
    }

    #[test]
    fn an_unknown_unit_is_no_answer() {
        assert_eq!(Measure::Hba1c.is_met(Some(48.0), Some("mmol/mol"), None), None);
        assert_eq!(Measure::Hba1c.is_met(Some(6.5), Some("%"), None), Some(true));
        for (answer, smokes) in [
            ("Former smoker", false),
            ("Current non-smoker", false),
            ("Current every day smoker", true),
            ("Smokes tobacco daily (finding)", true),
        ] {
            assert_eq!(Measure::Smoking.is_met(None, None, Some(answer)), Some(smokes), "{answer}");
        }
    }
}
