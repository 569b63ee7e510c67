//! Which column is which field of the registration form: suggested by its name, decided by a person.

use rustcare_model::name::folded;
use serde::{Deserialize, Serialize};

/// What a column is taken for. The names are those of the registration form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(rename = "TableField"))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the form's labels
pub enum Field {
    /// Not taken.
    LeaveOut,
    /// The number that the other system knows the patient by; kept as its identifier.
    SourceId,
    /// All parts in one column; see [`super::full_name`].
    FullName,
    GivenName,
    MiddleName,
    FamilyName,
    Prefix,
    Suffix,
    PreferredName,
    DateOfBirth,
    EstimatedAgeYears,
    Sex,
    Email,
    Phone,
    Language,
    AddressLine,
    City,
    State,
    PostalCode,
    Country,
    Ssn,
    InsuranceNumber,
    ContactName,
    ContactRelationship,
    ContactPhone,
    DeceasedDate,
}

impl Field {
    /// All, in the order of the form.
    pub const ALL: [Self; 26] = [
        Self::LeaveOut,
        Self::SourceId,
        Self::FullName,
        Self::GivenName,
        Self::MiddleName,
        Self::FamilyName,
        Self::Prefix,
        Self::Suffix,
        Self::PreferredName,
        Self::DateOfBirth,
        Self::EstimatedAgeYears,
        Self::Sex,
        Self::Email,
        Self::Phone,
        Self::Language,
        Self::AddressLine,
        Self::City,
        Self::State,
        Self::PostalCode,
        Self::Country,
        Self::Ssn,
        Self::InsuranceNumber,
        Self::ContactName,
        Self::ContactRelationship,
        Self::ContactPhone,
        Self::DeceasedDate,
    ];

    /// The name that crosses the border.
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether its values are sealed and never shown.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Ssn | Self::InsuranceNumber)
    }

    /// Whether its values are dates, whose order is decided for the column as a whole.
    pub fn is_date(self) -> bool {
        matches!(self, Self::DateOfBirth | Self::DeceasedDate)
    }
}

/// Names that columns have in registers, folded and without blanks: English, Spanish, and Synthea's `patients.csv`.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::SourceId,
        &[
            "id",
            "patientid",
            "patid",
            "patientidentifier",
            "mrn",
            "medicalrecordnumber",
            "recordnumber",
            "patientnumber",
            "patientno",
            "chartnumber",
            "recid",
            "uniqueid",
            "historiaclinica",
            "nhc",
            "numerodehistoria",
            "numerodehistoriaclinica",
            "idpaciente",
            "expediente",
            "numerodeexpediente",
        ],
    ),
    (
        Field::FullName,
        &[
            "name",
            "fullname",
            "completename",
            "nombrecompleto",
            "nombreyapellido",
            "nombreyapellidos",
            "apellidoynombre",
            "apellidosynombre",
            "apellidosynombres",
            "paciente",
        ],
    ),
    (
        Field::GivenName,
        &[
            "first",
            "firstname",
            "fname",
            "givenname",
            "given",
            "forename",
            "nombre",
            "nombres",
            "primernombre",
            "nombredepila",
        ],
    ),
    (Field::MiddleName, &["middle", "middlename", "mname", "middleinitial", "secondname", "segundonombre"]),
    (
        Field::FamilyName,
        &[
            "last",
            "lastname",
            "lname",
            "familyname",
            "family",
            "surname",
            "apellido",
            "apellidos",
            "primerapellido",
        ],
    ),
    (Field::Prefix, &["prefix", "title", "nameprefix", "tratamiento", "titulo"]),
    (Field::Suffix, &["suffix", "namesuffix", "sufijo"]),
    (Field::PreferredName, &["preferredname", "nickname", "knownas", "nombrepreferido", "apodo"]),
    (
        Field::DateOfBirth,
        &[
            "birthdate",
            "dateofbirth",
            "dob",
            "birthday",
            "born",
            "datebirth",
            "birthdt",
            "fechadenacimiento",
            "fechanacimiento",
            "fnacimiento",
            "nacimiento",
            "fecnac",
            "fechanac",
        ],
    ),
    (Field::EstimatedAgeYears, &["age", "ageyears", "ageinyears", "estimatedage", "edad"]),
    (Field::Sex, &["sex", "gender", "sexo", "genero"]),
    (Field::Email, &["email", "emailaddress", "mail", "correo", "correoelectronico"]),
    (
        Field::Phone,
        &[
            "phone",
            "phonenumber",
            "telephone",
            "telephonenumber",
            "tel",
            "mobile",
            "mobilephone",
            "cell",
            "cellphone",
            "homephone",
            "telefono",
            "movil",
            "celular",
            "telefonomovil",
        ],
    ),
    (Field::Language, &["language", "preferredlanguage", "lang", "idioma", "lengua"]),
    (
        Field::AddressLine,
        &[
            "address",
            "addressline",
            "address1",
            "addressline1",
            "street",
            "streetaddress",
            "direccion",
            "domicilio",
            "calle",
        ],
    ),
    (
        Field::City,
        &["city", "town", "suburb", "municipality", "ciudad", "localidad", "municipio", "poblacion"],
    ),
    (Field::State, &["state", "province", "region", "county", "estado", "provincia", "departamento"]),
    (Field::PostalCode, &["zip", "zipcode", "postalcode", "postcode", "codigopostal", "cp"]),
    (Field::Country, &["country", "pais"]),
    (Field::Ssn, &["ssn", "socialsecuritynumber", "socialsecurity", "socsec", "socsecid"]),
    (
        Field::InsuranceNumber,
        &[
            "insurancenumber",
            "insuranceid",
            "memberid",
            "policynumber",
            "numerodeseguro",
            "poliza",
            "numerodepoliza",
        ],
    ),
    (
        Field::ContactName,
        &["contactname", "emergencycontact", "emergencycontactname", "nextofkin", "contactodeemergencia"],
    ),
    (Field::ContactRelationship, &["contactrelationship", "relationship", "parentesco"]),
    (Field::ContactPhone, &["contactphone", "emergencycontactphone", "emergencyphone", "telefonodecontacto"]),
    (
        Field::DeceasedDate,
        &[
            "deathdate",
            "dateofdeath",
            "dod",
            "deceaseddate",
            "fechadefallecimiento",
            "fechadefuncion",
            "fechafallecimiento",
        ],
    ),
];

/// The field that a column's name says, [`Field::LeaveOut`] when it says none.
pub fn suggested(name: &str) -> Field {
    if name.len() > 60 {
        return Field::LeaveOut;
    }
    let plain = folded(name).replace(' ', "");
    let plain = plain.strip_prefix("patient").filter(|rest| known(rest).is_some()).unwrap_or(&plain);
    known(plain).unwrap_or(Field::LeaveOut)
}

fn known(plain: &str) -> Option<Field> {
    NAMES.iter().find(|(_, names)| names.contains(&plain)).map(|(field, _)| *field)
}

/// Suggestions for all columns; of two that say the same field the first has it.
pub(super) fn suggest(names: &[String]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::with_capacity(names.len());
    for name in names {
        let field = suggested(name);
        fields.push(if fields.contains(&field) { Field::LeaveOut } else { field });
    }
    // Where the parts have columns of their own, the whole name says nothing more.
    if fields.iter().any(|field| matches!(field, Field::GivenName | Field::FamilyName)) {
        fields
            .iter_mut()
            .filter(|field| **field == Field::FullName)
            .for_each(|field| *field = Field::LeaveOut);
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_synthea_are_known() {
        let header = "Id,BIRTHDATE,DEATHDATE,SSN,PREFIX,FIRST,LAST,MARITAL,GENDER,ADDRESS,CITY,STATE,ZIP";
        let names: Vec<String> = header.split(',').map(str::to_owned).collect();
        let fields: Vec<String> = suggest(&names).into_iter().map(Field::name).collect();
        assert_eq!(
            fields.join(","),
            "source_id,date_of_birth,deceased_date,ssn,prefix,given_name,family_name,leave_out,sex,address_line,city,state,postal_code"
        );
    }

    #[test]
    fn spanish_names_and_underscores_are_known() {
        assert_eq!(suggested("Fecha de Nacimiento"), Field::DateOfBirth);
        assert_eq!(suggested("CÓDIGO_POSTAL"), Field::PostalCode);
        assert_eq!(suggested("patient_first_name"), Field::GivenName);
        assert_eq!(suggested("Diagnosis"), Field::LeaveOut);
    }

    #[test]
    fn no_name_says_two_fields_and_all_fields_are_listed() {
        let mut names: Vec<&str> = NAMES.iter().flat_map(|(_, n)| n.iter().copied()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(NAMES.len() + 1, Field::ALL.len());
    }

    #[test]
    fn a_whole_name_is_taken_where_its_parts_have_no_columns() {
        let of = |names: &[&str]| suggest(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["Patient name", "DOB"]), [Field::FullName, Field::DateOfBirth]);
        assert_eq!(of(&["Name", "First name"]), [Field::LeaveOut, Field::GivenName]);
    }

    #[test]
    fn the_first_of_two_columns_has_the_field() {
        let names = ["Phone".to_owned(), "Mobile".to_owned()];
        assert_eq!(suggest(&names), [Field::Phone, Field::LeaveOut]);
    }
}
