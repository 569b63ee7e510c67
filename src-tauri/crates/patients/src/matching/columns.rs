//! Which column of a file is which field. The usual names are known; a map says the rest.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rustcare_model::name::folded;

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// Names the record. It is never compared.
    Id,
    /// Says which records belong together. It is never compared.
    Truth,
    /// Given name.
    GivenName,
    /// Middle name.
    MiddleName,
    /// Family name.
    Surname,
    /// Given and family name in one.
    FullName,
    /// Previous family name.
    OtherSurname,
    /// Jr, Sr …
    Suffix,
    /// Date of birth.
    BirthDate,
    /// Year of birth.
    BirthYear,
    /// Month of birth.
    BirthMonth,
    /// Day of birth.
    BirthDay,
    /// Sex.
    Sex,
    /// House number.
    StreetNumber,
    /// Street.
    Street,
    /// Second address line.
    Building,
    /// Town.
    Place,
    /// Postal code.
    Postcode,
    /// State.
    State,
    /// Telephone.
    Phone,
    /// E-mail.
    Email,
    /// National identifier.
    LegalId,
    /// SSN, last four.
    SsnLast4,
    /// ITIN, last four.
    ItinLast4,
    /// Health plan number.
    PlanId,
    /// Credential service provider's identifier.
    CredentialId,
    /// Enterprise identifier.
    EnterpriseId,
    /// Place of birth.
    BirthPlace,
    /// Not compared.
    Ignored,
}

fn bare(header: &str) -> String {
    folded(header).replace(' ', "")
}

/// Other headers of each field: data, one field a line.
const USUAL: &str = include_str!("usual_columns.tsv");

impl Column {
    /// All, with the word for each in a map.
    pub const ALL: [(Self, &'static str); 29] = [
        (Self::Id, "id"),
        (Self::Truth, "truth"),
        (Self::GivenName, "given_name"),
        (Self::MiddleName, "middle_name"),
        (Self::Surname, "surname"),
        (Self::FullName, "full_name"),
        (Self::OtherSurname, "other_surname"),
        (Self::Suffix, "suffix"),
        (Self::BirthDate, "date_of_birth"),
        (Self::BirthYear, "year_of_birth"),
        (Self::BirthMonth, "month_of_birth"),
        (Self::BirthDay, "day_of_birth"),
        (Self::Sex, "sex"),
        (Self::StreetNumber, "street_number"),
        (Self::Street, "street"),
        (Self::Building, "building"),
        (Self::Place, "place"),
        (Self::Postcode, "postcode"),
        (Self::State, "state"),
        (Self::Phone, "phone"),
        (Self::Email, "email"),
        (Self::LegalId, "legal_id"),
        (Self::SsnLast4, "ssn_last4"),
        (Self::ItinLast4, "itin_last4"),
        (Self::PlanId, "plan_id"),
        (Self::CredentialId, "credential_id"),
        (Self::EnterpriseId, "enterprise_id"),
        (Self::BirthPlace, "birth_place"),
        (Self::Ignored, "ignored"),
    ];

    /// The column of a header, when it is its word or a usual name for it.
    pub fn usual(header: &str) -> Option<Self> {
        static NAMES: OnceLock<BTreeMap<String, Column>> = OnceLock::new();
        let names = NAMES.get_or_init(|| {
            let own = Self::ALL.iter().map(|(column, word)| (bare(word), *column));
            own.chain(usual_names().map(|(name, column)| (name.to_owned(), column))).collect()
        });
        names.get(&bare(header)).copied()
    }

    /// The word for it in a map.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(column, _)| *column == self).map_or("ignored", |(_, word)| word)
    }
}

fn usual_names() -> impl Iterator<Item = (&'static str, Column)> {
    USUAL.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).flat_map(
        |(word, names)| {
            let column = Column::ALL.iter().find(|(_, own)| *own == word).map(|(column, _)| *column);
            names.split(' ').filter(|n| !n.is_empty()).filter_map(move |name| Some((name, column?)))
        },
    )
}

/// A map from headers to fields: `header = "field"` lines, under `[columns]` or alone.
#[derive(Debug, Clone, Default)]
pub struct ColumnMap(BTreeMap<String, Column>);

impl ColumnMap {
    /// Reads TOML.
    ///
    /// # Errors
    /// What is wrong, in words: no TOML, or a field that there is not.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| e.message().to_owned())?;
        let inner = table.get("columns").and_then(toml::Value::as_table).unwrap_or(&table);
        let mut map = BTreeMap::new();
        for (header, field) in inner {
            let word =
                field.as_str().ok_or_else(|| format!("`{header}` must be the name of a field in quotes"))?;
            let column = Column::usual(word).ok_or_else(|| {
                let known = Column::ALL.map(|(_, word)| word).join(", ");
                format!("`{word}` (for `{header}`) is no field; fields are: {known}")
            })?;
            map.insert(bare(header), column);
        }
        Ok(Self(map))
    }

    /// The column of a header: the map's word first, then the usual names.
    pub fn column(&self, header: &str) -> Option<Column> {
        self.0.get(&bare(header)).copied().or_else(|| Column::usual(header))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_headers_are_known_and_a_map_goes_first() {
        for (header, column) in [
            (" soc_sec_id", Column::LegalId),
            ("address_1", Column::Street),
            ("First Name", Column::GivenName),
            ("DOB", Column::BirthDate),
            ("cluster", Column::Truth),
            ("unique_id", Column::Id),
        ] {
            assert_eq!(Column::usual(header), Some(column), "{header}");
        }
        let map = ColumnMap::from_toml("[columns]\n\"Kenn Nr\" = \"id\"\ncity = \"birth_place\"").unwrap();
        assert_eq!(map.column("kenn nr"), Some(Column::Id));
        assert_eq!(map.column("city"), Some(Column::BirthPlace));
        assert!(ColumnMap::from_toml("x = \"nonsense\"").unwrap_err().contains("nonsense"));
    }

    #[test]
    fn no_name_stands_for_two_columns() {
        let mut seen: BTreeMap<String, Column> = BTreeMap::new();
        let lines = USUAL.lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(lines, Column::ALL.len());
        let own = Column::ALL.iter().map(|(column, word)| (bare(word), *column));
        for (name, column) in own.chain(usual_names().map(|(n, c)| (n.to_owned(), c))) {
            assert_eq!(bare(&name), name);
            assert_eq!(seen.insert(name.clone(), column), None, "{name}");
        }
        assert!(seen.len() > 200, "the data is read");
    }
}
