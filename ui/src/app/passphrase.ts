// A meter in words, to guide while typing. Whether a passphrase is accepted is the core's decision.

/** NIST SP 800-63B-4 section 3.1.1.2: at least 15 characters where a passphrase is the only factor. */
export const leastPassphraseLength = 15;

export type PassphraseStrength = 'empty' | 'short' | 'weak' | 'fair' | 'strong';

export function passphraseStrength(passphrase: string): PassphraseStrength {
  const characters = [...passphrase.normalize('NFC')];
  if (characters.length === 0) return 'empty';
  if (characters.length < leastPassphraseLength) return 'short';
  const distinct = new Set(characters.map((character) => character.toLowerCase())).size;
  const words = new Set(
    passphrase
      .toLowerCase()
      .split(/[\s.,;:_-]+/)
      .filter((word) => word.length > 2),
  ).size;
  if (distinct < 8) return 'weak';
  if (characters.length >= 20 && (words >= 4 || distinct >= 14)) return 'strong';
  return 'fair';
}
