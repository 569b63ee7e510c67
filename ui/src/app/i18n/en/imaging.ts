export const imaging = {
  'imaging.images_one': '1 image',
  'imaging.images_other': '{count} images',
};
