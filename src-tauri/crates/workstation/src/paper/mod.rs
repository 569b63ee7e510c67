//! Printing: what a person may print is laid out by `rustcare-paper`, seen, and sent to the system's printer or saved.
//!
//! Whatever leaves has its entry first; the entry says what and how many, never what it says.

pub mod chart;
pub mod particulars;
pub mod print;
pub(crate) mod printer;

use base64::Engine as _;
use rusqlite::Transaction;
use rustcare_model::reason::Reason;
use rustcare_paper::flow::Paper;
use rustcare_paper::page::{Laid, Page, mm};
use rustcare_paper::pdf::{self, PdfError};
use rustcare_paper::person::{Origin, Person};
use rustcare_paper::zpl::{self, Density};
use rustcare_paper::{raster, words};
use rustcare_vault::table::patient::{self, StoredPatient};

use crate::choke_point::{Call, Told};
use crate::contract::exchange::HandedOut;
use crate::contract::paper::{LetterWarning, PaperForm, PaperOrder, PaperPreviewed, PaperPrinted, PaperSize};
use crate::exchange::hand_out_papers::write_new;
use crate::patients::patient_id;
use crate::problem::{Problem, ProblemCode};
use crate::settings::{ClinicSettings, Language};
use crate::workstation::Workstation;

/// Pixels on the longer side of a previewed page.
const PREVIEW_PIXELS: f32 = 1_100.0;

/// What was laid out for one order.
pub(crate) struct Prepared {
    pub laid: Laid,
    /// What it is, for the trail: kind and size, no word of a patient.
    pub what: String,
    /// Part of the file's name.
    pub file_word: &'static str,
    /// What CUPS calls the paper.
    pub media: String,
    /// How often the printer prints each page; labels of a sheet are copies already.
    pub copies: usize,
    /// What speaks against sending a letter.
    pub warnings: Vec<LetterWarning>,
}

impl Workstation {
    /// Whether a session has seen this paper of this patient: the entry of that look covers turning its pages and
    /// typing on, so that a letter of twenty sentences does not bury the trail.
    fn has_previewed(&self, key: &(String, String)) -> bool {
        self.previewed.contains_key(key)
    }
}

/// One kind of paper of one person: whoever saw a letter has not seen the chart, and under the number of a merged record the
/// survivor's paper is seen.
fn previewed_key(call: &Call<'_>, kind: &str, survivor: &str) -> (String, String) {
    (call.token().unwrap_or_default().to_owned(), format!("{kind}/{survivor}"))
}

fn words_in(language: Language) -> words::Language {
    match language {
        Language::En => words::Language::English,
        Language::Es => words::Language::Spanish,
    }
}

fn paper_of(size: PaperSize) -> Paper {
    match size {
        PaperSize::A4 => Paper::A4,
        PaperSize::Letter => Paper::Letter,
    }
}

/// Whom the paper is about.
fn person_of(stored: &StoredPatient, practice: bool, settings: &ClinicSettings) -> Person {
    let d = &stored.patient.demographics;
    Person {
        name: d.name.clone(),
        unknown_person: d.unknown_person,
        mrn: stored.patient.mrn.clone(),
        birth: d.birth.known_date(),
        age: d.age_is_of(settings.today()).and_then(|day| d.birth.age(day)),
        deceased: d.deceased,
        sex: d.sex,
        practice,
    }
}

/// Where and by whom it is printed.
fn origin_of(call: &Call<'_>, settings: &ClinicSettings) -> Result<Origin, Problem> {
    Ok(Origin {
        clinic: settings.clinic_name.clone(),
        site: settings.site.clone(),
        today: settings.today().to_string(),
        printed_by: shown_name(call)?,
        country: settings.country.clone(),
    })
}

/// The signed-in person's name as shown.
fn shown_name(call: &Call<'_>) -> Result<String, Problem> {
    let actor = call.actor()?;
    let shown = if actor.display_name.trim().is_empty() { &actor.person } else { &actor.display_name };
    Ok(shown.clone())
}

/// Lays out with the patient's row in view.
pub(crate) type Lay<'a> =
    &'a dyn Fn(&Call<'_>, &Transaction<'_>, &StoredPatient, &ClinicSettings) -> Result<Prepared, Problem>;

/// What a paper is laid out for.
#[derive(Clone, Copy)]
enum Way<'a> {
    /// It is looked at; `kind` is the kind of paper.
    Look { kind: &'static str },
    /// It leaves; the entry says whither.
    Out { whither: &'a str },
}

/// Lays out and, where it leaves, puts the entry into the trail: the entry says what and whither.
fn prepare(call: &Call<'_>, order: &PaperOrder, lay: Lay<'_>, way: Way<'_>) -> Result<Prepared, Problem> {
    let id = patient_id(&order.patient_id)?;
    let settings = call.settings()?;
    let work = |t: &Transaction<'_>, told: &mut Told| {
        let stored = patient::by_id(t, id)?;
        told.subject = Some(stored.patient.id.to_string());
        let prepared = lay(call, t, &stored, &settings)?;
        if matches!(way, Way::Out { .. }) && !prepared.laid.missing.is_empty() && !order.missing_as_boxes {
            let why = Reason::PaperCharactersMissing.with("count", prepared.laid.missing.len());
            return Err(Problem::at("missing_as_boxes", why));
        }
        told.details = Some(match way {
            Way::Out { whither } => {
                let (pages, copies) = (prepared.laid.pages.len(), order.copies);
                format!("{}; pages: {pages}, copies: {copies}; {whither}", prepared.what)
            }
            Way::Look { .. } => prepared.what.clone(),
        });
        Ok(prepared)
    };
    let Way::Look { kind } = way else { return call.read(work) };
    let survivor = call.vault()?.read(|t| patient::by_id(t, id))?.patient.id.to_string();
    let key = previewed_key(call, kind, &survivor);
    if call.workstation.has_previewed(&key) {
        let prepared = call.vault()?.clone().read(|t| work(t, &mut Told::default()))?;
        call.is_covered();
        return Ok(prepared);
    }
    let prepared = call.read(work)?;
    call.workstation.previewed.insert(key, ());
    Ok(prepared)
}

/// One page of a kind of paper as it will be printed.
pub(crate) fn preview(
    call: &Call<'_>,
    order: &PaperOrder,
    lay: Lay<'_>,
    (kind, page): (&'static str, usize),
) -> Result<PaperPreviewed, Problem> {
    let prepared = prepare(call, order, lay, Way::Look { kind })?;
    let laid = &prepared.laid;
    let page = page.min(laid.pages.len().saturating_sub(1));
    let shown = page_of(laid, page)?;
    let scale = PREVIEW_PIXELS / shown.width.max(shown.height).max(1.0);
    let png = raster::png(shown, scale).map_err(|e| not_made(&e))?;
    Ok(PaperPreviewed {
        pages: laid.pages.len(),
        page,
        width_mm: shown.width / mm(1.0),
        height_mm: shown.height / mm(1.0),
        picture: base64::engine::general_purpose::STANDARD.encode(png),
        missing: laid.missing.iter().map(char::to_string).collect(),
        shortened: laid.shortened,
        warnings: prepared.warnings,
    })
}

fn page_of(laid: &Laid, page: usize) -> Result<&Page, Problem> {
    laid.pages.get(page).ok_or_else(|| not_made(&PdfError::Draw))
}

pub(crate) fn not_made(error: &PdfError) -> Problem {
    Problem::new(ProblemCode::Internal, Reason::PaperNotMade).because(error.to_string())
}

/// The bytes of a form; ZPL is of labels on a roll alone, one page.
fn bytes_of(prepared: &Prepared, form: PaperForm, copies: usize) -> Result<Vec<u8>, Problem> {
    let density = match form {
        PaperForm::Pdf => return pdf::write(&prepared.laid).map_err(|e| not_made(&e)),
        PaperForm::Zpl203 => Density::Dpi203,
        PaperForm::Zpl300 => Density::Dpi300,
    };
    let page = page_of(&prepared.laid, 0)?;
    let text = zpl::write(page, density, copies as u32).map_err(|e| not_made(&e))?;
    Ok(text.into_bytes())
}

/// Sends it to the system's printer.
pub(crate) fn print(
    call: &Call<'_>,
    order: &PaperOrder,
    lay: Lay<'_>,
    form: PaperForm,
    name: &str,
) -> Result<PaperPrinted, Problem> {
    // Before anything is read: where nothing can be printed, nothing needs to be looked at.
    let printer = printer::known(name)?;
    let form_word = form_word(form);
    let prepared =
        prepare(call, order, lay, Way::Out { whither: &format!("{form_word} to printer {name}") })?;
    let job = match form {
        PaperForm::Pdf => printer::PrintJob {
            bytes: bytes_of(&prepared, form, 1)?,
            copies: prepared.copies,
            options: vec![format!("media={}", prepared.media)],
        },
        PaperForm::Zpl203 | PaperForm::Zpl300 => printer::PrintJob {
            bytes: bytes_of(&prepared, form, prepared.copies)?,
            copies: 1,
            options: vec!["raw".to_owned()],
        },
    };
    printer.print(job)?;
    Ok(PaperPrinted { printer: name.to_owned(), pages: prepared.laid.pages.len(), copies: order.copies })
}

fn form_word(form: PaperForm) -> &'static str {
    match form {
        PaperForm::Pdf => "PDF",
        PaperForm::Zpl203 => "ZPL 203 dpi",
        PaperForm::Zpl300 => "ZPL 300 dpi",
    }
}

/// Writes it into a place.
pub(crate) fn save(
    call: &Call<'_>,
    order: &PaperOrder,
    lay: Lay<'_>,
    form: PaperForm,
    place_id: &str,
) -> Result<HandedOut, Problem> {
    let place = call.workstation.place(place_id)?;
    let prepared =
        prepare(call, order, lay, Way::Out { whither: &format!("{} to a file", form_word(form)) })?;
    let bytes = bytes_of(&prepared, form, prepared.copies)?;
    let stamp = rustcare_vault::vault::timestamp().replace([':', '.'], "-");
    let ending = if form == PaperForm::Pdf { "pdf" } else { "zpl" };
    let file = format!("RustCare-{}-{stamp}.{ending}", prepared.file_word);
    write_new(&place.path, &file, &bytes)?;
    Ok(HandedOut { file })
}
