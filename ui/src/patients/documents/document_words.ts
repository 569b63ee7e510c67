import type { DocumentEntry, DocumentKind } from '../../bridge/index';
import { t } from '../../app/i18n/index.svelte';

/** In the order in which they are offered; the last five are for those who see charts. */
export const administrativeKinds: readonly DocumentKind[] = ['photo', 'identity', 'insurance', 'consent'];
export const clinicalKinds: readonly DocumentKind[] = [
  'referral',
  'letter',
  'result',
  'clinical_photo',
  'other',
];

export function kindWord(kind: DocumentKind): string {
  return t(`document.kind_${kind}`);
}

/** What a document is called: its title, or what it is. */
export function documentName(entry: DocumentEntry): string {
  return entry.title || kindWord(entry.kind);
}
