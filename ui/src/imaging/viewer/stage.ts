// Draws one frame on a canvas: stored values through the window table into a canvas of the image's
// own size, that one scaled and placed on the stage. 2D only: WebKitGTK's WebGL is not dependable.
import { fillTable, paint, type WindowTable } from './window_level';
import type { Frame } from './frame_data';

export interface Placement {
  /** Screen pixels (CSS) an image column takes. */
  scale: number;
  /** Shift of the image's middle from the stage's middle, in CSS pixels. */
  x: number;
  y: number;
}

export interface Look {
  center: number;
  width: number;
  inverted: boolean;
}

/** Height of an image row over width of a column: not 1 where pixels are not square. */
export function aspectOf(frame: Frame): number {
  const spacing = frame.header.pixel_spacing_mm;
  return spacing && spacing[0] > 0 && spacing[1] > 0 ? spacing[0] / spacing[1] : 1;
}

export function fitScale(frame: Frame, width: number, height: number): number {
  return Math.min(width / frame.header.columns, height / (frame.header.rows * aspectOf(frame)));
}

export class Stage {
  #source: HTMLCanvasElement;
  #image: ImageData | null = null;
  #words: Uint32Array = new Uint32Array();
  #table: WindowTable = new Uint32Array(65_536);
  #drawn = '';
  #frame: Frame | null = null;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.#source = document.createElement('canvas');
  }

  /** Makes the canvas as large as its place on screen, in device pixels. */
  resize(width: number, height: number, ratio: number): void {
    const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
    if (this.canvas.width !== w) this.canvas.width = w;
    if (this.canvas.height !== h) this.canvas.height = h;
  }

  draw(frame: Frame, look: Look, place: Placement, ratio: number): void {
    // The source is only written and copied: kept in main memory, where WebKitGTK does not leak it
    // (repeated putImageData on an accelerated canvas did, WebKit pull request 34837).
    const source = this.#source.getContext('2d', { willReadFrequently: true });
    const stage = this.canvas.getContext('2d', { alpha: false });
    if (!source || !stage) return;
    this.#paint(source, frame, look);
    stage.setTransform(1, 0, 0, 1, 0, 0);
    stage.fillStyle = '#000';
    stage.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const width = frame.header.columns * place.scale * ratio;
    const height = frame.header.rows * aspectOf(frame) * place.scale * ratio;
    // Smooth when shrunk or a little enlarged; single pixels stay sharp when looked at closely.
    stage.imageSmoothingEnabled = place.scale * ratio < 3;
    stage.imageSmoothingQuality = 'high';
    // Whole device pixels: at 1:1 each stored value is one pixel on screen.
    const left = Math.round(this.canvas.width / 2 + place.x * ratio - width / 2);
    const top = Math.round(this.canvas.height / 2 + place.y * ratio - height / 2);
    stage.drawImage(this.#source, left, top, width, height);
  }

  #paint(source: CanvasRenderingContext2D, frame: Frame, look: Look): void {
    const { rows, columns, slope, intercept, kind, invert } = frame.header;
    const state = `${look.center}|${look.width}|${look.inverted}`;
    if (this.#frame === frame && this.#drawn === state) return;
    if (!this.#image || this.#image.width !== columns || this.#image.height !== rows) {
      this.#source.width = columns;
      this.#source.height = rows;
      this.#image = source.createImageData(columns, rows);
      this.#words = new Uint32Array(this.#image.data.buffer);
    }
    if (frame.grey) {
      fillTable(
        { ...look, slope, intercept, signed: kind === 'i16', inverted: look.inverted !== invert },
        this.#table,
      );
      paint(frame.grey, this.#table, this.#words);
    } else if (frame.colour) {
      this.#image.data.set(frame.colour);
      if (look.inverted)
        for (let at = 0; at < this.#words.length; at += 1)
          this.#words[at] = (this.#words[at] as number) ^ 0x00ffffff;
    }
    source.putImageData(this.#image, 0, 0);
    this.#frame = frame;
    this.#drawn = state;
  }
}
