//! What the clinic chose: kept as one JSON text in the database, changeable later.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::Connection;
use rustcare_model::date_reading::DateOrder;
use rustcare_model::form::FormRules;
use rustcare_model::reason::Reason;
use rustcare_patients::register::MrnBlock;
use rustcare_vault::table::setting;
use rustcare_vault::{VaultError, VaultResult};
use serde::{Deserialize, Serialize};
use validator::Validate;

const KEY: &str = "clinic";

/// Languages of the screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // ISO 639 codes
pub enum Language {
    #[default]
    En,
    Es,
}

/// Unit in which weights are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the unit's symbol
pub enum MassUnit {
    #[default]
    Kg,
    Lb,
}

/// Unit in which temperatures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the unit's name
pub enum TemperatureUnit {
    #[default]
    Celsius,
    Fahrenheit,
}

/// Unit in which glucose is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the unit's name
pub enum GlucoseUnit {
    #[default]
    MmolPerL,
    MgPerDl,
}

/// The clinic's choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the label it has on screen
pub struct ClinicSettings {
    #[validate(length(min = 1, max = 100))]
    pub clinic_name: String,
    #[validate(length(max = 100))]
    pub site: String,
    /// ISO 3166 alpha-2.
    #[validate(length(equal = 2))]
    pub country: String,
    pub language: Language,
    /// IANA name, for example `Europe/Berlin`.
    #[validate(length(min = 1, max = 60))]
    pub time_zone: String,
    /// ISO 3166 alpha-2 region of numbers without a country code.
    #[validate(length(equal = 2))]
    pub phone_region: String,
    pub mass_unit: MassUnit,
    pub temperature_unit: TemperatureUnit,
    pub glucose_unit: GlucoseUnit,
    pub date_order: DateOrder,
    /// 1 to 3 of `A-Z0-9`.
    #[validate(length(min = 1, max = 3))]
    pub mrn_prefix: String,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    #[validate(range(min = 1, max = 9_999_999))]
    pub mrn_first_number: u64,
    /// Where backups go; an id of a place, kept as its name.
    #[validate(length(max = 200))]
    pub backup_place: Option<String>,
}

impl Default for ClinicSettings {
    fn default() -> Self {
        Self {
            clinic_name: "Clinic".into(),
            site: String::new(),
            country: "US".into(),
            language: Language::En,
            time_zone: "UTC".into(),
            phone_region: "US".into(),
            mass_unit: MassUnit::Kg,
            temperature_unit: TemperatureUnit::Celsius,
            glucose_unit: GlucoseUnit::MmolPerL,
            date_order: DateOrder::DayMonthYear,
            mrn_prefix: "RC".into(),
            mrn_first_number: 1,
            backup_place: None,
        }
    }
}

impl ClinicSettings {
    /// Reads the clinic's choices.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub fn load(connection: &Connection) -> VaultResult<Self> {
        match setting::get(connection, KEY)? {
            Some(json) => serde_json::from_str(&json)
                .map_err(|_| VaultError::Damaged("the clinic's settings cannot be read")),
            None => Ok(Self::default()),
        }
    }

    /// Keeps them.
    ///
    /// # Errors
    /// Database errors.
    pub fn store(&self, connection: &Connection) -> VaultResult<()> {
        let json =
            serde_json::to_string(self).map_err(|_| VaultError::Damaged("the settings cannot be written"))?;
        setting::put(connection, KEY, &json)
    }

    /// The day in the clinic's time zone.
    pub fn today(&self) -> Date {
        jiff::Timestamp::now().to_zoned_datetime(self.zone()).date()
    }

    /// The clinic's time zone.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// What the form's rules need to know.
    pub fn form_rules(&self) -> FormRules {
        FormRules {
            date_order: self.date_order,
            phone_region: self.phone_region.clone(),
            today: self.today(),
        }
    }

    /// How patients are numbered.
    pub fn mrn_block(&self) -> MrnBlock {
        MrnBlock { prefix: self.mrn_prefix.clone(), first: self.mrn_first_number }
    }

    /// What cannot be expressed by lengths: real time zone, prefix of letters and digits.
    ///
    /// # Errors
    /// The field and the reason.
    pub fn check(&self) -> Result<(), (&'static str, Reason)> {
        if TimeZone::get(&self.time_zone).is_err() {
            return Err(("time_zone", Reason::TimeZoneUnknown));
        }
        if rustcare_model::Mrn::issue(&self.mrn_prefix, 1).is_err() {
            return Err(("mrn_prefix", Reason::PrefixCapitals));
        }
        let letters = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase());
        if !letters(&self.country) {
            return Err(("country", Reason::CountryLetters));
        }
        if !letters(&self.phone_region) {
            return Err(("phone_region", Reason::CountryLetters));
        }
        Ok(())
    }
}
