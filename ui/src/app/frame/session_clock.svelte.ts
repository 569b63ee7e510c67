// Idle time as the window sees it: the core has the last word, this only warns and locks in time.
import { call, onStale } from '../../bridge/index';
import { lock, noteStatus, session, signedIn } from '../session.svelte';

export const countdownSeconds = 20;

let noteActive: () => void = () => {};
/** Counts as a sign of life of the person. */
export function stayOpen(): void {
  noteActive();
}

const statusEverySeconds = 30;

const state = $state<{ seconds_left: number | null }>({ seconds_left: null });

/** Seconds until the lock while the countdown shows, else null. */
export function countdown(): number | null {
  return state.seconds_left;
}

async function readStatus(): Promise<void> {
  try {
    noteStatus(await call('session_status', {}));
  } catch {
    // An ended session is handled by the bridge; anything else is tried again in a while.
  }
}

export function startSessionClock(): () => void {
  const idleSeconds = signedIn().idle_seconds;
  const tellEvery = Math.min(30, Math.max(1, idleSeconds / 4)) * 1000;
  let lastActivity = Date.now();
  let lastTold = Date.now();
  let lastStatus = Date.now();

  async function tellCore(): Promise<void> {
    lastTold = Date.now();
    try {
      noteStatus(await call('keep_session_alive', {}));
    } catch {
      // As above.
    }
  }

  function active(): void {
    lastActivity = Date.now();
    const wasCounting = state.seconds_left !== null;
    state.seconds_left = null;
    if (wasCounting || lastActivity - lastTold > tellEvery) void tellCore();
  }

  noteActive = active;

  function tick(): void {
    if (!session().signed_in) return;
    const now = Date.now();
    const left = Math.ceil(idleSeconds - (now - lastActivity) / 1000);
    state.seconds_left = left <= Math.min(countdownSeconds, idleSeconds - 1) ? Math.max(0, left) : null;
    const absolute = session().absolute_seconds_left;
    if (left <= 0 || (absolute !== null && absolute - (now - lastStatus) / 1000 <= 0)) {
      void lock(true);
      return;
    }
    if (now - lastStatus > statusEverySeconds * 1000) {
      lastStatus = now;
      void readStatus();
    }
  }

  const kinds = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const;
  for (const kind of kinds) window.addEventListener(kind, active, { passive: true, capture: true });
  const timer = setInterval(tick, 1000);
  const stopHearing = onStale((topics) => {
    if (topics.includes('vault')) void readStatus();
  });
  void readStatus();
  return () => {
    for (const kind of kinds) window.removeEventListener(kind, active, { capture: true });
    clearInterval(timer);
    stopHearing();
    state.seconds_left = null;
  };
}
