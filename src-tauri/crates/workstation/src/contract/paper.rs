//! Paper: labels, summaries and letters, seen before they are printed or saved.

use rustcare_vault::Role;
use rustcare_vault::Role::{Clinician, FrontDesk, Nurse};
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::exchange::HandedOut;
use super::{Access, Empty, use_cases};
use crate::paper as act;
use crate::settings::Language;

/// Roles that print what the front desk sees of a patient.
const PRINT_PARTICULARS: &[Role] = &[FrontDesk, Nurse, Clinician];
/// Roles that print from the chart.
const PRINT_CHART: &[Role] = &[Nurse, Clinician];
/// A file of the chart leaves through a clinician alone, as every other file of it does.
const SAVE_CHART: &[Role] = &[Clinician];

/// Paper of an office printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PaperSize {
    /// 210 × 297 mm.
    A4,
    /// 8.5 × 11 in.
    Letter,
}

/// The code on a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LabelCode {
    /// A square.
    Qr,
    /// Bars, for laser scanners.
    Code128,
}

/// What a label is printed on: a roll by its size in millimetres, a sheet by its maker's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the name is the size
pub enum LabelStock {
    Roll57x32,
    Roll62x29,
    Roll50x25,
    Roll102x51,
    /// 21 labels on A4 (Avery L7160).
    SheetL7160,
    /// 30 labels on Letter (Avery 5160).
    Sheet5160,
}

/// Papers of what the front desk sees.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ParticularsPaper {
    /// A label.
    Label {
        /// Its code.
        code: LabelCode,
        /// What it is printed on.
        stock: LabelStock,
        /// The first free label of a sheet, from 1.
        start: usize,
    },
    /// The registration summary.
    Registration {
        /// On which paper.
        size: PaperSize,
    },
}

/// Papers of what is in the chart.
#[derive(Clone, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ChartPaper {
    /// The chart summary.
    Summary {
        /// On which paper.
        size: PaperSize,
    },
    /// A letter to the patient.
    Letter {
        /// On which paper.
        size: PaperSize,
        /// One line, at most 200 characters.
        subject: String,
        /// At most 10 000 characters.
        text: String,
    },
}

/// Whose, and how.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is the question it has on screen
pub struct PaperOrder {
    pub patient_id: String,
    /// Of the printed words.
    pub language: Language,
    /// On a sheet of labels: how many labels.
    #[validate(range(min = 1, max = 99))]
    pub copies: usize,
    /// Print empty boxes for characters that no font of this machine has.
    pub missing_as_boxes: bool,
}

/// What a printer or a file gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PaperForm {
    /// PDF.
    Pdf,
    /// ZPL II for label printers of 203 dpi.
    Zpl203,
    /// ZPL II for label printers of 300 dpi.
    Zpl300,
}

/// See a page of it.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PreviewParticulars {
    #[validate(nested)]
    pub order: PaperOrder,
    pub paper: ParticularsPaper,
    /// From 0.
    pub page: usize,
}

/// Print it.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PrintParticulars {
    #[validate(nested)]
    pub order: PaperOrder,
    pub paper: ParticularsPaper,
    pub form: PaperForm,
    /// As the system names it.
    #[validate(length(min = 1, max = 200))]
    pub printer: String,
}

/// Save it.
#[derive(Debug, Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SaveParticulars {
    #[validate(nested)]
    pub order: PaperOrder,
    pub paper: ParticularsPaper,
    pub form: PaperForm,
    pub place_id: String,
}

/// See a page of it.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PreviewChartPaper {
    #[validate(nested)]
    pub order: PaperOrder,
    pub paper: ChartPaper,
    /// From 0.
    pub page: usize,
}

/// Print it.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PrintChartPaper {
    #[validate(nested)]
    pub order: PaperOrder,
    pub paper: ChartPaper,
    /// As the system names it.
    #[validate(length(min = 1, max = 200))]
    pub printer: String,
}

/// Save it.
#[derive(Clone, Deserialize, Validate)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct SaveChartPaper {
    #[validate(nested)]
    pub order: PaperOrder,
    pub paper: ChartPaper,
    pub place_id: String,
}

/// What a letter's writer should know before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum LetterWarning {
    /// No address is on file.
    WithoutAddress,
    /// The patient has died.
    Deceased,
    /// The patient does not want to be written to or called.
    NoContact,
}

/// A page as it will be printed.
#[derive(Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PaperPreviewed {
    pub pages: usize,
    /// From 0; the last one where there are fewer than was asked for.
    pub page: usize,
    /// Of the page, in millimetres.
    pub width_mm: f32,
    pub height_mm: f32,
    /// PNG in base64.
    pub picture: String,
    /// Characters that no font of this machine has.
    pub missing: Vec<String>,
    /// Whether something had to be shortened to fit, marked with "…".
    pub shortened: bool,
    /// What speaks against sending a letter.
    pub warnings: Vec<LetterWarning>,
}

/// It is in the printer's queue.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct PaperPrinted {
    pub printer: String,
    pub pages: usize,
    pub copies: usize,
}

/// The system's printers, and the paper of the clinic's country.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)]
pub struct Printers {
    /// False where the system prints nothing at all.
    pub printing: bool,
    pub printers: Vec<String>,
    /// The one that the system prefers.
    pub preferred: Option<String>,
    pub size: PaperSize,
}

use_cases! {
    room "paper";
    "See the printers of this machine"
    list_printers (Empty) -> Printers, access Access::Roles(PRINT_PARTICULARS), trail Refusals, activity true, stale [], by act::print::list_printers;
    "See a label or registration summary before it is printed"
    preview_particulars (PreviewParticulars) -> PaperPreviewed, access Access::Roles(PRINT_PARTICULARS), trail Always, activity true, stale [], by act::particulars::preview_particulars;
    "Print a label or registration summary"
    print_particulars (PrintParticulars) -> PaperPrinted, access Access::Roles(PRINT_PARTICULARS), trail Always, activity true, stale [], by act::particulars::print_particulars;
    "Save a label or registration summary"
    save_particulars (SaveParticulars) -> HandedOut, access Access::Roles(PRINT_PARTICULARS), trail Always, activity true, stale [], by act::particulars::save_particulars;
    "See a chart summary or letter before it is printed"
    preview_chart_paper (PreviewChartPaper) -> PaperPreviewed, access Access::Roles(PRINT_CHART), trail Always, activity true, stale [], by act::chart::preview_chart_paper;
    "Print a chart summary or letter"
    print_chart_paper (PrintChartPaper) -> PaperPrinted, access Access::Roles(PRINT_CHART), trail Always, activity true, stale [], by act::chart::print_chart_paper;
    "Save a chart summary or letter"
    save_chart_paper (SaveChartPaper) -> HandedOut, access Access::Roles(SAVE_CHART), trail Always, activity true, stale [], by act::chart::save_chart_paper;
}
