import { describe, expect, it } from 'vitest';
import { problem } from '../../bridge/index';
import { fill, key, maybe, press, see, settle, signIn, startWindow, waitFor } from './stage';

const rooms = () =>
  [...document.querySelectorAll('[data-testid^="nav-"]')].map((room) => room.getAttribute('data-testid'));

describe('signing in', () => {
  it('refuses a wrong passphrase in place and empties the field', async () => {
    await startWindow();
    await fill('sign-in-person', 'amina');
    await fill('sign-in-passphrase', 'wrong');
    await press('sign-in-submit');
    await waitFor(() => maybe('refusal')?.textContent?.includes('do not go together'));
    expect((maybe('sign-in-passphrase') as HTMLInputElement).value).toBe('');
    expect(maybe('status-bar')).toBeNull();
  });

  it('shows the wait after failures and lets nobody try meanwhile', async () => {
    const stage = await startWindow();
    for (let tries = 0; tries < 3; tries += 1) {
      await fill('sign-in-person', 'amina');
      await fill('sign-in-passphrase', 'wrong');
      await press('sign-in-submit');
      await settle(20);
    }
    expect((await see('sign-in-wait')).textContent).toContain('00:');
    expect((maybe('sign-in-submit') as HTMLButtonElement).disabled).toBe(true);
    const tried = stage.calls.filter((call) => call.name === 'sign_in').length;
    maybe('sign-in-submit')?.click();
    expect(stage.calls.filter((call) => call.name === 'sign_in')).toHaveLength(tried);
  });

  it('takes a shown name for the sign-in name', async () => {
    await startWindow();
    await signIn('Amina Yusuf');
    expect(maybe('clinic-name')?.textContent).toBe('Riverside Clinic');
  });
});

describe('the rail', () => {
  it.each([
    ['amina', ['nav-today', 'nav-patients', 'nav-exchange']],
    ['tom', ['nav-today', 'nav-cohorts', 'nav-exchange']],
    ['ravi', ['nav-today', 'nav-patients', 'nav-imaging', 'nav-exchange']],
    ['sol', ['nav-today', 'nav-patients', 'nav-cohorts', 'nav-imaging', 'nav-exchange', 'nav-admin']],
  ])('shows %s only rooms with something to do', async (person, expected) => {
    await startWindow();
    await signIn(person);
    expect(rooms()).toEqual(expected);
  });
});

describe('locking', () => {
  it('keeps the draft, ends the session, loads the page anew and says so', async () => {
    const stage = await startWindow();
    await signIn('amina');
    await key('n');
    await see('register-save').catch(() => undefined);
    await fill('register-given_name', 'Zoe');
    await fill('register-phone', '0301234567');
    await key('l', { ctrl: true });
    await see('lock-screen');
    expect(stage.reloads).toBe(1);
    expect(maybe('locked-at')?.textContent).toMatch(/Locked at \d\d:\d\d/);
    expect(maybe('locked-draft')).not.toBeNull();
    const order = stage.calls.map((call) => call.name);
    expect(order.lastIndexOf('keep_draft')).toBeLessThan(order.indexOf('lock'));
    expect(document.body.textContent).not.toContain('Zoe');
    expect(JSON.stringify({ ...sessionStorage, ...localStorage })).not.toContain('Zoe');

    // The same person signs in again and goes on where they were.
    await fill('sign-in-passphrase', 'a long practice passphrase');
    await press('sign-in-submit');
    await press('today-register');
    await waitFor(() => (maybe('register-given_name') as HTMLInputElement | null)?.value === 'Zoe');
    expect((maybe('register-phone') as HTMLInputElement).value).toBe('0301234567');
  });

  it('shows no lock screen on the page that is about to go: what is typed there would be lost', async () => {
    const stage = await startWindow();
    await signIn('amina');
    const comes = stage.reload;
    stage.reload = () => Promise.resolve();
    await key('l', { ctrl: true });
    await waitFor(() => stage.reloads === 1);
    await settle(50);
    expect(maybe('lock-screen')).toBeNull();
    expect(maybe('status-bar')).toBeNull();
    await comes();
    await see('lock-screen');
  });

  it('does not show one person’s draft to another', async () => {
    await startWindow();
    await signIn('amina');
    await press('today-register');
    await fill('register-given_name', 'Zoe');
    await key('l', { ctrl: true });
    await see('lock-screen');
    await press('switch-person');
    await signIn('nora');
    await press('today-register');
    await settle(50);
    expect((maybe('register-given_name') as HTMLInputElement).value).toBe('');
  });

  it('counts down before it locks by itself, and a key keeps it open', async () => {
    await startWindow({ idle_seconds: 3 });
    await signIn('amina');
    expect((await see('lock-countdown')).textContent).toMatch(/Locking in [12] s/);
    await key('Shift');
    expect(maybe('lock-countdown')).toBeNull();
    await see('lock-screen');
    expect(document.body.textContent).toContain('Locked by itself');
  });

  it('locks when the core says that the session is over', async () => {
    const stage = await startWindow();
    await signIn('amina');
    stage.refuseNext('find_patients', problem('session_expired', 'signed_out_idle'));
    await press('nav-patients');
    await see('lock-screen');
    expect(stage.reloads).toBe(1);
  });
});

describe('first run', () => {
  it('leads from the choice to Today in six steps', async () => {
    const stage = await startWindow({ start: 'first-run' });
    await press('first-run-new');
    await press('first-run-next');
    expect(document.activeElement?.id).toBe('first-run-clinic_name');
    await fill('first-run-clinic_name', 'Hillside Clinic');
    await press('first-run-next');
    expect((await see('first-run-mrn_sample')).textContent).toMatch(/^RC0000001[0-9A-Z]$/);
    await press('first-run-next');
    await fill('first-run-display_name', 'Amélie Stone');
    expect((maybe('first-run-person') as HTMLInputElement).value).toBe('amelie');
    await press('first-run-role-front_desk');
    await fill('first-run-passphrase', 'short');
    await fill('first-run-passphrase-again', 'short');
    await press('first-run-create');
    expect(stage.calls.some((call) => call.name === 'create_vault')).toBe(false);
    await fill('first-run-passphrase', 'correct horse battery staple');
    await fill('first-run-passphrase-again', 'correct horse battery staple');
    await press('first-run-create');
    const words = (await see('first-run-recovery-words')).querySelectorAll('code');
    expect(words).toHaveLength(24);
    await fill('first-run-recovery-1', 'nonsense');
    await press('first-run-recovery-confirm');
    expect(stage.calls.some((call) => call.name === 'confirm_recovery_sheet')).toBe(false);
    for (const place of [1, 2]) {
      const field = maybe(`first-run-recovery-${place}`);
      await fill(
        `first-run-recovery-${place}`,
        words[Number(field?.dataset['position']) - 1]?.textContent ?? '',
      );
    }
    await press('first-run-recovery-confirm');
    await waitFor(
      () => maybe('first-run-backup') && !(maybe('first-run-backup') as HTMLButtonElement).disabled,
    );
    await press('first-run-backup');
    await see('checklist');
    expect(maybe('clinic-name')?.textContent).toBe('Hillside Clinic');
    expect(stage.calls.find((call) => call.name === 'create_vault')?.input).toMatchObject({
      person: 'amelie',
      roles: ['administrator', 'front_desk'],
      practice: false,
    });
  });
});
