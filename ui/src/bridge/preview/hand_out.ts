// Handing out in the preview: a job that runs for a moment, then a receipt with a small loss report.
import type { ExportFormat, ExportReceipt, ExportRecords, ExportResearchTables } from '../generated/index';
import type { PreviewJobs } from './jobs';

const endings: Record<ExportFormat, string> = {
  fhir_bundle: 'json',
  fhir_ndjson: 'zip',
  csv: 'csv',
  hl7_adt: 'hl7',
  hl7_adt_update: 'hl7',
  omop_parquet: 'zip',
  omop_csv: 'zip',
};

export function handOut(
  jobs: PreviewJobs,
  input: ExportRecords | ExportResearchTables,
  person: string,
  everybody: number,
): { job_id: string } {
  const format = 'format' in input ? input.format : input.tables === 'csv' ? 'omop_csv' : 'omop_parquet';
  const patients =
    input.whom.kind === 'patients'
      ? input.whom.patient_ids.length
      : input.whom.kind === 'diagnosis' || input.whom.kind === 'cohort'
        ? 12
        : everybody;
  const encrypted = input.protection.kind === 'passphrase';
  const file = `RustCare-${format}-2026-11-24.${endings[format]}${encrypted ? '.age' : ''}`;
  const receipt: ExportReceipt = {
    file, receipt_file: `${file}.receipt.txt`,
    losses_file: encrypted ? `${file.replace(/\.age$/, '')}.losses.csv.age` : null,
    sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    bytes: 48_200, format, patients, counts: { Patient: patients, Observation: patients * 30 },
    purpose: 'purpose' in input ? input.purpose : 'research', purpose_words: input.purpose_words,
    recipient: input.recipient, person, role: 'clinician', at: new Date().toISOString(),
    with_ssn: 'with_ssn' in input && input.with_ssn, encrypted,
    open_reason: input.protection.kind === 'open' ? input.protection.reason : null,
    losses: [
      { path: 'patient.consent_to_contact', cause: 'no_place', count: patients },
      { path: 'Patient.identifier', cause: 'sealed', count: 1 },
      { path: 'Patient.identifier', cause: 'added', count: patients },
    ],
  }; // prettier-ignore
  const job_id = jobs.start('export', 'Hand out records', person, 1, patients, 0, receipt);
  return { job_id };
}
