// What the first number will look like, while its parts are typed. The core issues the real ones.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Check character of ISO 7064 MOD 37,36 over digits and capital letters. */
export function checkCharacter(payload: string): string {
  let product = 36;
  for (const character of payload) {
    const sum = (product + alphabet.indexOf(character)) % 36 || 36;
    product = (sum * 2) % 37;
  }
  return alphabet[(37 - product) % 36] ?? '';
}

const payloadLength = 9;

export function mostFirstNumber(prefix: string): number {
  return 10 ** (payloadLength - prefix.length) - 1;
}

/** Ten characters, or null where prefix or number are not usable. */
export function sampleMrn(prefix: string, first: number): string | null {
  if (!/^[A-Z0-9]{1,3}$/.test(prefix)) return null;
  if (!Number.isInteger(first) || first < 1 || first > mostFirstNumber(prefix)) return null;
  const payload = prefix + String(first).padStart(payloadLength - prefix.length, '0');
  return payload + checkCharacter(payload);
}
