/** The longest bar of 1, 2 or 5 times a power of ten millimetres that fits into `most` pixels. */
export function scaleBar(
  pixelsPerMillimetre: number,
  most: number,
): { millimetres: number; pixels: number } | null {
  if (!(pixelsPerMillimetre > 0) || !(most > 0)) return null;
  const longest = most / pixelsPerMillimetre;
  const power = 10 ** Math.floor(Math.log10(longest));
  const millimetres = [5, 2, 1].map((step) => step * power).find((length) => length <= longest) ?? power;
  return { millimetres, pixels: millimetres * pixelsPerMillimetre };
}

export function barWords(millimetres: number): string {
  return millimetres >= 10 ? `${millimetres / 10} cm` : `${Number(millimetres.toPrecision(3))} mm`;
}
