import { describe, expect, it } from 'vitest';
import { accessibilityFaults, fill, key, maybe, press, see, signIn, startWindow, waitFor } from './stage';

async function openBuilder() {
  const stage = await startWindow();
  await signIn('tom');
  await press('nav-cohorts');
  await press('tab-builder');
  await see('entry-0-codes');
  return stage;
}

async function takeCode(field: string, typed: string) {
  await fill(field, typed);
  await see(`${field}-hit-0`);
  await key('Enter');
  await see(`${field}-out-0`);
}

describe('building a cohort', () => {
  it('counts nothing until it is said who is meant, then counts on each change', async () => {
    const stage = await openBuilder();
    expect(maybe('builder-count')).toBeNull();
    expect(stage.calls.some((call) => call.name === 'count_cohort')).toBe(false);
    await takeCode('entry-0-codes', 'E11');
    await waitFor(() => maybe('builder-count')?.textContent === '371');
    expect(stage.calls.filter((call) => call.name === 'count_cohort').at(-1)?.input).toMatchObject({
      kind: 'sketch',
      data_set: null,
      sketch: { entry: [{ kind: 'condition', concepts: [{ code: 'E11' }], person: { age_min: 18 } }] },
    });
    // An alternative that says nothing yet lets nobody in, and is for the same persons.
    await press('builder-or');
    await waitFor(() => maybe('builder-count') === null);
    await takeCode('entry-1-codes', 'E10');
    await waitFor(() => maybe('builder-count')?.textContent === '412');
    expect(stage.calls.filter((call) => call.name === 'count_cohort').at(-1)?.input).toMatchObject({
      sketch: { entry: [{ person: { age_min: 18 } }, { person: { age_min: 18 } }] },
    });
    await press('entry-1-out');
    await waitFor(() => maybe('builder-count')?.textContent === '371');
    await press('builder-add-rule');
    await takeCode('rule-0-0-codes', 'metformin');
    await fill('rule-0-0-from-day', '-90');
    await waitFor(() => maybe('step-1')?.textContent === '222');
    await waitFor(() => {
      const last = stage.calls.filter((call) => call.name === 'count_cohort').at(-1);
      return JSON.stringify(last?.input).includes('"from_day":-90');
    });
    expect(await accessibilityFaults()).toEqual([]);
    await press('rule-0-out');
    await waitFor(() => maybe('step-1') === null);
  });

  it('saves versions, opens them again and takes a cohort out only when asked twice', async () => {
    await openBuilder();
    await takeCode('entry-0-codes', 'E11');
    await fill('builder-name', 'Diabetes');
    await press('builder-save');
    await waitFor(() => maybe('builder-version')?.textContent?.startsWith('version 1') === true);
    await press('builder-save');
    await waitFor(() => maybe('builder-version')?.textContent?.startsWith('version 2') === true);
    await press('builder-new');
    await waitFor(() => maybe('builder-version') === null);
    await press('builder-open');
    await see('cohort-0');
    expect(await accessibilityFaults()).toEqual([]);
    await press('cohort-0');
    await waitFor(() => maybe('builder-count')?.textContent === '371');
    await press('builder-open');
    await press('cohort-0-remove');
    expect(maybe('cohort-0')).not.toBeNull();
    await press('cohort-0-remove');
    await see('cohorts-none');
  });
});
