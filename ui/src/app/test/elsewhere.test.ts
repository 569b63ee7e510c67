import { describe, expect, it } from 'vitest';
import { accessibilityFaults, fill, key, maybe, press, see, signIn, startWindow, waitFor } from './stage';

const secret = 'velvet-heron-7f3a';

describe('a database elsewhere', () => {
  it('is set up with what is wrong said as it is typed, and a cohort is run there', async () => {
    const stage = await startWindow();
    await signIn('sol');
    await press('nav-admin');
    await press('tab-databases');
    await press('database-add');
    await see('database-dialog');
    await fill('database-name', 'Hospital');
    await fill('database-host', 'http//x y');
    maybe('database-host')?.dispatchEvent(new FocusEvent('blur'));
    await waitFor(() => maybe('database-dialog')?.textContent?.includes('db.hospital.org, or the folder'));
    await fill('database-host', 'db.hospital.org');
    await fill('database-database', 'research');
    await fill('database-schema', 'cdm');
    await fill('database-username', 'reader');
    await press('database-is_encrypted');
    await waitFor(() => maybe('database-dialog')?.textContent?.includes('Turn encryption on.'));
    await press('database-is_encrypted');
    await waitFor(() => !maybe('database-dialog')?.textContent?.includes('Turn encryption on.'));
    await press('database-password-keep');
    await fill('database-password', secret);
    expect(await accessibilityFaults()).toEqual([]);
    await press('database-save');
    await see('database-1');
    expect(document.body.innerHTML).not.toContain(secret);
    await press('database-change-1');
    expect(((await see('database-password-as_before')) as HTMLInputElement).checked).toBe(true);
    expect(document.body.innerHTML).not.toContain(secret);
    await press('database-save');
    await waitFor(() => maybe('database-dialog') === null);

    await press('nav-cohorts');
    await press('tab-builder');
    await fill('entry-0-codes', 'E11');
    await see('entry-0-codes-hit-0');
    await key('Enter');
    await see('entry-0-codes-out-0');
    await press('tab-elsewhere');
    // A custodian holds the key of the password that is kept.
    await see('elsewhere-connection');
    expect(maybe('elsewhere-password')).toBeNull();
    await waitFor(() => !(maybe('elsewhere-run') as HTMLButtonElement | null)?.disabled);
    await press('elsewhere-run');
    await see('elsewhere-cancel');
    const row = await see('elsewhere-patients');
    expect([...row.querySelectorAll('td')].map((cell) => cell.textContent)).toEqual(['222', '220', '−2']);
    expect(await accessibilityFaults()).toEqual([]);
    // Numbers never stand beside another definition.
    await press('builder-or');
    await waitFor(() => maybe('elsewhere-patients') === null);
    const sent = stage.calls.filter((call) => call.name === 'run_cohort_elsewhere');
    expect(sent).toHaveLength(1);
    expect(sent[0]?.input).toMatchObject({ connection_id: '1', password: null, of: { kind: 'sketch' } });
  });
});
