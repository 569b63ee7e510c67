import { describe, expect, it } from 'vitest';
import { accessibilityFaults, fill, key, maybe, press, see, signIn, startWindow, waitFor } from './stage';

async function openPhenotypes() {
  const stage = await startWindow();
  await signIn('tom');
  await press('nav-cohorts');
  await press('tab-phenotypes');
  await see('phenotypes-row-0');
  return stage;
}

const rows = () => maybe('phenotypes')?.textContent ?? '';

describe('published phenotypes', () => {
  it('say what is missing and never a nought, and are counted once a vocabulary is there', async () => {
    const stage = await openPhenotypes();
    expect(rows()).toContain('needs vocabulary: 7 concepts unmapped');
    expect(rows()).toContain('not on record here: Time with a condition');
    await fill('phenotypes-find', 'gastrointestinal');
    await waitFor(() => maybe('phenotypes-row-1') === null);
    expect(maybe('phenotypes-row-0')?.textContent).not.toMatch(/\b0\b/);
    expect(await accessibilityFaults()).toEqual([]);

    await press('tab-data_sets');
    await press('vocabulary-bring-in');
    await see('data-set-folder');
    await press('data-set-start');
    await see('vocabulary-mapped');
    expect(maybe('vocabulary-mapped')?.textContent).toContain('287 of the 312 codes');
    expect(await accessibilityFaults()).toEqual([]);
    await press('tab-phenotypes');
    await see('phenotypes-row-0');
    await waitFor(() => rows().includes('23'));
    expect(rows()).not.toContain('needs vocabulary');
    expect(stage.calls.filter((call) => call.name === 'count_phenotypes').at(-1)?.input).toEqual({
      data_set: null,
    });
  });

  it('open as a cohort, and what is being built is not lost without asking', async () => {
    const stage = await openPhenotypes();
    await press('tab-builder');
    await fill('builder-name', 'Half of an idea');
    await press('tab-phenotypes');
    await see('phenotypes-row-0');
    await press('phenotypes-row-0');
    await press('phenotype-take');
    expect(stage.calls.some((call) => call.name === 'take_phenotype')).toBe(false);
    await press('phenotype-take');
    await waitFor(() => stage.calls.some((call) => call.name === 'take_phenotype'));
    await see('builder-summary');
  });

  it('are counted on a data set, and one that is removed is chosen no more', async () => {
    const stage = await openPhenotypes();
    expect(maybe('phenotypes-data')).toBeNull();
    await press('tab-data_sets');
    await press('data-set-bring-in');
    await see('data-set-name');
    await fill('data-set-name', 'Research');
    await key('Tab');
    await press('data-set-start');
    await see('data-set-2');
    await press('tab-phenotypes');
    const choice = (await see('phenotypes-data')) as HTMLSelectElement;
    choice.value = '2';
    choice.dispatchEvent(new Event('change', { bubbles: true }));
    await waitFor(() =>
      stage.calls.some(
        (call) =>
          call.name === 'count_phenotypes' && (call.input as { data_set: string | null }).data_set === '2',
      ),
    );
    await press('tab-data_sets');
    await press('data-set-2-remove');
    await press('data-set-2-remove');
    await see('data-sets-none');
  });
});
