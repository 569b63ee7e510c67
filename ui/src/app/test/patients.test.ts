import { beforeEach, describe, expect, it } from 'vitest';
import { problem } from '../../bridge/index';
import {
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
  type TestWindow,
} from './stage';

let stage: TestWindow;
const named = (name: string) => stage.calls.filter((call) => call.name === name);

beforeEach(async () => {
  stage = await startWindow();
  await signIn('amina');
});

describe('finding', () => {
  it('opens a known patient by Ctrl+K, six letters and Enter, also when Enter outruns the search', async () => {
    await key('k', { ctrl: true });
    await see('palette-input');
    type('haddad');
    await key('Enter');
    expect((await see('banner-name')).textContent).toContain('HADDAD');
    expect(maybe('palette')).toBeNull();
  });

  it('shows how many share a name', async () => {
    await press('nav-patients');
    await waitFor(() => maybe('find-count')?.textContent?.startsWith('60'));
    expect(maybe('find-hits')?.textContent).toMatch(/\d+ others? ha(s|ve) this name/);
  });

  it('opens the patient of a scanned number from any screen', async () => {
    await press('nav-patients');
    const number = (await see('find-hit-2')).querySelector('code')?.textContent ?? '';
    await press('nav-today');
    (document.activeElement as HTMLElement).blur();
    for (const letter of number)
      window.dispatchEvent(new KeyboardEvent('keydown', { key: letter, bubbles: true, cancelable: true }));
    window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    expect((await see('banner-mrn')).textContent).toBe(number);
  });

  it('shows the front desk the person and not the chart', async () => {
    await key('k', { ctrl: true });
    type('haddad');
    await key('Enter');
    await see('chart-not-permitted');
    expect(maybe('tab-results')).toBeNull();
    expect(maybe('chart-banner')?.textContent).toContain('not shown to your role');
  });
});

/** Actions beyond the typing are counted as screens.md section 4 counts them. */
describe('registering', () => {
  it('takes at most eleven actions beyond the typing, no mouse, and carries over what was typed', async () => {
    let actions = 0;
    const act = async (name: string, held = {}) => {
      actions += 1;
      await key(name, held);
    };
    await act('k', { ctrl: true });
    await see('palette-input');
    type('rosalind quine');
    await act('Enter');
    await waitFor(() => document.activeElement?.id === 'register-given_name');
    expect((maybe('register-family_name') as HTMLInputElement).value).toBe('Quine');
    await act('Tab');
    await act('Tab');
    type('2.3.1987');
    await act('Tab');
    type('Female');
    await act('Tab');
    type('030 1234567');
    await act('Tab');
    type('r.quine@example.org');
    await act('Tab');
    await act('Tab');
    type('Spanish');
    await act('Enter', { ctrl: true });
    expect((await see('banner-name')).textContent).toBe('QUINE, Rosalind');
    expect(actions).toBeLessThanOrEqual(11);
    expect(named('register_patient')[0]?.input).toMatchObject({
      form: { given_name: 'Rosalind', sex: 'female', language: 'es', mrn: null },
    });
    expect((await see('toast')).textContent).toContain('registered as RC');
  });

  it('saves once on a double click', async () => {
    await press('today-register');
    await fill('register-given_name', 'Ada');
    await fill('register-date_of_birth', '1990-01-05');
    await fill('register-sex', 'Female');
    const button = await see('register-save');
    button.click();
    button.click();
    await see('banner-name');
    expect(named('register_patient')).toHaveLength(1);
  });

  it('reads a date while it is typed and shows errors only on leaving the field', async () => {
    await press('today-register');
    await fill('register-date_of_birth', '2.3.87');
    await waitFor(() =>
      document.getElementById('register-date_of_birth-says')?.textContent?.includes('Monday 2 March 1987'),
    );
    await fill('register-phone', '0177 55');
    await settle(400);
    expect(maybe('register-phone')?.getAttribute('aria-invalid')).toBeNull();
    maybe('register-phone')?.dispatchEvent(new FocusEvent('blur'));
    await waitFor(() => maybe('register-phone')?.getAttribute('aria-invalid') === 'true');
    const says = maybe('register-phone')?.getAttribute('aria-describedby') ?? '';
    expect(document.getElementById(says)?.textContent).toContain('too short');
  });

  it('loses nothing on a refused save and links each error to its field', async () => {
    await press('today-register');
    await fill('register-given_name', 'Ada');
    await fill('register-email', 'q@x');
    await press('register-save');
    const summary = await see('register-errors');
    await waitFor(() => summary.querySelectorAll('a').length === 3);
    expect((maybe('register-given_name') as HTMLInputElement).value).toBe('Ada');
    expect((maybe('register-email') as HTMLInputElement).value).toBe('q@x');
    [...summary.querySelectorAll('a')].find((link) => link.textContent === 'E-mail')?.click();
    expect(document.activeElement?.id).toBe('register-email');
  });

  it('keeps the form when the core fails, and says so beside the button', async () => {
    await press('today-register');
    await fill('register-given_name', 'Ada');
    stage.refuseNext('register_patient', problem('storage_full', 'disk_full'));
    await press('register-save');
    await waitFor(() => maybe('register-errors')?.textContent?.includes('The disk is full'));
    expect((maybe('register-given_name') as HTMLInputElement).value).toBe('Ada');
  });

  it('brings a draft back, and never writes over an older one unasked', async () => {
    await press('today-register');
    await fill('register-given_name', 'Zoe');
    await press('register-leave');
    await key('k', { ctrl: true });
    await see('palette-input');
    type('rosalind quine');
    await key('Enter');
    expect((await see('register-draft-found')).textContent).toContain('Zoe');
    expect((maybe('register-given_name') as HTMLInputElement).value).toBe('Rosalind');
    await press('register-draft-take');
    await waitFor(() => (maybe('register-given_name') as HTMLInputElement).value === 'Zoe');
    expect(named('keep_draft').some((call) => JSON.stringify(call.input).includes('Rosalind'))).toBe(true);
  });

  it('leaves a script in a name as text', async () => {
    const planted = '<img src=x onerror="window.planted=1">';
    await press('today-register');
    await fill('register-given_name', planted);
    await fill('register-date_of_birth', '1990-01-05');
    await fill('register-sex', 'Male');
    await press('register-save');
    expect((await see('banner-name')).textContent).toContain(planted);
    await press('nav-patients');
    await settle(100);
    expect((window as unknown as { planted?: number }).planted).toBeUndefined();
    expect(document.querySelector('img[src="x"]')).toBeNull();
  });
});

describe('the chart', () => {
  it('shows a secret only after a reason', async () => {
    await key('k', { ctrl: true });
    type('haddad');
    await key('Enter');
    await press('reveal-insurance_number');
    expect((maybe('reveal-submit') as HTMLButtonElement).disabled).toBe(true);
    await fill('reveal-reason', 'Claim form for the insurer');
    await press('reveal-submit');
    expect((await see('reveal-value')).textContent).toMatch(/^1EG4TE5MK\d\d$/);
    expect(named('reveal_secret')[0]?.input).toMatchObject({ reason: 'Claim form for the insurer' });
  });

  it('answers a check of identity with match or no match and nothing else', async () => {
    await key('k', { ctrl: true });
    type('haddad');
    await key('Enter');
    await press('check-identity');
    await fill('identity-value', '1EG4TE5MK00');
    await press('identity-submit');
    expect((await see('identity-answer')).textContent?.trim()).toBe('Does not match');
    expect((maybe('identity-value') as HTMLInputElement).value).toBe('');
  });

  it('says when somebody else changed the patient meanwhile, and keeps the edit', async () => {
    await key('k', { ctrl: true });
    type('haddad');
    await key('Enter');
    await press('chart-edit');
    await fill('edit-city', 'Newtown');
    stage.refuseNext('update_patient', problem('conflict', 'record_changed'));
    await press('edit-save');
    await waitFor(() => maybe('edit-errors')?.textContent?.includes('Somebody else changed this'));
    expect((maybe('edit-city') as HTMLInputElement).value).toBe('Newtown');
  });
});
