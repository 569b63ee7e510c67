// Drawn test objects in the frame format of the core: a head-like phantom, slice by slice.

import type { FrameHeader, Series, Study, StudyRow } from '../generated/index';
import { Random } from './random';

const magic = 0x52434631;

export function packFrame(header: FrameHeader, pixels: ArrayBufferView): ArrayBuffer {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = Math.ceil((8 + json.length) / 4) * 4;
  const buffer = new ArrayBuffer(start + pixels.byteLength);
  const view = new DataView(buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, json.length, true);
  new Uint8Array(buffer).set(json, 8);
  new Uint8Array(buffer).set(new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength), start);
  return buffer;
}

export function phantomFrame(slice: number, slices: number, side: number, modality: string): ArrayBuffer {
  const ct = modality === 'CT';
  const random = new Random(slice + 1);
  const pixels = ct ? new Int16Array(side * side) : new Uint16Array(side * side);
  const depth = Math.sin((Math.PI * (slice + 0.5)) / slices);
  const rx = 0.36 * depth + 0.05;
  const ry = 0.44 * depth + 0.05;
  let minimum = Infinity;
  let maximum = -Infinity;
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const u = (x / side - 0.5) / rx;
      const v = (y / side - 0.5) / ry;
      const r = Math.hypot(u, v);
      const noise = (random.next() - 0.5) * (ct ? 16 : 40);
      let value = ct ? -1000 : 12;
      if (r < 1) value = ct ? 40 : 260;
      if (r < 0.94) value = ct ? 900 : 90;
      if (r < 0.87) {
        const folds = Math.sin(u * 17 + Math.sin(v * 11) * 1.6 + slice * 0.1) * Math.cos(v * 15 - u * 6);
        value = (ct ? 34 : 620) + (r > 0.55 ? folds * (ct ? 8 : 170) : 0);
        const ventricle = Math.hypot((Math.abs(u) - 0.16) * 3.2, (v + 0.05) * 1.5);
        if (ventricle < 0.42 * depth) value = ct ? 8 : 210;
        if (Math.hypot(u - 0.42, v - 0.2) < 0.13 * depth) value = ct ? 70 : 1020;
      }
      const at = Math.round(value + noise);
      pixels[y * side + x] = ct ? at : Math.max(0, at);
      if (at < minimum) minimum = at;
      if (at > maximum) maximum = at;
    }
  }
  return packFrame(
    {
      rows: side, columns: side, kind: ct ? 'i16' : 'u16', slope: 1, intercept: 0, unit: ct ? 'HU' : null,
      window_center: ct ? 40 : 480, window_width: ct ? 80 : 1100, minimum, maximum: maximum, invert: false,
      pixel_spacing_mm: [240 / side, 240 / side], row_position: `${(slice * 2).toFixed(1)} mm`,
      orientation: ['R', 'L', 'A', 'P'], lossy: false,
      presets: ct
        ? [{ name: 'Brain', center: 40, width: 80 }, { name: 'Bone', center: 600, width: 2800 }, { name: 'Subdural', center: 75, width: 215 }]
        : [],
    },
    pixels,
  ); // prettier-ignore
}

export function makeStudies(patients: { patient_id: string; mrn: string; name: string }[]): StudyRow[] {
  const study = (id: number, modality: string, description: string, images: number, series: number, date: string, link: number | null, on_file: string, birth: string | null): StudyRow => {
    const patient = link === null ? undefined : patients[link];
    return {
      study_id: `s-${id}`, patient_id: patient?.patient_id ?? null, patient_on_file: on_file, birth_date_on_file: birth, birth_date_iso: birth,
      identifier_on_file: `H${87000 + id * 13}`, mrn: patient?.mrn ?? null, patient_name: patient?.name ?? null, date, date_iso: date,
      modality, description, series, images, state: patient ? 'linked' : 'unmatched', thumbnail_series_id: `se-${id}-1`,
    };
  }; // prettier-ignore
  return [
    study(1, 'MR', 'Head, T1 axial', 96, 2, '2026-11-20', null, 'DOE^JANE', '1987-03-02'),
    study(2, 'CT', 'Head without contrast', 48, 1, '2026-11-18', null, 'FARIAS^MARIA L', '1987-03-02'),
    study(3, 'CR', 'Chest PA', 1, 1, '2026-11-22', null, 'MENSAH^K', null),
    study(4, 'MR', 'Head, T1 and T2', 120, 2, '2026-10-02', 0, 'Patient A', '1961-01-09'),
    study(5, 'CT', 'Head', 40, 1, '2025-06-14', 0, 'Patient A', '1961-01-09'),
    study(6, 'US', 'Abdomen', 12, 1, '2026-09-30', 3, 'Patient B', '1979-12-01'),
  ];
}

export function makeStudy(row: StudyRow): Study {
  const per = Math.max(1, Math.floor(row.images / row.series));
  const side = row.modality === 'CR' ? 512 : 256;
  const series: Series[] = Array.from({ length: row.series }, (_, index) => ({
    series_id: `se-${row.study_id.slice(2)}-${index + 1}`,
    number: index + 1,
    modality: row.modality,
    description: index === 0 ? row.description : `${row.description}, second echo`,
    images: Array.from({ length: per }, (_image, place) => ({
      image_id: `${row.study_id}:${index + 1}:${place}:${per}:${side}:${row.modality}`,
      number: place + 1, frames: 1, rows: side, columns: side,
      displayable: !(row.modality === 'US' && place === 5),
      reason: row.modality === 'US' && place === 5 ? 'The file ends before its pixels do.' : null,
    })), // prettier-ignore
  }));
  return { row, banner: null, series };
}

export async function thumbnail(series_id: string): Promise<ArrayBuffer> {
  if (typeof OffscreenCanvas === 'undefined') return onePixelPng.slice().buffer;
  const canvas = new OffscreenCanvas(96, 96);
  const context = canvas.getContext('2d');
  if (!context) return onePixelPng.slice().buffer;
  const frame = phantomFrame(20, 48, 96, 'MR');
  const length = new DataView(frame).getUint32(4, true);
  const pixels = new Uint16Array(frame, Math.ceil((8 + length) / 4) * 4);
  const image = context.createImageData(96, 96);
  const shade = series_id.endsWith('2') ? 0.7 : 1;
  pixels.forEach((value, at) => {
    const grey = Math.min(255, (value / 1050) * 255 * shade);
    image.data.set([grey, grey, grey, 255], at * 4);
  });
  context.putImageData(image, 0, 0);
  return (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer();
}

const onePixelPng = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=='),
  (character) => character.charCodeAt(0),
);
