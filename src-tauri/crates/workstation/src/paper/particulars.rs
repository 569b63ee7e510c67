//! Labels and the registration summary: what the front desk sees.

use rusqlite::Transaction;
use rustcare_model::reason::Reason;
use rustcare_paper::font::FontBook;
use rustcare_paper::label::{self, Roll, Sheet, Stock};
use rustcare_paper::registration::{self, Registration, Sealed};
use rustcare_vault::table::patient::StoredPatient;
use rustcare_vault::table::patient_secret;

use super::{Prepared, origin_of, paper_of, person_of, preview, print, save, words_in};
use crate::choke_point::Call;
use crate::contract::exchange::HandedOut;
use crate::contract::paper::{
    LabelCode, LabelStock, PaperForm, PaperOrder, PaperPreviewed, PaperPrinted, ParticularsPaper,
    PreviewParticulars, PrintParticulars, SaveParticulars,
};
use crate::problem::{Problem, ProblemCode};
use crate::settings::ClinicSettings;

pub fn preview_particulars(
    call: &mut Call<'_>,
    input: PreviewParticulars,
) -> Result<PaperPreviewed, Problem> {
    let kind = match input.paper {
        ParticularsPaper::Label { .. } => "label",
        ParticularsPaper::Registration { .. } => "registration",
    };
    let lay = layout(&input.order, &input.paper);
    preview(call, &input.order, &lay, (kind, input.page))
}

pub fn print_particulars(call: &mut Call<'_>, input: PrintParticulars) -> Result<PaperPrinted, Problem> {
    check_form(&input.paper, input.form)?;
    let lay = layout(&input.order, &input.paper);
    print(call, &input.order, &lay, input.form, &input.printer)
}

pub fn save_particulars(call: &mut Call<'_>, input: SaveParticulars) -> Result<HandedOut, Problem> {
    check_form(&input.paper, input.form)?;
    let lay = layout(&input.order, &input.paper);
    save(call, &input.order, &lay, input.form, &input.place_id)
}

/// Label printers print labels of a roll.
fn check_form(paper: &ParticularsPaper, form: PaperForm) -> Result<(), Problem> {
    let on_a_roll = matches!(paper, ParticularsPaper::Label { stock, .. } if roll(*stock).is_some());
    if form == PaperForm::Pdf || on_a_roll { Ok(()) } else { Err(Problem::at("form", Reason::ZplLabelsOnly)) }
}

fn roll(stock: LabelStock) -> Option<Roll> {
    match stock {
        LabelStock::Roll57x32 => Some(Roll::W57H32),
        LabelStock::Roll62x29 => Some(Roll::W62H29),
        LabelStock::Roll50x25 => Some(Roll::W50H25),
        LabelStock::Roll102x51 => Some(Roll::W102H51),
        LabelStock::SheetL7160 | LabelStock::Sheet5160 => None,
    }
}

fn layout<'a>(
    order: &'a PaperOrder,
    paper: &'a ParticularsPaper,
) -> impl Fn(&Call<'_>, &Transaction<'_>, &StoredPatient, &ClinicSettings) -> Result<Prepared, Problem> + 'a {
    move |call, t, stored, settings| match *paper {
        ParticularsPaper::Label { code, stock, start } => {
            label(call, stored, settings, order, code, stock, start)
        }
        ParticularsPaper::Registration { size } => {
            let paper = paper_of(size);
            let practice = call.vault()?.header().practice;
            let person = person_of(stored, practice, settings);
            let sees_secrets = call.actor()?.secrets.is_some();
            let sealed = |field: &str| -> Result<Sealed, Problem> {
                if !sees_secrets {
                    return Ok(Sealed::NotShown);
                }
                Ok(patient_secret::masked_of_all(t, stored.row, field)?
                    .map_or(Sealed::Absent, Sealed::Masked))
            };
            let registration = Registration {
                person: &person,
                demographics: &stored.patient.demographics,
                ssn: sealed("ssn")?,
                insurance_number: sealed("insurance_number")?,
            };
            let origin = origin_of(call, settings)?;
            let language = words_in(order.language);
            Ok(Prepared {
                laid: registration::lay(&registration, &origin, paper, language, FontBook::shared()),
                what: format!("registration summary, {}", paper.media()),
                file_word: "registration",
                media: paper.media().to_owned(),
                copies: order.copies,
                warnings: Vec::new(),
            })
        }
    }
}

fn label(
    call: &Call<'_>,
    stored: &StoredPatient,
    settings: &ClinicSettings,
    order: &PaperOrder,
    code: LabelCode,
    stock: LabelStock,
    start: usize,
) -> Result<Prepared, Problem> {
    let person = person_of(stored, call.vault()?.header().practice, settings);
    let (code, code_word) = match code {
        LabelCode::Qr => (label::LabelCode::Qr, "QR"),
        LabelCode::Code128 => (label::LabelCode::Code128, "Code 128"),
    };
    let sheet = |sheet: Sheet| Stock::Sheet { sheet, start, count: order.copies };
    let (stock, size, media, copies) = match (roll(stock), stock) {
        (Some(roll), _) => {
            let (width, height) = roll.millimetres();
            let size = format!("{width}x{height} mm");
            (Stock::Roll(roll), size, format!("Custom.{width}x{height}mm"), order.copies)
        }
        (None, LabelStock::Sheet5160) => (sheet(Sheet::Letter5160), "sheet 5160".into(), "Letter".into(), 1),
        (None, _) => (sheet(Sheet::A4L7160), "sheet L7160".into(), "A4".into(), 1),
    };
    let laid = label::lay(&person, code, stock, words_in(order.language), FontBook::shared())
        .map_err(|e| Problem::new(ProblemCode::Internal, Reason::PaperNotMade).because(e.to_string()))?;
    Ok(Prepared {
        laid,
        what: format!("label, {size}, {code_word}"),
        file_word: "label",
        media,
        copies,
        warnings: Vec::new(),
    })
}
