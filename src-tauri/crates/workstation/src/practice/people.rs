//! Invented people with plausible histories, as FHIR R4 NDJSON.
//!
//! Names are common first and family names put together at random. ICD-10-CM titles are those of the April 2026 release
//! (a work of the United States government); LOINC codes with their long common names.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::random::Random;

const SEED: u64 = 20_261_124;

const FAMILY: [&str; 48] = [
    "Abara",
    "Alvarez",
    "Andersen",
    "Baker",
    "Bianchi",
    "Cohen",
    "Costa",
    "Dubois",
    "Fernández",
    "Fischer",
    "García",
    "Ghosh",
    "Haddad",
    "Hansen",
    "Hernández",
    "Ibrahim",
    "Ivanova",
    "Jansen",
    "Johnson",
    "Kaya",
    "Khan",
    "Kim",
    "Kowalski",
    "Lee",
    "López",
    "Martin",
    "Mbeki",
    "Meyer",
    "Moreau",
    "Müller",
    "Nguyen",
    "Novak",
    "O’Brien",
    "Okafor",
    "Patel",
    "Pérez",
    "Petrov",
    "Rossi",
    "Santos",
    "Schmidt",
    "Silva",
    "Singh",
    "Smith",
    "Suzuki",
    "Torres",
    "Wang",
    "Yılmaz",
    "Zhang",
];
const FEMALE: [&str; 24] = [
    "Aisha", "Amina", "Ana", "Anna", "Beatriz", "Chiara", "Elena", "Emma", "Fatima", "Grace", "Hana",
    "Ingrid", "Ji-woo", "Julia", "Lucía", "María", "Mei", "Nadia", "Olga", "Priya", "Sara", "Sofía",
    "Thandi", "Zoé",
];
const MALE: [&str; 24] = [
    "Ahmed", "Andrés", "Carlos", "Daniel", "David", "Emeka", "Erik", "Hiroshi", "Ivan", "James", "José",
    "Juan", "Karim", "Lars", "Luca", "Mateo", "Michael", "Minh", "Omar", "Paul", "Rahul", "Samuel", "Tomás",
    "Wei",
];
const CITIES: [(&str, &str); 8] = [
    ("Springfield", "62701"),
    ("Riverton", "82501"),
    ("Fairview", "37062"),
    ("Greenville", "29601"),
    ("Georgetown", "78626"),
    ("Salem", "97301"),
    ("Franklin", "37064"),
    ("Clinton", "39056"),
];

/// Code, title, least age, share in percent of those old enough, chronic.
const CONDITIONS: [(&str, &str, i16, u64, bool); 24] = [
    ("I10", "Essential (primary) hypertension", 30, 28, true),
    ("E11.9", "Type 2 diabetes mellitus without complications", 35, 12, true),
    ("E78.5", "Hyperlipidemia, unspecified", 35, 18, true),
    ("J45.909", "Unspecified asthma, uncomplicated", 3, 8, true),
    ("J44.9", "Chronic obstructive pulmonary disease, unspecified", 45, 7, true),
    (
        "I25.10",
        "Atherosclerotic heart disease of native coronary artery without angina pectoris",
        50,
        9,
        true,
    ),
    ("I48.91", "Unspecified atrial fibrillation", 60, 7, true),
    ("N18.30", "Chronic kidney disease, stage 3 unspecified", 55, 8, true),
    ("F32.A", "Depression, unspecified", 16, 9, true),
    ("F41.1", "Generalized anxiety disorder", 16, 7, true),
    ("M54.50", "Low back pain, unspecified", 18, 16, false),
    ("M17.9", "Osteoarthritis of knee, unspecified", 50, 14, true),
    ("K21.9", "Gastro-esophageal reflux disease without esophagitis", 20, 11, true),
    ("E03.9", "Hypothyroidism, unspecified", 25, 6, true),
    ("D50.9", "Iron deficiency anemia, unspecified", 12, 6, false),
    ("J06.9", "Acute upper respiratory infection, unspecified", 0, 30, false),
    ("N39.0", "Urinary tract infection, site not specified", 15, 10, false),
    ("H66.90", "Otitis media, unspecified, unspecified ear", 0, 6, false),
    ("L20.9", "Atopic dermatitis, unspecified", 0, 5, true),
    ("G43.909", "Migraine, unspecified, not intractable, without status migrainosus", 12, 8, true),
    ("S93.409A", "Sprain of unspecified ligament of unspecified ankle, initial encounter", 8, 5, false),
    ("E66.9", "Obesity, unspecified", 15, 11, true),
    ("Z00.00", "Encounter for general adult medical examination without abnormal findings", 18, 22, false),
    ("Z00.129", "Encounter for routine child health examination without abnormal findings", 0, 12, false),
];
const MEDICINES: [(&str, &str, &str); 7] = [
    ("I10", "Lisinopril 10 mg tablet", "One tablet by mouth once a day"),
    ("E11.9", "Metformin 500 mg tablet", "One tablet by mouth twice a day with meals"),
    ("E78.5", "Atorvastatin 20 mg tablet", "One tablet by mouth once a day in the evening"),
    ("J45.909", "Salbutamol 100 microgram inhaler", "Two puffs when needed, at most four times a day"),
    ("K21.9", "Omeprazole 20 mg capsule", "One capsule by mouth once a day before breakfast"),
    ("E03.9", "Levothyroxine 50 microgram tablet", "One tablet by mouth once a day, fasting"),
    ("F32.A", "Sertraline 50 mg tablet", "One tablet by mouth once a day"),
];
const ALLERGIES: [(&str, &str); 5] = [
    ("Penicillin", "Rash"),
    ("Peanut", "Swelling of the lips"),
    ("Latex", "Itching"),
    ("Sulfonamide", "Rash"),
    ("Bee venom", "Shortness of breath"),
];

/// Who one invented person is; the same index gives the same person.
pub struct Invented {
    pub index: usize,
    pub family: &'static str,
    pub given: &'static str,
    pub female: bool,
    pub born: Date,
    pub identifier: String,
}

fn invent(index: usize, today: Date) -> Invented {
    let mut random = Random::seeded(SEED ^ (index as u64).wrapping_mul(0x0001_0000_01B3));
    let female = random.chance(51);
    let age_days = match random.below(100) {
        0..=17 => random.below(18 * 365),
        18..=69 => 18 * 365 + random.below(47 * 365),
        _ => 65 * 365 + random.below(28 * 365),
    };
    Invented {
        index,
        family: FAMILY[random.below(FAMILY.len() as u64) as usize],
        given: if female {
            FEMALE[random.below(FEMALE.len() as u64) as usize]
        } else {
            MALE[random.below(MALE.len() as u64) as usize]
        },
        female,
        born: today.checked_sub((age_days as i64).days()).unwrap_or(today),
        identifier: format!("PRACTICE-{index:05}"),
    }
}

/// The first `count` people of 40 years or more, whom the invented images are of.
pub fn imaged(count: usize, today: Date) -> Vec<Invented> {
    (0..)
        .map(|i| invent(i, today))
        .filter(|p| rustcare_model::birth::whole_years(p.born, today) >= 40)
        .take(count)
        .collect()
}

/// `count` people with their records, one resource a line.
pub fn ndjson(count: usize, today: Date) -> String {
    let mut out = String::with_capacity(count * 9_000);
    for index in 0..count {
        for resource in History::of(invent(index, today), today).resources {
            out.push_str(&resource.to_string());
            out.push('\n');
        }
    }
    out
}

struct History {
    person: Invented,
    random: Random,
    today: Date,
    resources: Vec<Value>,
}

impl History {
    fn of(person: Invented, today: Date) -> Self {
        let random = Random::seeded(SEED.wrapping_add(person.index as u64 * 7919));
        let mut history = Self { person, random, today, resources: Vec::new() };
        history.patient();
        history.conditions();
        history.vital_signs();
        history.allergies();
        history.immunizations();
        history
    }

    fn id(&self, what: &str, n: usize) -> String {
        format!("practice-{what}-{}-{n}", self.person.index)
    }

    fn subject(&self) -> Value {
        json!({ "reference": format!("Patient/{}", self.id("patient", 0)) })
    }

    fn age(&self) -> i16 {
        rustcare_model::birth::whole_years(self.person.born, self.today)
    }

    /// A day at most `years` back, not before birth.
    fn day_back(&mut self, years: u64) -> Date {
        let lived = self
            .person
            .born
            .until((jiff::Unit::Day, self.today))
            .map_or(1, |s| i64::from(s.get_days()).max(1));
        let back = self.random.below((years * 365).min(lived as u64)) as i64;
        self.today.checked_sub(back.days()).unwrap_or(self.today)
    }

    fn patient(&mut self) {
        let (city, zip) = *self.random.pick(&CITIES);
        let phone = format!("+1 202 555 0{:03}", self.random.below(1000));
        let house = 1 + self.random.below(240);
        let dead = self.age() > 80 && self.random.chance(12);
        let mut patient = json!({
            "resourceType": "Patient", "id": self.id("patient", 0),
            "identifier": [{ "type": { "coding": [{ "code": "MR" }] }, "system": "urn:rustcare:practice", "value": self.person.identifier }],
            "name": [{ "use": "official", "family": self.person.family, "given": [self.person.given] }],
            "telecom": [{ "system": "phone", "value": phone }],
            "gender": if self.person.female { "female" } else { "male" },
            "birthDate": self.person.born.to_string(),
            "address": [{ "line": [format!("{house} Main Street")], "city": city, "postalCode": zip, "country": "US" }],
            "communication": [{ "language": { "coding": [{ "code": if self.random.chance(25) { "es" } else { "en" } }] } }],
        });
        if dead {
            patient["deceasedDateTime"] = json!(self.day_back(2).to_string());
        }
        self.resources.push(patient);
    }

    fn conditions(&mut self) {
        let age = self.age();
        for (n, (code, title, least, percent, chronic)) in CONDITIONS.into_iter().enumerate() {
            let child_only = code == "Z00.129" && age >= 18;
            if age < least || child_only || !self.random.chance(percent) {
                continue;
            }
            let day = self.day_back(if chronic { 8 } else { 3 });
            let hour = 8 + self.random.below(9);
            let (encounter, condition) = (self.id("encounter", n), self.id("condition", n));
            let (subject, start) = (self.subject(), format!("{day}T{hour:02}:30:00Z"));
            self.resources.push(json!({
                "resourceType": "Encounter", "id": encounter, "status": "finished",
                "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "Outpatient visit" },
                "subject": subject, "period": { "start": start, "end": format!("{day}T{hour:02}:50:00Z") },
                "diagnosis": [{ "condition": { "reference": format!("Condition/{condition}") }, "rank": 1 }],
            }));
            let mut record = json!({
                "resourceType": "Condition", "id": condition, "subject": self.subject(),
                "clinicalStatus": { "coding": [{ "code": if chronic { "active" } else { "resolved" } }] },
                "category": [{ "coding": [{ "code": "encounter-diagnosis" }] }],
                "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code, "display": title }], "text": title },
                "encounter": { "reference": format!("Encounter/{encounter}") }, "onsetDateTime": start,
            });
            if !chronic {
                let end = day.checked_add(14.days()).unwrap_or(day).min(self.today);
                record["abatementDateTime"] = json!(end.to_string());
            }
            self.resources.push(record);
            self.medicine(code, n, day);
        }
    }

    fn medicine(&mut self, code: &str, n: usize, day: Date) {
        let Some((_, name, dosage)) = MEDICINES.iter().find(|m| m.0 == code) else {
            return;
        };
        self.resources.push(json!({
            "resourceType": "MedicationRequest", "id": self.id("medicine", n), "status": "active", "intent": "order",
            "medicationCodeableConcept": { "text": name }, "subject": self.subject(), "authoredOn": day.to_string(),
            "dosageInstruction": [{ "text": dosage }],
        }));
    }

    fn observation(
        &mut self,
        (n, day): (usize, Date),
        (loinc, name): (&str, &str),
        value: f64,
        unit: (&str, &str),
        range: Option<(f64, f64)>,
    ) {
        let mut record = json!({
            "resourceType": "Observation", "id": self.id(loinc, n), "status": "final",
            "code": { "coding": [{ "system": "http://loinc.org", "code": loinc, "display": name }], "text": name },
            "subject": self.subject(), "effectiveDateTime": day.to_string(),
            "valueQuantity": { "value": (value * 10.0).round() / 10.0, "unit": unit.0, "system": "http://unitsofmeasure.org", "code": unit.1 },
        });
        if let Some((low, high)) = range {
            record["referenceRange"] = json!([{ "low": { "value": low }, "high": { "value": high } }]);
            let mark = if value > high {
                Some("H")
            } else if value < low {
                Some("L")
            } else {
                None
            };
            if let Some(mark) = mark {
                record["interpretation"] = json!([{ "coding": [{ "code": mark }] }]);
            }
        }
        self.resources.push(record);
    }

    fn vital_signs(&mut self) {
        let age = f64::from(self.age());
        let visits = 1 + self.random.below(4) as usize;
        let height = if age < 18.0 {
            50.0 + age * 6.6
        } else {
            self.random.normal(if self.person.female { 163.0 } else { 176.0 }, 6.5)
        };
        for n in 0..visits {
            let day = self.day_back(4);
            let index = if age < 18.0 { 16.5 } else { self.random.normal(27.0, 4.5).max(17.0) };
            let systolic = self.random.normal(108.0 + age * 0.32, 12.0).max(80.0).round();
            let pulse = self.random.normal(74.0, 9.0).max(45.0).round();
            self.observation((n, day), ("8302-2", "Body height"), height, ("cm", "cm"), None);
            self.observation(
                (n, day),
                ("29463-7", "Body weight"),
                index * height * height / 10_000.0,
                ("kg", "kg"),
                None,
            );
            self.observation(
                (n, day),
                ("39156-5", "Body mass index (BMI) [Ratio]"),
                index,
                ("kg/m2", "kg/m2"),
                Some((18.5, 24.9)),
            );
            self.observation(
                (n, day),
                ("8480-6", "Systolic blood pressure"),
                systolic,
                ("mmHg", "mm[Hg]"),
                Some((90.0, 139.0)),
            );
            self.observation(
                (n, day),
                ("8867-4", "Heart rate"),
                pulse,
                ("/min", "/min"),
                Some((50.0, 100.0)),
            );
            if age >= 40.0 {
                let hba1c = self.random.normal(5.8, 0.7).max(4.2);
                self.observation(
                    (n, day),
                    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood"),
                    hba1c,
                    ("%", "%"),
                    Some((4.0, 5.6)),
                );
            }
        }
        if age >= 16.0 {
            let status = *self.random.pick(&[
                "Never smoker",
                "Never smoker",
                "Former smoker",
                "Current every day smoker",
            ]);
            let day = self.day_back(2);
            self.resources.push(json!({
                "resourceType": "Observation", "id": self.id("72166-2", 0), "status": "final",
                "code": { "coding": [{ "system": "http://loinc.org", "code": "72166-2", "display": "Tobacco smoking status" }], "text": "Tobacco smoking status" },
                "subject": self.subject(), "effectiveDateTime": day.to_string(), "valueCodeableConcept": { "text": status },
            }));
        }
    }

    fn allergies(&mut self) {
        if !self.random.chance(18) {
            return;
        }
        let (substance, reaction) = *self.random.pick(&ALLERGIES);
        let day = self.day_back(6);
        self.resources.push(json!({
            "resourceType": "AllergyIntolerance", "id": self.id("allergy", 0), "patient": self.subject(),
            "clinicalStatus": { "coding": [{ "code": "active" }] }, "code": { "text": substance },
            "recordedDate": day.to_string(), "reaction": [{ "manifestation": [{ "text": reaction }] }],
        }));
    }

    fn immunizations(&mut self) {
        if !self.random.chance(60) {
            return;
        }
        let day = self.day_back(1);
        self.resources.push(json!({
            "resourceType": "Immunization", "id": self.id("immunization", 0), "status": "completed", "patient": self.subject(),
            "vaccineCode": { "text": "Influenza vaccine, seasonal" }, "occurrenceDateTime": day.to_string(),
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_day_gives_the_same_people_and_no_snomed_code() {
        let today = jiff::civil::date(2026, 11, 24);
        let text = ndjson(50, today);
        assert_eq!(text, ndjson(50, today));
        assert!(!text.contains("snomed"));
        assert!(text.lines().count() > 50 * 8);
    }
}
