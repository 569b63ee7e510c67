// Which overlay is open; one at a time.
export const overlays = $state({ palette: false, appearance: false, help: false });

export function openOverlay(name: keyof typeof overlays): void {
  overlays.palette = name === 'palette';
  overlays.appearance = name === 'appearance';
  overlays.help = name === 'help';
}

export function closeOverlays(): void {
  overlays.palette = false;
  overlays.appearance = false;
  overlays.help = false;
}
