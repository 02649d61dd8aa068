// A page that is there to be printed: the button has the focus, so that Enter is enough.
(() => {
  const button = document.querySelector("[data-print]");
  button.hidden = false;
  button.addEventListener("click", () => print());
  button.focus();
})();
