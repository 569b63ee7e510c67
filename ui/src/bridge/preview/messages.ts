// Messages as the core would list them: one that waits, and an interface that is off.
import { reasonSentences } from '../generated/core_words';
import type { InterfaceSettings, InterfaceState, MessageRow, MessageView } from '../generated/index';

const reason = reasonSentences.hl7_no_date.replace('{field}', 'PID-7');
const waiting: MessageRow = {
  message_id: '1',
  at: '2026-11-24T09:12:00Z',
  origin: 'from the laboratory.hl7',
  sender: 'HIS · NORTH',
  control_id: '4711',
  kind: 'ADT^A28',
  state: 'quarantined',
  patient: null,
  why: { reason: 'hl7_no_date', values: { field: 'PID-7' } },
  reason,
  place: { segment: 'PID', line: 2, field: 7 },
  left_out: [],
  ack_code: 'AE',
  corrects: null,
  decided_by: null,
  decided_at: null,
  decision: null,
};
const lines = [
  'MSH|^~\\&|HIS|NORTH|EMR|CLINIC|20261124||ADT^A28|4711|P|2.5',
  'PID|1||77^^^NORTH^MR||Ruiz^Ana||yesterday|F',
];

export class PreviewMessages {
  #row: MessageRow = waiting;
  #settings: InterfaceSettings = { on: false, port: 2575, allow: [], encrypted: false, known_as: [] };

  list(state: MessageRow['state'] | null) {
    const messages = state === null || state === this.#row.state ? [this.#row] : [];
    const counts = { taken: 0, quarantined: 0, replayed: 0, dismissed: 0 };
    counts[this.#row.state] = 1;
    return { messages, counts };
  }

  open(): MessageView {
    return { row: this.#row, lines };
  }

  replay(corrected: string[] | null) {
    const taken = corrected?.some((line) => /\|\d{8}\|/.test(line)) ?? false;
    if (taken) this.#row = { ...this.#row, state: 'replayed' };
    return taken
      ? { taken, patient: null, why: null, reason: '', place: null }
      : { taken, patient: null, why: waiting.why, reason, place: waiting.place };
  }

  dismiss(decision: string) {
    this.#row = { ...this.#row, state: 'dismissed', decision };
    return {};
  }

  interface(settings = this.#settings): InterfaceState {
    this.#settings = settings;
    return {
      settings,
      listening: settings.on,
      address: settings.on ? `127.0.0.1:${settings.port}` : null,
      why: null,
      connections: 0,
      taken: 0,
      quarantined: 0,
      turned_away: 0,
      last_at: null,
      certificate: settings.encrypted
        ? {
            pem: '-----BEGIN CERTIFICATE-----\n(preview)\n-----END CERTIFICATE-----\n',
            fingerprint: Array.from({ length: 32 }, (_, n) =>
              n.toString(16).padStart(2, '0').toUpperCase(),
            ).join(':'),
            until: '2031-11-27',
            days_left: 1826,
            names: ['localhost', '127.0.0.1', ...settings.known_as],
          }
        : null,
    };
  }
}
