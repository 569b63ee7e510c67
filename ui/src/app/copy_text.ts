/** Puts text on the clipboard; the older way where the engine refuses the newer one. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const holder = document.createElement('textarea');
    const before = document.activeElement;
    holder.value = text;
    holder.className = 'visually-hidden';
    document.body.append(holder);
    holder.select();
    const copied = document.execCommand('copy');
    holder.remove();
    if (before instanceof HTMLElement) before.focus();
    return copied;
  }
}
