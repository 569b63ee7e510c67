//! Which printers there are.

use rustcare_paper::flow::Paper;

use super::printer;
use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::paper::{PaperSize, Printers};
use crate::problem::Problem;

pub fn list_printers(call: &mut Call<'_>, _: Empty) -> Result<Printers, Problem> {
    let size = match Paper::of_country(&call.settings()?.country) {
        Paper::A4 => PaperSize::A4,
        Paper::Letter => PaperSize::Letter,
    };
    let found = printer::list();
    Ok(Printers {
        printing: found.is_some(),
        preferred: found.as_ref().and_then(|f| f.preferred.clone()),
        printers: found.map(|f| f.names).unwrap_or_default(),
        size,
    })
}
