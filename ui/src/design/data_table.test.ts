import { beforeEach, describe, expect, it, vi } from 'vitest';
import { maybe, press, see, settle, signIn, startWindow, waitFor } from '../app/test/stage';
import { TableState, type Column } from './table_state.svelte';

const rowsOf = () => [...document.querySelectorAll<HTMLElement>('[data-testid^="breakdown-table-row-"]')];
const titles = () =>
  [...(maybe('breakdown-table')?.querySelectorAll('thead th') ?? [])].map((th) => th.textContent?.trim());
const copied: string[] = [];

function send(target: Element, key: string, rest: KeyboardEventInit = {}): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...rest }));
}

async function openBreakdown(): Promise<void> {
  await press('nav-cohorts');
  await waitFor(() => rowsOf().length === 15);
}

function filter(text: string): void {
  const input = maybe('breakdown-table-filter') as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
}

beforeEach(async () => {
  copied.length = 0;
  vi.stubGlobal('navigator', {
    ...navigator,
    clipboard: { writeText: async (text: string) => void copied.push(text) },
  });
  await startWindow();
  await signIn('tom');
  await openBreakdown();
});

describe('a table', () => {
  it('is filtered by words in any column, accents folded, and says how many are left', async () => {
    filter('DIABÉTES melli');
    await waitFor(() => rowsOf().length === 1);
    expect(rowsOf()[0]?.textContent).toContain('Type 2 diabetes');
    expect(maybe('breakdown-table-filter')?.parentElement?.textContent).toContain('1 of 15');
    filter('');
    await waitFor(() => rowsOf().length === 15);
  });

  it('has its columns chosen, never without the first, and keeps them for the session', async () => {
    await see('breakdown-table-column-female');
    expect(maybe('breakdown-table-column-title')).toBeNull();
    (maybe('breakdown-table-column-female') as HTMLInputElement).click();
    await waitFor(() => !titles().includes('Female, %'));
    await press('nav-today');
    await openBreakdown();
    expect(titles()).not.toContain('Female, %');
    (maybe('breakdown-table-column-female') as HTMLInputElement).click();
    await waitFor(() => titles().includes('Female, %'));
  });

  it('has columns that are made wider and narrower by keys', async () => {
    const grip = await see('breakdown-table-width-code');
    send(grip, 'ArrowRight');
    send(grip, 'ArrowRight');
    await settle(10);
    const before = Number(grip.getAttribute('aria-valuenow'));
    send(grip, 'ArrowRight');
    await waitFor(() => Number(grip.getAttribute('aria-valuenow')) === before + 16);
    expect(grip.closest('th')?.style.width).toBe(`${before + 16}px`);
    send(grip, 'Home');
    await waitFor(() => grip.getAttribute('aria-valuenow') === '0');
  });

  it('hands out the cell in focus, then the rows chosen, by keys alone', async () => {
    const first = rowsOf()[0] as HTMLElement;
    first.focus();
    send(first, 'ArrowRight');
    send(document.activeElement as Element, 'ArrowRight');
    expect(document.activeElement?.textContent).toContain('I10');
    send(document.activeElement as Element, 'c', { ctrlKey: true });
    await waitFor(() => copied.length === 1);
    expect(copied[0]).toBe('I10');

    first.focus();
    send(first, ' ');
    send(first, 'ArrowDown', { shiftKey: true });
    await waitFor(() => rowsOf().filter((row) => row.getAttribute('aria-selected') === 'true').length === 2);
    send(document.activeElement as Element, 'c', { ctrlKey: true });
    await waitFor(() => copied.length === 2);
    const lines = copied[1]?.split('\n') ?? [];
    expect(lines).toHaveLength(3);
    expect(lines[0]?.split('\t').slice(0, 3)).toEqual(['Primary diagnosis', 'Code', 'Patients']);
    expect(lines[1]?.split('\t').slice(0, 3)).toEqual(['Essential (primary) hypertension', 'I10', '412']);
  });

  it('has one row that Tab comes to', () => {
    expect(rowsOf().filter((row) => row.tabIndex === 0)).toHaveLength(1);
  });
});

describe('a hit of a search', () => {
  it('is copied as one line: name, date of birth, number', async () => {
    await startWindow();
    await signIn('amina');
    await press('nav-patients');
    const hit = await see('find-hit-0');
    hit.focus();
    send(hit, 'c', { ctrlKey: true });
    await waitFor(() => copied.length === 1);
    expect(copied[0]).toMatch(/^BERG, .+\t\d\d \w{3} \d{4}\tRC\w{8}$/);
  });
});

describe('copied lines', () => {
  it('keep their columns whatever a cell holds', () => {
    const columns: Column<string>[] = [
      { id: 'a', title: 'A', text: (row) => row },
      { id: 'b', title: 'B', text: () => 'x' },
      { id: 'acts', title: 'Acts', title_hidden: true, text: () => 'button' },
    ];
    expect(new TableState<string>(undefined).lines(['one\ttwo\nthree'], columns)).toBe('one two three\tx');
  });
});
