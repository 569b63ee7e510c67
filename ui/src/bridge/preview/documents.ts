// Documents in the preview: one picture can be looked at and added; it is forgotten with the page.
import { problem } from '../backend';
import type {
  AddDocument,
  LookAtDocument,
  OneDocument,
  SaveDocument,
  WithdrawDocument,
} from '../generated/index';

/** One white pixel (PNG); a browser shows it under any name. */
const white = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTjoowAAAABJRU5ErkJggg==';

function pixel(): ArrayBuffer {
  return Uint8Array.from(atob(white), (letter) => letter.charCodeAt(0)).buffer;
}

export const documentHandlers = {
  look_at_document: (_input: LookAtDocument) => ({
    form: 'jpeg' as const,
    bytes_before: 4_812_000,
    bytes_after: 812_000,
    size_before: [3024, 4032] as [number, number],
    size_after: [1920, 2560] as [number, number],
    had_location: true,
    picture: white,
    content_hash: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
  }),
  add_document: ({ kind, date }: AddDocument) => {
    if (date === '31.2.2020') throw problem('invalid_input', 'no_such_day', { field: 'date' });
    return { document_id: kind === 'photo' ? '1' : '2' };
  },
  document_content: (_input: OneDocument) => pixel(),
  document_thumbnail: (_input: OneDocument) => pixel(),
  withdraw_document: (_input: WithdrawDocument) => ({}),
  save_document: (_input: SaveDocument) => ({ file: 'RustCare-document-1.jpg' }),
};
