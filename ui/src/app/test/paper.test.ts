import { describe, expect, it } from 'vitest';
import {
  accessibilityFaults,
  fill,
  key,
  maybe,
  press,
  see,
  signIn,
  startWindow,
  waitFor,
  type TestWindow,
} from './stage';

const kinds = () => [...(maybe('print-kind') as HTMLSelectElement).options].map((option) => option.value);
const submit = () => maybe('print-submit') as HTMLButtonElement;
const last = (stage: TestWindow, name: string) =>
  stage.calls.findLast((call) => call.name === name)?.input as Record<string, unknown> | undefined;

async function openFirstChart() {
  await press('nav-patients');
  await fill('find-input', 'a');
  await press('find-hit-0');
  await see('chart-print');
}

describe('printing a patient’s papers', () => {
  it('opens by its key, previews a label, and prints it as chosen', async () => {
    const stage = await startWindow();
    await signIn('amina');
    await openFirstChart();
    await key('p', { ctrl: true });
    await see('print-dialog');
    expect(kinds()).toEqual(['label', 'registration']);
    await see('print-page');
    expect(last(stage, 'preview_particulars')).toMatchObject({
      order: { language: 'en', copies: 1, missing_as_boxes: false },
      paper: { kind: 'label', stock: 'roll57x32', code: 'qr' },
      page: 0,
    });
    expect(await accessibilityFaults()).toEqual([]);
    await fill('print-code', 'Bars');
    await fill('print-form', 'a label printer (ZPL), 300');
    await fill('print-copies', '3');
    await waitFor(() => !submit().disabled);
    await press('print-submit');
    expect(last(stage, 'print_particulars')).toMatchObject({
      order: { copies: 3 },
      paper: { kind: 'label', code: 'code128' },
      form: 'zpl300',
      printer: 'Front_desk',
    });
    expect((await see('toast')).textContent).toContain('Front_desk');
    expect(maybe('print-dialog')).toBeNull();
  });

  it('asks where a sheet begins, and sends no label printer’s language to other papers', async () => {
    const stage = await startWindow();
    await signIn('amina');
    await openFirstChart();
    await press('chart-print');
    await fill('print-form', 'a label printer (ZPL), 203');
    await fill('print-stock', 'A4 sheet');
    expect(maybe('print-form')).toBeNull();
    await fill('print-start', '22');
    await waitFor(() => submit().disabled);
    await fill('print-start', '5');
    await waitFor(() => !submit().disabled);
    await press('print-submit');
    expect(last(stage, 'print_particulars')).toMatchObject({
      paper: { stock: 'sheet_l7160', start: 5 },
      form: 'pdf',
    });
  });

  it('turns the pages of a summary, refuses an empty letter, and saves one', async () => {
    const stage = await startWindow();
    await signIn('lena');
    await openFirstChart();
    await press('chart-print');
    expect(kinds()).toEqual(['label', 'registration', 'summary', 'letter']);
    await fill('print-kind', 'Chart summary');
    await waitFor(() => maybe('print-page')?.dataset['pages'] === '3');
    await press('print-next');
    await waitFor(() => maybe('print-page')?.dataset['page'] === '1');
    await fill('print-kind', 'Letter');
    await waitFor(() => last(stage, 'preview_chart_paper')?.['page'] === 0);
    expect(submit().disabled).toBe(true);
    await fill('print-subject', 'Your results');
    await fill('print-text', 'All is well.');
    await waitFor(() => !submit().disabled);
    await press('print-save');
    await waitFor(
      () => maybe('print-save-submit') && !(maybe('print-save-submit') as HTMLButtonElement).disabled,
    );
    await press('print-save-submit');
    expect(last(stage, 'save_chart_paper')).toMatchObject({
      paper: { kind: 'letter', subject: 'Your results', text: 'All is well.' },
    });
    expect((await see('toast')).textContent).toContain('RustCare-letter');
  });

  it('says which characters no font has, and prints boxes only when told to', async () => {
    await startWindow();
    await signIn('lena');
    await openFirstChart();
    await press('chart-print');
    await fill('print-kind', 'Letter');
    await fill('print-subject', 'Name');
    await fill('print-text', '漢字漢');
    expect((await see('print-missing')).textContent).toContain('漢 字');
    expect(submit().disabled).toBe(true);
    await press('print-boxes');
    await waitFor(() => !submit().disabled);
  });

  it('offers a label after registering', async () => {
    await startWindow();
    await signIn('amina');
    await press('nav-patients');
    await press('find-new');
    await fill('register-given_name', 'Zora');
    await fill('register-family_name', 'Quill');
    await fill('register-date_of_birth', '4 May 1990');
    await fill('register-sex', 'Female');
    await press('register-save');
    await press('toast-action');
    await see('print-dialog');
  });
});
