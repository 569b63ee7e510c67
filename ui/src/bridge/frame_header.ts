/**
 * What stands before the pixels of a frame. `image_frame` answers with bytes, little-endian: u32 magic
 * 0x52434631, u32 length of the header, the header as JSON, padding to 4, then the pixels (i16 or u16
 * grey, or RGBA bytes). `minimum` and `maximum` are stored values; window and presets are in modality
 * units, after slope and intercept.
 */
export type FrameHeader = {
  rows: number;
  columns: number;
  kind: 'u16' | 'i16' | 'rgba8';
  slope: number;
  intercept: number;
  unit: string | null;
  window_center: number | null;
  window_width: number | null;
  minimum: number;
  maximum: number;
  invert: boolean /*MONOCHROME1*/;
  pixel_spacing_mm: [number, number] | null;
  row_position: string | null;
  orientation: [string, string, string, string] | null /*left,right,top,bottom letters*/;
  lossy: boolean;
  presets: { name: string; center: number; width: number }[];
};
