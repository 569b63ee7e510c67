// The bars of a breakdown as a picture: drawn here, since the core has no fonts, and written by the core.
import type { Breakdown } from '../bridge/index';
import { showDate, showPercent } from '../app/format';
import { groupDigits, t, tn } from '../app/i18n/index.svelte';

/** Groups that are drawn; how many further there are is said below them. */
const most = 30;
const row = 26;
const width = 960;
/** Pixels of the file for one of the drawing, so that it is sharp in print. */
const scale = 2;

/** What is drawn with: the part of a canvas that is used. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  'fillRect' | 'fillText' | 'scale' | 'font' | 'fillStyle' | 'textAlign'
>;

/** The largest groups whose number is shown. */
const drawn = ({ groups }: Breakdown) => groups.filter((group) => group.count !== null).slice(0, most);

export function figureHeight(breakdown: Breakdown): number {
  return 92 + drawn(breakdown).length * row;
}

/** Draws in the colours of print, whatever the screen's are. */
export function drawFigure(pen: Pen, breakdown: Breakdown): void {
  const ink = '#16202c';
  const quiet = '#4a5666';
  const say = (text: string, x: number, y: number, colour: string, font = '13px system-ui, sans-serif') => {
    pen.font = font;
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  };
  const shown = drawn(breakdown);
  const highest = Math.max(1, ...shown.map((group) => group.count ?? 0));
  pen.fillStyle = '#ffffff';
  pen.fillRect(0, 0, width, figureHeight(breakdown));
  pen.textAlign = 'start';
  say(t('cohorts.title'), 16, 28, ink, '600 16px system-ui, sans-serif');
  const counted = t('cohorts.of', { total: groupDigits(breakdown.total_patients) });
  const day = t('cohorts.as_of', { date: showDate(breakdown.as_of) });
  const patients = breakdown.patients === null ? t('cohorts.few') : groupDigits(breakdown.patients);
  say(`${patients} ${counted}, ${day}`, 16, 48, quiet);
  shown.forEach((group, at) => {
    const y = 64 + at * row;
    const count = group.count ?? 0;
    const length = Math.max(1, (count * 460) / highest);
    const letters = [...(group.code === null ? t('cohorts.none') : group.title)];
    const title = letters.length > 46 ? `${letters.slice(0, 45).join('')}…` : letters.join('');
    pen.textAlign = 'end';
    say(title, 344, y + 14, ink);
    pen.textAlign = 'start';
    pen.fillStyle = '#0072b2';
    pen.fillRect(352, y, length, 18);
    const share = group.share_percent === null ? '' : ` · ${showPercent(group.share_percent)}`;
    say(`${groupDigits(count)}${share}`, 360 + length, y + 14, ink);
  });
  const rest = breakdown.groups.length - shown.length;
  if (rest > 0) say(tn('cohorts.further', rest), 16, figureHeight(breakdown) - 10, quiet);
}

/** The picture as PNG in base64; throws where the engine draws none. */
export async function figurePng(breakdown: Breakdown): Promise<string> {
  const canvas = document.createElement('canvas');
  canvas.width = width * scale;
  canvas.height = figureHeight(breakdown) * scale;
  const pen = canvas.getContext('2d');
  if (!pen) throw new Error('no canvas');
  pen.scale(scale, scale);
  drawFigure(pen, breakdown);
  const url = canvas.toDataURL('image/png');
  return url.slice(url.indexOf(',') + 1);
}
