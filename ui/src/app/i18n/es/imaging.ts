export const imaging = {
  'imaging.images_one': '1 imagen',
  'imaging.images_other': '{count} imágenes',
};
