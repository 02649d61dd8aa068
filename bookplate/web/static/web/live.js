// Keeps an open page true. An element says with data-live what it shows ("book-3", "loans", "people", "catalogue"); when an
// event about that comes, the element is asked to fetch itself anew (hx-trigger="live"). The cards of the catalogue are
// fetched together: an import or a busy desk changes many at once.
import { Bookplate } from "./bookplate-client.js";

const LONGEST_PAUSE = 5000;
const CARDS_AT_ONCE = 48; // as many as the server takes
const SLOW_AFTER = 2000; // a line that is back sooner was not worth a word
const CONCERNS = {
  loan: ["loans"],
  hold: ["loans"],
  friend: ["people"],
  block: ["people"],
};
const AWAITS = /^(hold\.|friend\.|loan\.closed)/;

const { body } = document;
const note = document.getElementById("connection");
const library = new Bookplate(location.origin, { cookie: true });

const wanted = new Set();
let asked = [];
let timer;
let pause = 150;
let flushedAt = 0;
let away;
let failed = false;

function about({ type, book }) {
  const names = [...(CONCERNS[type.split(".")[0]] ?? [])];
  if (AWAITS.test(type)) names.push("notices");
  if (book && type !== "book.removed") names.push(`book-${book}`);
  if (type === "book.added" || type === "book.removed") names.push("catalogue");
  return type === "catalogue.loaded" ? ["everything"] : names;
}

// Ten thousand events of an import become a few requests: the pause doubles while they keep coming.
function want(names) {
  names.forEach((name) => wanted.add(name));
  if (timer) return;
  const quiet = Date.now() - flushedAt > 2 * LONGEST_PAUSE;
  pause = quiet ? 150 : Math.min(pause * 2, LONGEST_PAUSE);
  timer = setTimeout(flush, pause);
}

function flush() {
  timer = undefined;
  if (document.hidden) return;
  flushedAt = Date.now();
  const all = [...document.querySelectorAll("[data-live]")].filter(isConcerned);
  const concerned = all.filter((element) => !isInUse(element));
  asked = [...wanted];
  wanted.clear();
  if (concerned.length < all.length) {
    all.filter(isInUse).forEach((element) => wanted.add(element.dataset.live));
    timer = setTimeout(flush, LONGEST_PAUSE / 5);
  }
  // What stands in another that is fetched comes with it.
  const outer = concerned.filter((element) => !concerned.includes(element.parentElement.closest("[data-live]")));
  const cards = outer.filter((element) => element.matches("[data-cards] .card"));
  outer.filter((element) => !cards.includes(element)).forEach((element) => htmx.trigger(element, "live"));
  while (cards.length) fetchCards(cards.splice(0, CARDS_AT_ONCE));
}

function isConcerned(element) {
  const unless = element.dataset.liveUnless;
  if (unless && element.querySelector(unless)) return false;
  return wanted.has("everything") || wanted.has(element.dataset.live);
}

// What somebody is writing is not taken from under their hands: it is shown once it was sent or given up. Nor is what
// they have tabbed to, where it has no name by which the focus would find it again.
function isInUse(element) {
  const focus = document.activeElement;
  if (focus !== element && element.contains(focus) && !focus.id) return true;
  return [...element.querySelectorAll("input:not([type=hidden]), textarea, select")].some(isChanged);
}

function isChanged(field) {
  if (field.options) {
    const first = [...field.options].findIndex((option) => option.defaultSelected);
    return field.selectedIndex !== Math.max(first, 0);
  }
  return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
}

// The answer's cards name the places they take (hx-swap-oob).
function fetchCards(cards) {
  const numbers = cards.map((card) => card.dataset.live.replace("book-", ""));
  const address = cards[0].closest("[data-cards]").dataset.cards;
  htmx.ajax("GET", `${address}?books=${numbers.join(",")}`, { swap: "none" }).catch(() => {});
}

// What was removed says so where it stood.
function gone(element) {
  element.replaceChildren(element.dataset.gone ?? "This is no longer in the catalogue.");
}

const WORDS = {
  "cut off": "Offline, trying again. What you see may be old.",
  "catching up": "Back again, catching up.",
  "signed out": "You are signed out. Reload the page to sign in again.",
};

// One calm line; a line that is lost and back within two seconds is nobody's business.
function say() {
  clearTimeout(away);
  const words = WORDS[library.state] ?? (failed ? "The library does not answer. What you see may be old." : "");
  if (library.state === "cut off" && !note.textContent) away = setTimeout(() => (note.textContent = words), SLOW_AFTER);
  else if (library.state !== "catching up" || note.textContent) note.textContent = words;
}

function changed(state) {
  if (state === "connected") body.dataset.connected = "yes";
  else delete body.dataset.connected;
  say();
}

function isOurs({ elt, pathInfo }) {
  const cards = document.querySelector("[data-cards]")?.dataset.cards;
  return elt.matches("[data-live]") || Boolean(cards && pathInfo?.requestPath.startsWith(`${cards}?`));
}

// What could not be fetched is wanted still.
function again({ detail }) {
  if (!isOurs(detail)) return;
  failed = true;
  say();
  asked.forEach((name) => wanted.add(name));
  timer ??= setTimeout(flush, LONGEST_PAUSE);
}

document.addEventListener("htmx:sendError", again);
document.addEventListener("htmx:responseError", (event) => {
  const { xhr, elt } = event.detail;
  if (xhr.status === 404 && elt.matches("[data-live]")) gone(elt);
  if (xhr.status === 429 || xhr.status >= 500) again(event);
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!failed || !detail.successful || !isOurs(detail)) return;
  failed = false;
  say();
});
document.addEventListener("visibilitychange", () => !document.hidden && wanted.size && want([]));

if (body.dataset.since) {
  library.on("*", (event) => {
    want(about(event));
    if (event.type === "book.removed") document.querySelectorAll(`[data-live="book-${event.book}"]`).forEach(gone);
  });
  library.on("resync", () => want(["everything"]));
  library.on("state", changed);
  library.connect(Number(body.dataset.since));
}
