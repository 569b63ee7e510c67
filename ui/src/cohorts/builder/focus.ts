// Where the focus goes when what had it is gone, or something new is to be filled in.
import { tick } from 'svelte';

/** Focuses the element of this number among those that a selector finds in `part`, once all is drawn; the last where there are fewer. */
export async function focusIn(part: HTMLElement | null, selector: string, at = 0): Promise<void> {
  await tick();
  const found = [...(part?.querySelectorAll<HTMLElement>(selector) ?? [])];
  const wanted = found[Math.max(0, Math.min(at, found.length - 1))];
  wanted?.scrollIntoView({ block: 'nearest' });
  wanted?.focus();
}

/** The field in which codes of an event are looked for. */
export const codeField = '[role="combobox"]';
