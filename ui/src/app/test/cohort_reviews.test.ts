import { describe, expect, it } from 'vitest';
import { accessibilityFaults, fill, key, maybe, press, see, signIn, startWindow, waitFor } from './stage';

async function openBuilder(person: string) {
  const stage = await startWindow();
  await signIn(person);
  await press('nav-cohorts');
  await press('tab-builder');
  await fill('entry-0-codes', 'E11');
  await see('entry-0-codes-hit-0');
  await key('Enter');
  await see('entry-0-codes-out-0');
  return stage;
}

describe('looking a cohort through', () => {
  it('tells how many there are by age, sex and year, with small numbers hidden, and hands figures out', async () => {
    const stage = await openBuilder('tom');
    await press('tab-groups');
    const ages = await see('groups-ages');
    expect(ages.textContent).toContain('30–39');
    expect(ages.textContent).toContain('not shown (< 11)');
    expect(maybe('groups-all')?.textContent).toBe('280');
    expect(maybe('groups-prevalence')?.textContent).toContain('14.00 (12.55–15.59)');
    expect(await accessibilityFaults()).toEqual([]);
    await press('prevalence-save');
    await press('figure-png');
    await press('figure-submit');
    await waitFor(() => maybe('figure-dialog') === null);
    expect(stage.calls.find((call) => call.name === 'save_cohort_figure')?.input).toMatchObject({
      figure: 'prevalence', format: 'png',
    }); // prettier-ignore
  });

  it('lays a cohort over others that are saved, and says which combinations there are', async () => {
    const stage = await openBuilder('tom');
    await fill('builder-name', 'Diabetes');
    await press('builder-save');
    await press('builder-new');
    await fill('entry-0-codes', 'I10');
    await see('entry-0-codes-hit-0');
    await key('Enter');
    await press('tab-overlap');
    await press('overlap-1');
    const also = await see('overlap-also');
    expect(also.textContent).toContain('Diabetes');
    expect(also.textContent).toContain('21.4 %');
    expect(maybe('overlap-combinations')?.textContent).toContain('This cohort + Diabetes');
    expect(await accessibilityFaults()).toEqual([]);
    expect(stage.calls.filter((call) => call.name === 'overlap_cohorts').at(-1)?.input).toMatchObject({
      other_cohort_ids: ['1'],
    });
  });

  it('draws the records of one patient, goes through them by keyboard and lists them', async () => {
    await openBuilder('lena');
    await press('tab-why');
    await fill('why-find', 'be');
    await press('why-hit-0');
    const drawn = await see('timeline-drawn');
    expect(drawn.getAttribute('aria-valuemax')).toBe('5');
    drawn.focus();
    await key('End');
    await waitFor(() => maybe('timeline-current')?.textContent?.includes('Metformin 500 mg') === true);
    await key('ArrowLeft');
    await waitFor(() => maybe('timeline-current')?.textContent?.includes('Type 2 diabetes') === true);
    await press('timeline-list');
    await waitFor(() => maybe('timeline')?.querySelectorAll('tbody tr').length === 5);
    expect(await accessibilityFaults()).toEqual([]);
  });
});

describe('who is behind a number of the breakdown', () => {
  it('is listed for a clinician when asked for, and opens the chart', async () => {
    const stage = await startWindow();
    await signIn('lena');
    await press('nav-cohorts');
    await see('group-patients');
    expect(stage.calls.some((call) => call.name === 'list_group_patients')).toBe(false);
    await press('group-patients-show');
    await press('group-patient-0');
    await see('chart-banner');
  });

  it('is not shown to an analyst, who is told why', async () => {
    await startWindow();
    await signIn('tom');
    await press('nav-cohorts');
    const why = await see('group-patients-not');
    expect(why.textContent).toContain('clinicians only');
    expect(maybe('group-patients-show')).toBeNull();
  });
});
