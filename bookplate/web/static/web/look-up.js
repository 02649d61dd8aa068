// Adding a book: Enter in the ISBN (which scanners send) looks it up, and what was found goes where nothing was typed,
// with a word where it came from. A field that somebody typed in, even meanwhile, is theirs.
(() => {
  const isbn = document.getElementById("id_isbn");
  const button = document.getElementById("look-up");
  if (!button) return;
  const note = (field) => document.getElementById(`${field.id}_from`);

  isbn.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    button.click();
  });

  // A second look-up may replace what the first one filled in.
  function isFree(field) {
    return field.value.trim() === "" || note(field) !== null;
  }

  function fill(field, found) {
    field.value = found.getAttribute("value");
    note(field)?.remove();
    const from = document.createElement("p");
    from.id = `${field.id}_from`;
    from.className = "help from";
    from.textContent = `From ${found.dataset.source}`;
    field.after(from);
    field.setAttribute("aria-details", from.id);
  }

  button.form.addEventListener("input", (event) => {
    note(event.target)?.remove();
    event.target.removeAttribute("aria-details");
  });

  document.getElementById("found").addEventListener("htmx:afterSwap", (event) => {
    for (const found of event.currentTarget.querySelectorAll("[data-fill]")) {
      const field = document.getElementById(`id_${found.dataset.fill}`);
      if (field && isFree(field)) fill(field, found);
    }
  });
})();
