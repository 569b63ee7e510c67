//! Bringing in FHIR records, as a job.

use rustcare_exchange::{ImportError, import};
use rustcare_model::reason::Reason;
use rustcare_vault::Outcome;

use crate::choke_point::{Call, Told};
use crate::contract::exchange::{BringIn, JobStarted};
use crate::exchange::import_work::ImportWork;
use crate::exchange::job::start_import;
use crate::jobs::JobKind;
use crate::problem::{Problem, ProblemCode};

pub fn import_fhir(call: &mut Call<'_>, input: BringIn) -> Result<JobStarted, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let paths: Vec<_> = std::iter::once(place.path).chain(place.also).collect();
    let work = ImportWork::of(call, "import_fhir")?;
    call.tell(Outcome::Done, &Told::default())?;
    start_import(call, JobKind::ImportFhir, "Bring in FHIR records", input.entry_id, move |job| {
        work.run(job, |context| {
            import(&paths, context).map_err(|error| match error {
                ImportError::NothingToRead => Problem::new(ProblemCode::UnreadableFile, Reason::NoFhirFile),
                ImportError::Vault(error) => error.into(),
            })
        })
    })
}
