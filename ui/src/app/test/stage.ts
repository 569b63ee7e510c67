// Starts the whole window on invented data, for tests: type, press and look, as a person would.
import axe from 'axe-core';
import { vi } from 'vitest';
import type { Preview, PreviewOptions } from '../../bridge/preview/backend';
import { makePreview } from '../../bridge/preview/backend';

let unmount: (() => Promise<void> | void) | null = null;

export interface TestWindow extends Preview {
  /** Loads the page anew, as the lock does: all memory of the window is gone, the core stays. */
  reload: () => Promise<void>;
  reloads: number;
}

export async function startWindow(options: PreviewOptions = {}): Promise<TestWindow> {
  const preview = makePreview(options);
  const stage: TestWindow = { ...preview, reloads: 0, reload: () => open(stage) };
  localStorage.clear();
  sessionStorage.clear();
  await open(stage);
  return stage;
}

async function open(stage: TestWindow): Promise<void> {
  await unmount?.();
  document.body.innerHTML = '<div id="app"></div>';
  // A fresh set of modules is what a page load is: no store keeps anything.
  vi.resetModules();
  const svelte = await import('svelte');
  const bridge = await import('../../bridge/index');
  const session = await import('../session.svelte');
  const appearance = await import('../appearance.svelte');
  const { default: App } = await import('../App.svelte');
  bridge.useBackend(stage.backend);
  session.setWayOfLeaving(() => {
    stage.reloads += 1;
    void stage.reload();
  });
  appearance.startAppearance();
  const target = document.getElementById('app') as HTMLElement;
  const app = svelte.mount(App, { target, props: { core: true } });
  unmount = () => svelte.unmount(app);
  await settle();
}

/** Lets promises, effects and short timers run. */
export async function settle(milliseconds = 0): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  await new Promise((resolve) => setTimeout(resolve, 0));
}

export async function waitFor<Found>(
  look: () => Found | null | undefined | false,
  within = 4000,
): Promise<Found> {
  const end = Date.now() + within;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not seen in ${within} ms: ${look.toString()}`);
    await settle(10);
  }
}

export function maybe(testid: string): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-testid="${testid}"]`);
}

export function see(testid: string): Promise<HTMLElement> {
  return waitFor(() => maybe(testid)).catch(() => {
    throw new Error(
      `no ${testid} on screen: ${document.body.textContent?.replace(/\s+/g, ' ').slice(0, 400)}`,
    );
  });
}

export async function press(testid: string): Promise<void> {
  (await see(testid)).click();
  await settle();
}

/** Types into whatever has the focus. */
export function type(text: string): void {
  const field = document.activeElement;
  if (!(
    field instanceof HTMLInputElement ||
    field instanceof HTMLTextAreaElement ||
    field instanceof HTMLSelectElement
  ))
    throw new Error(`the focus is on ${field?.tagName}, which takes no text`);
  if (field instanceof HTMLSelectElement) {
    const option = [...field.options].find((entry) =>
      entry.text.toLowerCase().startsWith(text.toLowerCase()),
    );
    if (!option) throw new Error(`no choice begins with ${text}`);
    field.value = option.value;
    field.dispatchEvent(new Event('change', { bubbles: true }));
  } else {
    field.value += text;
    field.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }
}

export async function fill(testid: string, text: string): Promise<void> {
  const field = (await see(testid)) as HTMLInputElement;
  field.focus();
  if (!(field instanceof HTMLSelectElement)) field.value = '';
  type(text);
  await settle();
}

export async function key(name: string, held: { ctrl?: boolean; alt?: boolean } = {}): Promise<void> {
  const target = document.activeElement ?? document.body;
  const event = new KeyboardEvent('keydown', {
    key: name,
    ctrlKey: held.ctrl ?? false,
    altKey: held.alt ?? false,
    bubbles: true,
    cancelable: true,
  });
  const handled = !target.dispatchEvent(event);
  if (!handled && name === 'Tab') tab();
  await settle();
}

/** Moves the focus as Tab does, in document order, past what is hidden in closed groups. */
function tab(): void {
  const stops = [
    ...document.querySelectorAll<HTMLElement>(
      'a[href], button, input, select, textarea, summary, [tabindex]',
    ),
  ].filter(
    (element) =>
      element.tabIndex >= 0 &&
      !(element as HTMLButtonElement).disabled &&
      !(element.closest('details:not([open])') && element.tagName !== 'SUMMARY'),
  );
  const at = stops.indexOf(document.activeElement as HTMLElement);
  stops[(at + 1) % stops.length]?.focus();
}

export async function signIn(person: string): Promise<void> {
  await fill('sign-in-person', person);
  await fill('sign-in-passphrase', 'a long practice passphrase');
  await press('sign-in-submit');
  await see('status-bar');
}

/** What axe finds wrong; contrast is computed in tokens.test.ts, since jsdom paints nothing. */
export async function accessibilityFaults(): Promise<string[]> {
  const result = await axe.run(document, {
    rules: { 'color-contrast': { enabled: false } },
    resultTypes: ['violations'],
  });
  return result.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 160)}`),
  );
}
