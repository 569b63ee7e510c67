// How this workstation looks: kept in the window's own storage, never patient data.
import { languages, setLanguage, type Language } from './i18n/index.svelte';

export type Theme = 'system' | 'light' | 'dark';
export const textSizes = [100, 115, 130, 150, 200] as const;
export type TextSize = (typeof textSizes)[number];

export interface Appearance {
  theme: Theme;
  text_size: TextSize;
  reduced_motion: boolean;
  /** Single letters act as keys outside text fields. */
  letter_keys: boolean;
  rail_folded: boolean | null;
  /** Null follows the clinic's language. */
  language: Language | null;
}

const key = 'rustcare.appearance';
const initial: Appearance = {
  theme: 'system',
  text_size: 100,
  reduced_motion: false,
  letter_keys: true,
  rail_folded: null,
  language: null,
};

function read(): Appearance {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Appearance>;
    const next = { ...initial, ...kept };
    if (!textSizes.includes(next.text_size)) next.text_size = 100;
    if (next.language !== null && !languages.includes(next.language)) next.language = null;
    return next;
  } catch {
    return { ...initial };
  }
}

export const appearance = $state<Appearance>(read());
let clinicLanguage: Language = 'en';

const systemDark = window.matchMedia?.('(prefers-color-scheme: dark)');

function apply(): void {
  const root = document.documentElement;
  const dark = appearance.theme === 'dark' || (appearance.theme === 'system' && systemDark?.matches === true);
  root.dataset['theme'] = dark ? 'dark' : 'light';
  root.dataset['motion'] = appearance.reduced_motion ? 'none' : 'full';
  root.style.fontSize = `${appearance.text_size}%`;
  setLanguage(appearance.language ?? clinicLanguage);
}

export function changeAppearance(change: Partial<Appearance>): void {
  Object.assign(appearance, change);
  localStorage.setItem(key, JSON.stringify(appearance));
  apply();
}

/** The clinic's language, used where this workstation has none of its own. */
export function followClinicLanguage(tag: string | null): void {
  clinicLanguage = tag === 'es' ? 'es' : 'en';
  apply();
}

export function startAppearance(): void {
  systemDark?.addEventListener('change', apply);
  apply();
}
