import { describe, expect, it } from 'vitest';
import { problem } from '../../bridge/index';
import {
  accessibilityFaults,
  fill,
  key,
  maybe,
  press,
  see,
  settle,
  signIn,
  startWindow,
  type,
  waitFor,
} from './stage';

const rowsOf = (table: string) => document.querySelectorAll(`[data-testid^="${table}-row-"]`);

describe('bringing in', () => {
  it('shows progress, then the result with each rejection, and can be cancelled', async () => {
    const stage = await startWindow();
    await signIn('sol');
    await press('nav-exchange');
    await press('import-start-synthea_bundles');
    await see('job-progress');
    expect((await see('job-left')).textContent).toMatch(/00:0\d left/);
    expect(maybe('status-bar')?.textContent).toContain('1 job: Import of records');
    await press('job-cancel');
    await waitFor(() => document.querySelector('[data-state="cancelled"]'));
    expect(stage.calls.some((call) => call.name === 'cancel_job')).toBe(true);
    await see('import-result');
    await press('import-another');
    await press('import-start-ten_patients.zip');
    await waitFor(() => document.querySelector('[data-testid="import-job"] [data-state="done"]'), 12_000);
    expect(maybe('import-taken')?.textContent).toBe('1 204');
    expect(rowsOf('import-rejections')).toHaveLength(3);
    expect(rowsOf('import-rejections')[0]?.textContent).toContain('1 412');
    await press('import-export-rejected');
    await see('export-place-usb');
    await waitFor(() => !(maybe('import-export-submit') as HTMLButtonElement).disabled);
    await press('import-export-submit');
    expect((await see('toast')).textContent).toContain('3 rows written to rejected-2026-11-24.csv');
  });

  it('asks about a table, shows what would become of each row, and brings it in once decided', async () => {
    const stage = await startWindow();
    await signIn('sol');
    await press('nav-exchange');
    await press('import-table-register.csv');
    expect((await see('table-questions')).textContent).toContain('4 day first, 4 month first');
    const start = () => maybe('table-start') as HTMLButtonElement;
    expect(start().disabled).toBe(true);
    expect(rowsOf('table-findings')[0]?.textContent).toContain('6;Bo;Paz');
    expect((maybe('table-field-3') as HTMLSelectElement).value).toBe('date_of_birth');
    expect(await accessibilityFaults()).toEqual([]);
    const order = maybe('table-date_order') as HTMLSelectElement;
    order.value = 'day_month_year';
    order.dispatchEvent(new Event('change', { bubbles: true }));
    await waitFor(() => maybe('table-questions') === null && !start().disabled);
    expect(maybe('table-count-new')?.textContent).toBe('4');
    expect(maybe('table-twins')?.textContent).toContain('as line 2 of this file');
    await press('table-start');
    await see('import-job');
    const brought = stage.calls.find((call) => call.name === 'import_table');
    expect(brought?.input).toMatchObject({
      entry_id: 'usb/register',
      choice: { date_order: 'day_month_year' },
    });
  });

  it('offers records and images only what the role may take in', async () => {
    await startWindow();
    await signIn('ravi');
    await press('nav-exchange');
    await see('import-start-head_mr_2026');
    expect(maybe('import-start-synthea_bundles')).toBeNull();
  });
});

describe('the breakdown', () => {
  it('counts adults at first, says by which rule, and has a row for no diagnosis', async () => {
    const stage = await startWindow();
    await signIn('tom');
    await press('nav-cohorts');
    await waitFor(() => rowsOf('breakdown-table').length === 15);
    expect(stage.calls.find((call) => call.name === 'cohort_breakdown')?.input).toMatchObject({
      filter: { age_min: 18, age_max: null, sex: [], alive_only: false },
    });
    expect(maybe('breakdown-table')?.textContent).toContain('No diagnosis recorded');
    expect(maybe('breakdown-rule')?.textContent).toContain('One diagnosis a patient:');
    expect(rowsOf('breakdown-table')[0]?.textContent).toContain('412');
  });

  it('recounts on each change of the filter and keeps the last number meanwhile', async () => {
    const stage = await startWindow({ delay: 30 });
    await signIn('tom');
    await press('nav-cohorts');
    await see('breakdown-patients');
    await press('breakdown-sex-male');
    expect(maybe('breakdown-patients')).not.toBeNull();
    await waitFor(() => stage.calls.filter((call) => call.name === 'cohort_breakdown').length === 2);
    expect(stage.calls.filter((call) => call.name === 'cohort_breakdown')[1]?.input).toMatchObject({
      filter: { sex: ['female', 'other', 'unknown'] },
    });
    await fill('breakdown-from', '1 Jan 2026');
    await waitFor(() => stage.calls.filter((call) => call.name === 'cohort_breakdown').length === 3);
    expect(stage.calls.filter((call) => call.name === 'cohort_breakdown')[2]?.input).toMatchObject({
      filter: { from: '2026-01-01' },
    });
  });
});

describe('the breakdown for who may not see patients', () => {
  it('has no small number and says why, groups by chapter, and holds a group against the rest', async () => {
    const stage = await startWindow();
    await signIn('tom');
    await press('nav-cohorts');
    await see('breakdown-table');
    await fill('breakdown-age-min', '65');
    await waitFor(() => maybe('breakdown-table')?.textContent?.includes('not shown') ?? false);
    expect(maybe('breakdown-table')?.textContent).toContain('Fewer than 11');
    expect(maybe('breakdown-rule')?.textContent).toContain('Not shown: a number below 11');
    expect(maybe('breakdown-factors')?.textContent).toContain('Prevalence ratio (95 % CI)');
    expect(await accessibilityFaults()).toEqual([]);
    const grouping = maybe('breakdown-group-by') as HTMLSelectElement;
    grouping.value = 'chapter';
    grouping.dispatchEvent(new Event('change', { bubbles: true }));
    await waitFor(() => stage.calls.filter((call) => call.name === 'cohort_breakdown').length === 3);
    expect(stage.calls.filter((call) => call.name === 'cohort_breakdown')[2]?.input).toMatchObject({
      filter: { age_min: 65, group_by: 'chapter' },
      to_hand_out: false,
    });
  });
});

describe('imaging', () => {
  it('links an unmatched study to the patient chosen', async () => {
    const stage = await startWindow();
    await signIn('ravi');
    await press('nav-imaging');
    await press('tab-unmatched');
    await press('study-link-s-1');
    await press('link-suggestion-0');
    await press('link-submit');
    await see('toast');
    await waitFor(() => maybe('study-link-s-1') === null);
    expect(stage.calls.find((call) => call.name === 'link_study')?.input).toEqual({
      study_id: 's-1',
      patient_id: 'p-7',
    });
  });

  it('opens a study in the middle of its largest series and scrolls with the arrows', async () => {
    await startWindow();
    await signIn('ravi');
    await press('nav-imaging');
    await press('study-row-1');
    const canvas = await see('viewer-canvas');
    await waitFor(() => canvas.dataset['loaded'] === 'true');
    expect(maybe('viewer-position')?.textContent).toBe('24 / 48');
    await key('ArrowDown');
    expect(maybe('viewer-position')?.textContent).toBe('25 / 48');
    await key('Home');
    expect(maybe('viewer-position')?.textContent).toBe('1 / 48');
    await key('i');
    expect(maybe('viewer-invert')?.getAttribute('aria-pressed')).toBe('true');
    expect(maybe('viewer-window')?.textContent).toBe('W 1 100 L 480');
  });

  it('windows by dragging without asking the core for anything', async () => {
    const stage = await startWindow();
    await signIn('ravi');
    await press('nav-imaging');
    await press('study-row-1');
    const canvas = await see('viewer-canvas');
    await waitFor(() => canvas.dataset['loaded'] === 'true');
    await settle(100);
    const before = stage.calls.length;
    const at = (kind: string, x: number, y: number) =>
      canvas.dispatchEvent(new MouseEvent(kind, { clientX: x, clientY: y, button: 0, bubbles: true }));
    at('pointerdown', 100, 100);
    at('pointermove', 200, 150);
    at('pointerup', 200, 150);
    await settle();
    expect(Number(canvas.dataset['width'])).toBeGreaterThan(1100);
    expect(Number(canvas.dataset['center'])).toBeGreaterThan(480);
    expect(stage.calls).toHaveLength(before);
  });

  it('hands the picture out with the window it is looked at', async () => {
    const stage = await startWindow();
    await signIn('ravi');
    await press('nav-imaging');
    await press('study-row-1');
    await press('viewer-save');
    await waitFor(() => !((maybe('save-picture-submit') as HTMLButtonElement | null)?.disabled ?? true));
    await press('save-picture-submit');
    expect((await see('toast')).textContent).toContain('image-2026-11-24.png');
    expect(stage.calls.find((call) => call.name === 'export_image')?.input).toMatchObject({
      frame: 0,
      window: [480, 1100],
      place_id: 'usb',
    });
  });

  it('says of an image that cannot be shown which and why, and shows the others', async () => {
    await startWindow();
    await signIn('ravi');
    await press('nav-imaging');
    await see('study-row-0');
    const row = [...rowsOf('study')].find((entry) => entry.textContent?.includes('Abdomen'));
    (row as HTMLElement).click();
    expect((await see('viewer-not-shown')).textContent).toContain('Image 6 of 12 cannot be shown');
    expect(maybe('viewer-names-differ')).not.toBeNull();
    await key('ArrowDown');
    await waitFor(() => maybe('viewer-canvas')?.dataset['loaded'] === 'true');
    expect(maybe('viewer-not-shown')).toBeNull();
  });
});

describe('administration', () => {
  it('verifies the trail and says how many entries are unbroken', async () => {
    await startWindow();
    await signIn('sol');
    await press('nav-admin');
    await press('trail-verify');
    expect((await see('trail-entries')).textContent).toContain('412 306 entries, unbroken.');
  });

  it('makes a new recovery sheet and counts it only when two words were typed back', async () => {
    const stage = await startWindow();
    await signIn('sol');
    await press('nav-admin');
    await press('recovery-new');
    await press('recovery-make');
    const words = (await see('first-run-recovery-words')).querySelectorAll('code');
    for (const place of [1, 2]) {
      const position = Number(maybe(`first-run-recovery-${place}`)?.dataset['position']);
      await fill(`first-run-recovery-${place}`, words[position - 1]?.textContent ?? '');
    }
    expect(stage.calls.some((call) => call.name === 'confirm_recovery_sheet')).toBe(false);
    await press('first-run-recovery-confirm');
    await waitFor(() => stage.calls.some((call) => call.name === 'confirm_recovery_sheet'));
  });

  it('does not disable the last administrator and says what to do', async () => {
    await startWindow();
    await signIn('sol');
    await press('nav-admin');
    await press('tab-staff');
    await press('staff-disable-sol');
    await press('staff-disable-confirm');
    await waitFor(() => maybe('disable-dialog')?.textContent?.includes('Appoint another one first.'));
  });

  it('adds a person only with name, role and a passphrase that is long enough', async () => {
    const stage = await startWindow();
    await signIn('sol');
    await press('nav-admin');
    await press('tab-staff');
    await press('staff-add');
    await fill('staff-display_name', 'Ines Costa');
    await fill('staff-person', 'ines');
    await fill('staff-passphrase', 'too short');
    await fill('staff-passphrase-again', 'too short');
    await press('staff-add-submit');
    expect(stage.calls.some((call) => call.name === 'add_staff')).toBe(false);
    await press('staff-role-nurse');
    await fill('staff-passphrase', 'four words that stay together');
    await fill('staff-passphrase-again', 'four words that stay together');
    await press('staff-add-submit');
    await see('toast');
    await waitFor(() => maybe('staff-roles-ines'));
  });
});

describe('states of a screen', () => {
  it('draws a skeleton only after 150 ms and the value when it comes', async () => {
    await startWindow({ delay: 400 });
    await signIn('sol');
    await press('nav-imaging');
    await settle(60);
    expect(document.querySelector('.skeleton')).toBeNull();
    await waitFor(() => document.querySelector('main .skeleton'));
    await see('study-row-0');
  });

  it('says what happened and tries again', async () => {
    const stage = await startWindow();
    await signIn('sol');
    stage.refuseNext(
      'list_studies',
      problem('storage_failed', 'file_not_written', { details: ['os error 5'] }),
    );
    await press('nav-imaging');
    const state = await see('state-error');
    expect(state.textContent).toContain('Choose another place.');
    expect(state.textContent).toContain('Nothing was changed');
    state.querySelector('button')?.click();
    await see('study-row-0');
  });

  it('keeps what it has when reading again fails, and says so', async () => {
    const stage = await startWindow();
    await signIn('ravi');
    await press('nav-imaging');
    await press('study-link-s-1');
    await press('link-suggestion-0');
    stage.refuseNext('list_studies', problem('storage_failed', 'file_not_written'));
    await press('link-submit');
    expect((await see('state-stale')).textContent).toContain('Shown as read before.');
    expect(maybe('study-row-0')).not.toBeNull();
  });

  it('says who may where the role may not', async () => {
    const stage = await startWindow();
    await signIn('sol');
    stage.refuseNext('list_studies', problem('not_permitted', 'role_forbids'));
    await press('nav-imaging');
    expect((await see('state-no-permission')).textContent).toContain('Ask the administrator.');
  });
});

describe('accessibility (axe)', () => {
  it('finds nothing on sign-in and first run', async () => {
    await startWindow();
    expect(await accessibilityFaults()).toEqual([]);
    await startWindow({ start: 'first-run' });
    await press('first-run-new');
    await press('first-run-next');
    expect(await accessibilityFaults()).toEqual([]);
  });

  it('finds nothing in any room', async () => {
    await startWindow();
    await signIn('sol');
    for (const room of ['today', 'patients', 'cohorts', 'imaging', 'exchange', 'admin']) {
      await press(`nav-${room}`);
      await settle(250);
      expect({ room, faults: await accessibilityFaults() }).toEqual({ room, faults: [] });
    }
    for (const tab of ['staff', 'roles', 'audit', 'clinic']) {
      await press(`tab-${tab}`);
      await settle(100);
      expect({ tab, faults: await accessibilityFaults() }).toEqual({ tab, faults: [] });
    }
  });

  it('finds nothing in a chart, its tabs, the viewer and what opens above them', async () => {
    await startWindow();
    await signIn('lena');
    await key('k', { ctrl: true });
    await see('palette-input');
    type('haddad');
    await settle(100);
    expect(await accessibilityFaults()).toEqual([]);
    await key('Enter');
    for (const tab of [
      'summary',
      'visits',
      'results',
      'medicines',
      'images',
      'documents',
      'timeline',
      'access',
    ]) {
      await press(`tab-${tab}`);
      await settle(50);
      expect({ tab, faults: await accessibilityFaults() }).toEqual({ tab, faults: [] });
    }
    await press('chart-edit');
    await see('edit-given_name');
    expect(await accessibilityFaults()).toEqual([]);
    await key('Escape');
    await startWindow();
    await signIn('ravi');
    await press('nav-imaging');
    await press('study-row-1');
    await see('viewer-canvas');
    await settle(100);
    expect(await accessibilityFaults()).toEqual([]);
    await press('person-menu');
    expect(await accessibilityFaults()).toEqual([]);
    await startWindow();
    await signIn('amina');
    await press('today-register');
    await press('register-save');
    await see('register-errors');
    expect(await accessibilityFaults()).toEqual([]);
  });
});
