export const imaging = {};
