// Keys that work on every screen. Single letters are off while typing and can be switched off.
import { call } from '../../bridge/index';
import { appearance } from '../appearance.svelte';
import { go, goBack, goRegister, view } from '../navigation.svelte';
import { wantPrint } from '../print_request.svelte';
import { lock, may } from '../session.svelte';
import { openOverlay } from './overlays.svelte';
import { goRoom, openRooms } from './rooms';

/** A scanner types faster than this between two characters; a person does not. */
const scannerGapMilliseconds = 40;
/** A single letter acts only when no other character follows at a scanner's pace. */
const letterWaitMilliseconds = 70;

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'range'].includes(target.type))
  );
}

function focusFilter(): void {
  document.querySelector<HTMLElement>('[data-filter]')?.focus();
}

async function openScanned(number: string): Promise<void> {
  if (!may('find_patients') || !may('open_chart')) return;
  try {
    const found = await call('find_patients', { text: number, limit: 2, offset: 0 });
    const only = found.patients.length === 1 ? found.patients[0] : undefined;
    if (only) go({ room: 'patients', screen: 'chart', patient_id: only.patient_id });
    else go({ room: 'patients', screen: 'find', text: number });
  } catch {
    go({ room: 'patients', screen: 'find', text: number });
  }
}

/** A chart is printed as papers made for it; other screens as they stand. */
function print(): void {
  if (document.querySelector('dialog[open]')) return;
  const here = view();
  if (here.room === 'patients' && here.screen === 'chart' && may('preview_particulars'))
    wantPrint(here.patient_id);
  else window.print();
}

function letter(key: string): void {
  if (document.querySelector('dialog[open]')) return;
  if (key === '?') openOverlay('help');
  else if (!appearance.letter_keys) return;
  else if (key === '/') focusFilter();
  else if (key === 'n' && may('register_patient') && view().room !== 'imaging') goRegister();
}

/** Listens until the returned function is called. */
export function listenForKeys(): () => void {
  let scanned = '';
  let lastAt = 0;
  let waiting: ReturnType<typeof setTimeout> | null = null;

  function onKey(event: KeyboardEvent): void {
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key === 'k') {
      event.preventDefault();
      openOverlay('palette');
      return;
    }
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key === 'l') {
      event.preventDefault();
      void lock();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && !event.altKey && key === 'p') {
      event.preventDefault();
      print();
      return;
    }
    if (event.altKey && !event.ctrlKey) {
      const room = /^[1-9]$/.test(event.key) ? openRooms()[Number(event.key) - 1] : undefined;
      if (room) {
        event.preventDefault();
        goRoom(room);
      } else if (event.key === 'ArrowLeft') {
        event.preventDefault();
        goBack();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.defaultPrevented || isTyping(event.target)) return;
    if (event.key === 'Enter') {
      if (/^[A-Za-z0-9]{10}$/.test(scanned) && Date.now() - lastAt < 4 * scannerGapMilliseconds) {
        event.preventDefault();
        void openScanned(scanned.toUpperCase());
      }
      scanned = '';
      return;
    }
    if (event.key.length !== 1) return;
    const now = Date.now();
    const fast = now - lastAt < scannerGapMilliseconds;
    scanned = fast ? scanned + event.key : event.key;
    lastAt = now;
    if (waiting) clearTimeout(waiting);
    waiting = fast ? null : setTimeout(() => letter(key), letterWaitMilliseconds);
  }

  window.addEventListener('keydown', onKey);
  return () => {
    window.removeEventListener('keydown', onKey);
    if (waiting) clearTimeout(waiting);
  };
}
