import { beforeEach, describe, expect, it } from 'vitest';
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
} from '../app/test/stage';
import { problem } from '../bridge/index';
import { draftBody, readDraftBody } from './draft_body';

const ssn = '536-90-4399';
const insurance = '1EG4TE5MK73';
let stage: TestWindow;
const inputs = (name: string) =>
  stage.calls.filter((call) => call.name === name).map((call) => JSON.stringify(call.input));
const value = (field: string) => (maybe(`register-${field}`) as HTMLInputElement | null)?.value;
const says = (field: string) => document.getElementById(`register-${field}-says`)?.textContent ?? '';
const group = () => maybe('register-group-cover') as HTMLDetailsElement;

async function openCover(): Promise<void> {
  (await see('register-group-cover')).querySelector('summary')?.click();
  await waitFor(() => group().open);
  await settle(20);
}

async function fillRest(): Promise<void> {
  await fill('register-date_of_birth', '1990-01-05');
  await fill('register-sex', 'Female');
}

/** Leaves Zoe as a draft and begins Rosalind, so that the older draft waits for its decision. */
async function beginBesideOlderDraft(): Promise<void> {
  await press('today-register');
  await fill('register-given_name', 'Zoe');
  await press('register-leave');
  await key('k', { ctrl: true });
  await see('palette-input');
  type('rosalind quine');
  await key('Enter');
  expect((await see('register-draft-found')).textContent).toContain('Zoe');
}

async function registerAnother(): Promise<void> {
  await press('nav-today');
  await press('today-register');
  await see('register-given_name');
  await settle(50);
}

beforeEach(async () => {
  stage = await startWindow();
  await signIn('amina');
});

describe('the kept text', () => {
  it('holds neither number, also of an older draft that still had them, and names what was filled', () => {
    const older = readDraftBody(JSON.stringify({ given_name: 'Zoe', ssn, insurance_number: null }));
    const kept = draftBody(older);
    expect(kept).not.toContain(ssn);
    expect(readDraftBody(kept)).toEqual({
      form: { given_name: 'Zoe', ssn: null, insurance_number: null },
      not_kept: ['ssn'],
    });
    // Kept once more before the number was typed again, it is still known to be missing.
    expect(readDraftBody(draftBody(readDraftBody(kept))).not_kept).toEqual(['ssn']);
  });
});

describe('the secret numbers', () => {
  it('are in no draft; the form says so and asks for them again', async () => {
    await press('today-register');
    await fill('register-given_name', 'Zoe');
    await openCover();
    await fill('register-ssn', ssn);
    await waitFor(() => inputs('keep_draft').length > 0);
    await waitFor(() => maybe('register-draft')?.textContent?.includes('without the secret numbers'));
    await press('register-leave');
    await registerAnother();
    expect(value('given_name')).toBe('Zoe');
    expect(value('ssn')).toBe('');
    expect(inputs('keep_draft').filter((input) => input.includes(ssn))).toEqual([]);
    await waitFor(() => group().open);
    expect(says('ssn')).toContain('not kept in drafts');
    expect(says('insurance_number')).not.toContain('not kept in drafts');

    await fill('register-ssn', ssn);
    expect(says('ssn')).not.toContain('not kept in drafts');
    await fillRest();
    await press('register-save');
    await see('banner-name');
    const { form } = JSON.parse(inputs('register_patient')[0] ?? '{}') as { form: Record<string, unknown> };
    expect(form['ssn']).toBe(ssn);
    expect(form).not.toHaveProperty('not_kept');
  });

  it('are still asked for after the draft was kept a second time', async () => {
    await press('today-register');
    await fill('register-given_name', 'Zoe');
    await openCover();
    await fill('register-insurance_number', insurance);
    await press('register-leave');
    await registerAnother();
    await fill('register-given_name', 'Zoë');
    await press('register-leave');
    await registerAnother();
    expect(value('given_name')).toBe('Zoë');
    expect(says('insurance_number')).toContain('not kept in drafts');
    await press('register-anew');
    await waitFor(() => !says('insurance_number').includes('not kept in drafts'));
    expect(inputs('keep_draft').filter((input) => input.includes(insurance))).toEqual([]);
  });

  it('can be typed without the group closing under the typing', async () => {
    await press('today-register');
    await openCover();
    const asked = inputs('check_patient_form').length;
    await fill('register-ssn', ssn);
    await waitFor(() => inputs('check_patient_form').length > asked);
    await settle(50);
    expect(group().open).toBe(true);
  });
});

describe('an older draft that waits', () => {
  it('outlives the saving of the form beside it, which is not offered again', async () => {
    await beginBesideOlderDraft();
    await fillRest();
    await waitFor(() => inputs('keep_draft').some((input) => input.includes('Rosalind')));
    await press('register-save');
    await see('banner-name');
    await registerAnother();
    expect(value('given_name')).toBe('Zoe');
    await press('register-anew');
    await registerAnother();
    expect(value('given_name')).toBe('');
  });

  it('outlives starting anew, and can then be brought back', async () => {
    await beginBesideOlderDraft();
    await fillRest();
    await waitFor(() => inputs('keep_draft').some((input) => input.includes('Rosalind')));
    await press('register-anew');
    expect(value('given_name')).toBe('');
    await press('register-draft-take');
    await waitFor(() => value('given_name') === 'Zoe');
    await press('register-anew');
    await registerAnother();
    expect(value('given_name')).toBe('');
  });

  it('is gone once let go, and what is then saved is not offered again', async () => {
    await beginBesideOlderDraft();
    await fillRest();
    await waitFor(() => inputs('keep_draft').some((input) => input.includes('Rosalind')));
    await press('register-draft-drop');
    await press('register-save');
    await see('banner-name');
    await registerAnother();
    expect(value('given_name')).toBe('');
  });

  it('is gone once let go from a form that was started anew', async () => {
    await beginBesideOlderDraft();
    await press('register-anew');
    await press('register-draft-drop');
    await registerAnother();
    expect(value('given_name')).toBe('');
  });
});

describe('several unfinished registrations', () => {
  async function begin(name: string): Promise<void> {
    await key('k', { ctrl: true });
    await see('palette-input');
    type(`${name} quine`);
    await key('Enter');
    await waitFor(() => value('given_name')?.toLowerCase() === name);
    await fillRest();
    await waitFor(() => inputs('keep_draft').some((input) => input.toLowerCase().includes(name)));
    await press('register-leave');
  }

  it('each have a place of their own, are listed on Today, and can be resumed or discarded', async () => {
    for (const name of ['rosalind', 'zoe', 'kwame']) await begin(name);
    const places = new Set(
      stage.calls
        .filter((call) => call.name === 'keep_draft')
        .map((call) => (call.input as { kind: string }).kind),
    );
    expect(places.size).toBe(3);
    await press('nav-today');
    const list = await see('today-unfinished');
    await waitFor(() => list.querySelectorAll('li').length === 3);
    expect(list.textContent).toContain('kept');
    expect(list.querySelectorAll('li')[0]?.textContent?.toLowerCase()).toContain('kwame');
    await press('today-unfinished-take-2');
    await waitFor(() => value('given_name')?.toLowerCase() === 'rosalind');
    await waitFor(() => maybe('register-draft-found')?.querySelectorAll('li').length === 2);
    await press('register-draft-drop-1');
    await waitFor(() => maybe('register-draft-found')?.querySelectorAll('li').length === 1);
    expect(value('given_name')?.toLowerCase()).toBe('rosalind');
  });

  it('are refused beyond the most, and the form says so', async () => {
    stage.refuseNext('keep_draft', problem('conflict', 'too_many_drafts', { values: { count: '50' } }));
    await press('today-register');
    await fill('register-given_name', 'Zoe');
    expect((await see('register-draft-refused')).textContent).toContain('50 unfinished registrations');
    expect(value('given_name')).toBe('Zoe');
  });
});
