// What the books can be narrowed down to stands open beside them where there is room, as soon as something is looked
// for; on a phone it waits until somebody wants it. Whoever shuts it has the last word.
(() => {
  const narrow = document.getElementById("narrow");
  const wide = matchMedia("(min-width: 60rem)");
  let shut = false;

  function open() {
    if (wide.matches && !shut && narrow.querySelector("[data-facet]")) narrow.open = true;
  }

  narrow.querySelector("summary").addEventListener("click", () => (shut = narrow.open));
  document.addEventListener("htmx:afterSettle", open);
  open();
})();
