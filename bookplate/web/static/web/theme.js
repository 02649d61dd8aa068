// Light or dark as the system has it, until the button says otherwise; the choice stays on this device.
// Not deferred: the colours must be right before the first paint.
(() => {
  const KEY = "bookplate.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;

  const systems = () => (system.matches ? "dark" : "light");
  const shown = () => root.dataset.theme || systems();

  function choose(theme) {
    if (theme === systems()) {
      delete root.dataset.theme;
      localStorage.removeItem(KEY);
    } else {
      root.dataset.theme = theme;
      localStorage.setItem(KEY, theme);
    }
  }

  const kept = localStorage.getItem(KEY);
  if (kept === "dark" || kept === "light") root.dataset.theme = kept;

  addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-button]");
    if (!button) return;
    button.hidden = false;
    button.addEventListener("click", () => choose(shown() === "dark" ? "light" : "dark"));
  });
})();
