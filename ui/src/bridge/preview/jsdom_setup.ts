// What jsdom lacks and the window uses.
if (!HTMLDialogElement.prototype.showModal) {
  HTMLDialogElement.prototype.showModal = function showModal() {
    this.setAttribute('open', '');
  };
  HTMLDialogElement.prototype.close = function close() {
    this.removeAttribute('open');
  };
}
if (!Element.prototype.scrollIntoView) Element.prototype.scrollIntoView = () => {};
