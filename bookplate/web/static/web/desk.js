// The desk by keyboard alone. What is scanned is done in its order, however fast it comes; the line to type in is
// always ready for the next. Without this script the desk works as a plain form.
(() => {
  const form = document.getElementById("desk-form");
  const entry = document.getElementById("entry");
  const session = document.getElementById("session");
  const alarm = document.getElementById("alarm");
  const sounds = document.getElementById("sounds");
  const KEY = "bookplate.sounds";

  const queue = [];
  let busy = false;
  let trouble = "";

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-desk]")) return;
    event.preventDefault();
    queue.push({ url: event.target.action, values: Object.fromEntries(new FormData(event.target, event.submitter)) });
    if (event.target === form) entry.value = "";
    entry.focus();
    work();
  });

  async function work() {
    if (busy) return;
    busy = true;
    while (queue.length) await send(queue[0]);
    busy = false;
  }

  async function send({ url, values }) {
    // The member as the answer before this one left it, not as it was when this was scanned.
    values.card = document.getElementById("card").value;
    trouble = "";
    await htmx.ajax("POST", url, { values, target: session, swap: "innerHTML" }).catch(() => {});
    if (trouble) giveUp();
    for (const line of document.querySelectorAll("[data-ends]")) document.getElementById(line.dataset.ends)?.remove();
    queue.shift();
    // Whoever has tabbed on meanwhile stays there.
    if (document.activeElement === document.body) entry.focus();
    sound(alarm.textContent.trim() !== "");
  }

  // What could not be sent is named, and what was scanned after it is not done behind one's back.
  function giveUp() {
    const lost = queue.splice(1).concat(queue).map(({ values }) => values.entry).filter(Boolean);
    alarm.textContent = trouble + (lost.length ? ` Not done: ${lost.join(", ")}.` : "");
  }

  document.addEventListener("htmx:sendError", () => (trouble = "The library does not answer. Try again in a moment."));
  document.addEventListener("htmx:responseError", ({ detail }) => {
    trouble = detail.xhr.status === 403
      ? "This page was open too long. Reload it."
      : "The library could not do this. Try again in a moment.";
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      entry.value = "";
      form.requestSubmit();
    } else if (isUndo(event)) {
      event.preventDefault();
      // The last thing done, not an older one that happens to have the button.
      document.querySelector("#lines > li:not(.undone)")?.querySelector("[data-undo]")?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      move(event, event.key === "ArrowDown" ? 1 : -1);
    } else if (isTyped(event)) {
      entry.focus(); // and the letter goes there
    }
  });

  // A scanner types wherever the focus is, and its Enter must not press the button there.
  function isTyped(event) {
    return event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
  }

  // A slip opens in a tab of its own; whoever comes back from there scans on.
  session.addEventListener("click", back);
  document.getElementById("lines").addEventListener("click", back);

  function back(event) {
    if (event.target.closest("a[target]")) entry.focus();
  }

  function isUndo(event) {
    return (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z" && entry.value === "";
  }

  // Up and down between the line and what can be done below it.
  function move(event, step) {
    const stops = [entry, ...session.querySelectorAll("[data-stop]")];
    const next = stops[stops.indexOf(document.activeElement) + step];
    if (stops.length < 2 || !stops.includes(document.activeElement) || !next) return;
    event.preventDefault();
    next.focus();
  }

  let audio;

  function sound(refused) {
    if (!sounds.checked) return;
    audio ??= new AudioContext();
    if (refused) {
      tone(180, 0, 0.14);
      tone(140, 0.17, 0.24);
    } else {
      tone(880, 0, 0.06);
    }
  }

  function tone(pitch, after, seconds) {
    const oscillator = audio.createOscillator();
    const volume = audio.createGain();
    volume.gain.value = 0.06;
    oscillator.frequency.value = pitch;
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(audio.currentTime + after);
    oscillator.stop(audio.currentTime + after + seconds);
  }

  sounds.closest("label").hidden = false;
  sounds.checked = localStorage.getItem(KEY) !== "off";
  sounds.addEventListener("change", () => localStorage.setItem(KEY, sounds.checked ? "on" : "off"));
  entry.focus();
})();
