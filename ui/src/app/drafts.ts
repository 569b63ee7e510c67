// Forms with unsaved content register here, so that a lock keeps them before the session ends.

/** Keeps what is unsaved; answers whether there was anything to keep. */
export type KeepDraft = () => Promise<boolean>;

const open = new Set<KeepDraft>();

export function registerDraft(keep: KeepDraft): () => void {
  open.add(keep);
  return () => open.delete(keep);
}

export async function keepOpenDrafts(): Promise<boolean> {
  const answers = await Promise.allSettled([...open].map((keep) => keep()));
  return answers.some((answer) => answer.status === 'fulfilled' && answer.value);
}
