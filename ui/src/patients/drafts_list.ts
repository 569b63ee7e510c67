// The registrations that were begun and not saved: each has a place of its own in the core.
import { call, type KeptDraft } from '../bridge/index';
import { bannerName } from '../app/format';
import { t } from '../app/i18n/index.svelte';
import { readDraftBody, type PatientDraft } from './draft_body';

const draftKind = 'register_patient';

export interface KeptRegistration {
  /** The place it is kept in. */
  kind: string;
  kept_at: string | null;
  draft: PatientDraft;
}

/** The place of a form: one for each, so that none takes another's. */
export function draftPlace(form_id: string): string {
  return `${draftKind}/${form_id}`;
}

function read(kept: KeptDraft): KeptRegistration {
  try {
    return { kind: kept.kind, kept_at: kept.kept_at, draft: readDraftBody(kept.body) };
  } catch {
    // What cannot be read any more can still be seen to be there, and be discarded.
    return { kind: kept.kind, kept_at: kept.kept_at, draft: { form: {}, not_kept: [] } };
  }
}

/** All of the person signed in, the newest first. */
export async function keptRegistrations(): Promise<KeptRegistration[]> {
  const { drafts } = await call('list_drafts', {});
  return drafts.filter((kept) => kept.kind.split('/')[0]?.startsWith(draftKind)).map(read);
}

export async function discardRegistration(kept: KeptRegistration): Promise<void> {
  await call('take_draft', { kind: kept.kind });
}

/** Whose it is, as far as it was typed. */
export function registrationName({ draft }: KeptRegistration): string {
  const { family_name, given_name } = draft.form;
  const name = { family_name: family_name ?? '', given_name: given_name ?? '', preferred_name: null };
  return bannerName(name) || t('banner.unnamed');
}
