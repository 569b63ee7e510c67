//! A row to a patient, by the one set of rules of the registration form; what an import keeps as written is kept here too.

use std::borrow::Cow;

use jiff::civil::Date;
use rustcare_model::Severity;
use rustcare_model::birth::{Birth, DateOfBirth};
use rustcare_model::contact::{Email, Phone};
use rustcare_model::date_reading::{DateOrder, read_typed};
use rustcare_model::form::{FormRules, PatientForm};
use rustcare_model::name::PersonName;
use rustcare_model::patient::{
    Address, ContactPerson, Demographics, ForeignIdentifier, Identifiers, PatientSecrets, Sex,
};
use rustcare_model::reason::{Reason, Why};
use rustcare_model::secret::{InsuranceNumber, Ssn};
use zeroize::Zeroizing;

use super::columns::Field;
use super::dates::{self, ColumnOrder};
use super::full_name::{self, NameOrder};
use super::sex::Letters;
use crate::fhir::patient::ReadPatient;

/// How the columns of a table are read.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    /// Of each column.
    pub fields: Vec<Field>,
    /// Of each column; decided for those that hold no dates.
    pub orders: Vec<ColumnOrder>,
    pub letters: Letters,
    pub name_order: Option<NameOrder>,
    pub system: String,
    pub today: Date,
    pub phone_region: String,
}

/// A remark about a value.
#[derive(Debug, Clone)]
pub(super) struct Remark {
    pub field: Option<Field>,
    pub severity: Severity,
    pub why: Why,
}

/// What a row says.
pub(super) struct ReadRow {
    /// The patient, when nothing refuses the row and nothing is open.
    pub patient: Option<ReadPatient>,
    /// The number of the other system.
    pub source_id: Option<String>,
    pub remarks: Vec<Remark>,
    /// A date of it can be read in two orders.
    pub open: bool,
}

/// Fields of the form whose text an import keeps as written, whatever the form would say.
const KEPT_AS_WRITTEN: &[&str] = &[
    "given_name",
    "middle_name",
    "family_name",
    "prefix",
    "suffix",
    "preferred_name",
    "phone",
    "language",
    "address_line",
    "city",
    "state",
    "postal_code",
    "country",
    "contact_name",
    "contact_relationship",
    "contact_phone",
];

fn field_of(name: &str) -> Option<Field> {
    Field::ALL.into_iter().find(|f| f.name() == name)
}

struct Reader<'a> {
    reading: &'a Reading,
    cells: &'a [Cow<'a, str>],
    remarks: Vec<Remark>,
    open: bool,
}

impl Reader<'_> {
    fn text(&self, field: Field) -> Option<String> {
        let at = self.reading.fields.iter().position(|f| *f == field)?;
        self.cells.get(at).map(|c| unguarded(c.trim())).filter(|c| !c.is_empty()).map(str::to_owned)
    }

    fn secret(&self, field: Field) -> Option<Zeroizing<String>> {
        self.text(field).map(Zeroizing::new)
    }

    fn refuse(&mut self, field: Field, why: impl Into<Why>) {
        self.remarks.push(Remark { field: Some(field), severity: Severity::Error, why: why.into() });
    }

    /// A date in the order of its column; in a column whose order is open only what every order reads alike.
    fn date(&mut self, field: Field) -> Option<Date> {
        let written = self.text(field)?;
        let text = dates::without_time(&written);
        let at = self.reading.fields.iter().position(|f| *f == field)?;
        let today = self.reading.today;
        let order = match self.reading.orders[at] {
            ColumnOrder::Decided { order } => order,
            ColumnOrder::Open { .. } if dates::is_plain(text, today) => {
                let orders = [DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::YearMonthDay];
                orders.into_iter().find(|o| read_typed(text, *o, today).is_ok()).unwrap_or_default()
            }
            ColumnOrder::Open { .. } => {
                self.open = true;
                return None;
            }
        };
        match read_typed(text, order, today) {
            Ok(date) => Some(date),
            Err(refusal) => {
                self.refuse(field, refusal.why);
                None
            }
        }
    }

    /// The parts of a name that stands in one column; nothing while nobody said how to cut it.
    fn full_name(&mut self) -> PersonName {
        let Some(text) = self.text(Field::FullName) else { return PersonName::default() };
        full_name::split(&text, self.reading.name_order).unwrap_or_else(|| {
            self.open = true;
            PersonName::default()
        })
    }

    fn sex(&mut self) -> Sex {
        let Some(text) = self.text(Field::Sex) else { return Sex::Unknown };
        self.reading.letters.read(&text).unwrap_or_else(|reason| {
            self.refuse(Field::Sex, reason);
            Sex::Unknown
        })
    }

    fn ssn(&mut self, form: &PatientForm) -> Option<Ssn> {
        let text = form.ssn.as_ref()?;
        Ssn::imported(text).ok()
    }
}

/// Reads one row.
pub(super) fn read_row(reading: &Reading, cells: &[Cow<'_, str>]) -> ReadRow {
    let mut reader = Reader { reading, cells, remarks: Vec::new(), open: false };
    let partial = reader.text(Field::DateOfBirth).and_then(|t| dates::partial(&t));
    let born = if partial.is_some() { None } else { reader.date(Field::DateOfBirth) };
    let died_partial = reader.text(Field::DeceasedDate).and_then(|t| dates::partial(&t));
    let died = if died_partial.is_some() { None } else { reader.date(Field::DeceasedDate) };
    let sex = reader.sex();
    let name = reader.full_name();
    let form = form_of(&reader, name, born, died, sex);
    check(&mut reader, &form);
    let birth = match (born, partial, &form.estimated_age_years) {
        (Some(date), ..) => match DateOfBirth::new(date, reading.today) {
            Ok(date) => Birth::Known { date },
            Err(_) => Birth::NotRecorded,
        },
        (None, Some(written), _) => Birth::Partial { written },
        (None, None, Some(age)) => match rustcare_model::birth::parse_age_years(age) {
            Ok(age_years) => Birth::Estimated { age_years, on: reading.today },
            Err(_) => Birth::NotRecorded,
        },
        (None, None, None) => Birth::NotRecorded,
    };
    let source_id = reader.text(Field::SourceId);
    let mut identifiers = Identifiers::new();
    identifiers.extend(source_id.iter().map(|value| ForeignIdentifier {
        kind: "MR".into(),
        authority: reading.system.clone(),
        value: value.clone(),
        period_start: None,
        period_end: None,
    }));
    let secrets = PatientSecrets {
        ssn: reader.ssn(&form),
        insurance_number: form.insurance_number.as_ref().and_then(|t| InsuranceNumber::parse(t).ok()),
    };
    let refused = reader.open || reader.remarks.iter().any(|r| r.severity == Severity::Error);
    let patient = (!refused).then(|| ReadPatient {
        says_death: died.is_some() || died_partial.is_some(),
        demographics: Demographics {
            name: PersonName {
                given: form.given_name,
                middle: form.middle_name,
                family: form.family_name,
                prefix: form.prefix,
                suffix: form.suffix,
                preferred: form.preferred_name,
            },
            unknown_person: false,
            birth,
            sex,
            email: form.email.as_deref().and_then(|t| Email::parse(t).ok()),
            phones: form.phone.iter().map(|t| Phone::imported(t, &reading.phone_region)).collect(),
            language: form.language,
            interpreter_needed: false,
            address: Address {
                line: form.address_line,
                city: form.city,
                state: form.state,
                postal_code: form.postal_code,
                country: form.country,
            },
            contact: ContactPerson {
                name: form.contact_name,
                relationship: form.contact_relationship,
                phone: form.contact_phone,
            },
            consent_to_contact: None,
            deceased: died.is_some() || died_partial.is_some(),
            deceased_on: died,
            identifiers,
        },
        secrets,
        secret_texts: Vec::new(),
    });
    ReadRow { patient, source_id, remarks: reader.remarks, open: reader.open }
}

fn form_of(
    reader: &Reader<'_>,
    name: PersonName,
    born: Option<Date>,
    died: Option<Date>,
    sex: Sex,
) -> PatientForm {
    let text = |field| reader.text(field);
    PatientForm {
        given_name: text(Field::GivenName).or(name.given),
        middle_name: text(Field::MiddleName).or(name.middle),
        family_name: text(Field::FamilyName).or(name.family),
        prefix: text(Field::Prefix).or(name.prefix),
        suffix: text(Field::Suffix).or(name.suffix),
        preferred_name: text(Field::PreferredName),
        date_of_birth: born.map(|d| d.to_string()),
        estimated_age_years: text(Field::EstimatedAgeYears),
        sex: Some(sex),
        email: text(Field::Email),
        phone: text(Field::Phone),
        language: text(Field::Language),
        address_line: text(Field::AddressLine),
        city: text(Field::City),
        state: text(Field::State),
        postal_code: text(Field::PostalCode),
        country: text(Field::Country),
        ssn: reader.secret(Field::Ssn),
        insurance_number: reader.secret(Field::InsuranceNumber),
        contact_name: text(Field::ContactName),
        contact_relationship: text(Field::ContactRelationship),
        contact_phone: text(Field::ContactPhone),
        deceased_date: died.map(|d| d.to_string()),
        ..PatientForm::default()
    }
}

/// What the form says of the row. Only a date, a sex or a number that cannot be what it should be refuses a row: a register
/// that loses a patient over a long name is worse than one with a long name.
fn check(reader: &mut Reader<'_>, form: &PatientForm) {
    let rules = FormRules {
        date_order: DateOrder::YearMonthDay,
        phone_region: reader.reading.phone_region.clone(),
        today: reader.reading.today,
    };
    let has_birth = reader.text(Field::DateOfBirth).is_some();
    for note in form.check(&rules, &[], None) {
        let field = field_of(&note.field);
        let severity = match note.reason {
            // There is a name; how to cut it is asked for the column.
            Reason::NameMissing if reader.open && reader.text(Field::FullName).is_some() => continue,
            // Already said of the value as it stands, or known as far as the table knows it.
            Reason::BirthMissing if has_birth || form.estimated_age_years.is_some() => continue,
            Reason::BirthMissing => Severity::Warning,
            // A number that was never issued is kept and sealed all the same.
            Reason::SsnNine | Reason::SsnTaxpayer | Reason::SsnNeverIssued => Severity::Warning,
            _ if KEPT_AS_WRITTEN.contains(&note.field.as_str()) && note.reason != Reason::NameMissing => {
                Severity::Warning
            }
            _ => note.severity,
        };
        let why = Why { reason: note.reason, values: note.values };
        reader.remarks.push(Remark { field, severity, why });
    }
}

/// A value without the apostrophe that keeps a spreadsheet from taking it for a formula (`'+41…`), as our own tables have it.
fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|c| c.starts_with(['=', '+', '-', '@'])).unwrap_or(cell)
}
