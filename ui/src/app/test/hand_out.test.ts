import { describe, expect, it } from 'vitest';
import { accessibilityFaults, fill, maybe, press, see, signIn, startWindow, waitFor } from './stage';

const start = () => maybe('hand-out-start') as HTMLButtonElement;
const options = (testid: string) =>
  [...(maybe(testid) as HTMLSelectElement).options].map((option) => option.value);

describe('handing out', () => {
  it('asks whose, what for, to whom and how protected, then shows receipt and losses', async () => {
    const stage = await startWindow();
    await signIn('lena');
    await press('nav-exchange');
    await press('tab-hand_out');
    await see('hand-out-form');
    await waitFor(() => document.querySelector('[data-testid^="hand-out-place-usb"]'));
    expect(start().disabled).toBe(true);
    await fill('hand-out-find', 'a');
    const hit = await waitFor(() => document.querySelector<HTMLElement>('[data-testid^="hand-out-hit-"]'));
    hit?.click();
    await see('hand-out-chosen');
    await fill('hand-out-recipient', 'Harbour Hospital');
    await fill('hand-out-passphrase', 'seven violet bridges over mud');
    expect(start().disabled).toBe(true);
    await fill('hand-out-passphrase-again', 'seven violet bridges over mud');
    await waitFor(() => !start().disabled);
    expect(await accessibilityFaults()).toEqual([]);
    await press('hand-out-start');
    const asked = stage.calls.find((call) => call.name === 'export_records');
    expect(asked?.input).toMatchObject({
      format: 'fhir_bundle',
      purpose: 'treatment',
      recipient: 'Harbour Hospital',
      with_ssn: false,
      protection: { kind: 'passphrase' },
    });
    await waitFor(() => maybe('hand-out-receipt'), 5000);
    expect(maybe('receipt-file')?.textContent).toContain('.json.age');
    expect(maybe('hand-out-losses')?.textContent).toContain('patient.consent_to_contact');
    expect(await accessibilityFaults()).toEqual([]);
    await press('hand-out-save-losses');
    await waitFor(() => maybe('losses-submit') && !(maybe('losses-submit') as HTMLButtonElement).disabled);
    await press('losses-submit');
    expect((await see('toast')).textContent).toContain('RustCare-losses-2026-11-24.csv');
  });

  it('offers the front desk one patient’s particulars and the analyst tables without names', async () => {
    await startWindow();
    await signIn('amina');
    await press('nav-exchange');
    await see('hand-out-form');
    expect(options('hand-out-format')).toEqual(['csv', 'hl7_adt', 'hl7_adt_update']);
    expect(options('hand-out-purpose')).toEqual(['treatment', 'patient_request']);
    expect(maybe('hand-out-whom-everybody')).toBeNull();
    await press('hand-out-open');
    await see('hand-out-reason');
    expect(maybe('hand-out-passphrase')).toBeNull();
  });

  it('hands tables for research out with a mapping of codes', async () => {
    const stage = await startWindow();
    await signIn('tom');
    await press('nav-exchange');
    await see('hand-out-form');
    expect(options('hand-out-format')).toEqual(['omop_parquet', 'omop_csv']);
    expect(maybe('hand-out-ssn')).toBeNull();
    await press('concept-load');
    await press('concept-table-register.csv');
    expect((await see('toast')).textContent).toContain('412');
    await fill('hand-out-recipient', 'Study group');
    await press('hand-out-open');
    await fill('hand-out-reason', 'Invented people');
    await waitFor(() => !start().disabled);
    await press('hand-out-start');
    expect(stage.calls.find((call) => call.name === 'export_research_tables')?.input).toMatchObject({
      whom: { kind: 'everybody' },
      tables: 'parquet',
    });
  });

  it('hands out those whom a breakdown counts, or one group of them', async () => {
    const stage = await startWindow();
    await signIn('tom');
    await press('nav-cohorts');
    await see('breakdown-table');
    await fill('breakdown-age-min', '40');
    await waitFor(() => stage.calls.filter((call) => call.name === 'cohort_breakdown').length === 2);
    await waitFor(() => !(maybe('breakdown-hand-out') as HTMLButtonElement).disabled);
    await press('breakdown-hand-out');
    await see('hand-out-form');
    expect(maybe('hand-out-cohort')?.textContent).toContain('40 years and older');
    expect(await accessibilityFaults()).toEqual([]);
    const group = maybe('hand-out-group') as HTMLSelectElement;
    group.value = '0';
    group.dispatchEvent(new Event('change', { bubbles: true }));
    await fill('hand-out-recipient', 'Study group');
    await press('hand-out-open');
    await fill('hand-out-reason', 'Invented people');
    await waitFor(() => !start().disabled);
    await press('hand-out-start');
    const { whom } = stage.calls.find((call) => call.name === 'export_research_tables')?.input as {
      whom: { kind: string; filter: { age_min: number }; group: { code: string } };
    };
    expect([whom.kind, whom.filter.age_min]).toEqual(['cohort', 40]);
    expect(whom.group.code).toBeTruthy();
    // The receipt of what went out before does not stand in the way of the next.
    await waitFor(() => maybe('hand-out-receipt'), 5000);
    await press('nav-cohorts');
    await see('breakdown-table');
    await press('breakdown-hand-out');
    await see('hand-out-cohort');
  });
});
