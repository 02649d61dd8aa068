// Keeps an open page true. An element says with data-live what it shows ("book-3", "loans", "people", "catalogue"); when an
// event about that comes over the socket, the element is asked to fetch itself anew (hx-trigger="live"). The cards of
// the catalogue are fetched together: an import or a busy desk changes many at once.
(() => {
  const LONGEST_PAUSE = 5000;
  const LONGEST_RETRY = 30000;
  const CARDS_AT_ONCE = 48; // as many as the server takes
  const SIGNED_OUT = 4401;
  const NOT_AUTHENTICATED = 4408;

  const path = document.body.dataset.socket;
  const note = document.getElementById("connection");
  let seen = Number(document.body.dataset.since);
  let socket;
  let retry = 1000;
  let away;

  const wanted = new Set();
  let timer;
  let pause = 150;
  let flushedAt = 0;

  function about(event) {
    const [noun] = event.type.split(".");
    const names = noun === "loan" || noun === "hold" ? ["loans"] : [];
    if (noun === "friend" || noun === "block") names.push("people");
    if (event.book && event.type !== "book.removed") names.push(`book-${event.book}`);
    if (event.type === "book.added" || event.type === "book.removed") names.push("catalogue");
    return names;
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
    const concerned = all.filter((element) => !isWrittenIn(element));
    wanted.clear();
    if (concerned.length < all.length) {
      all.filter(isWrittenIn).forEach((element) => wanted.add(element.dataset.live));
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

  // What somebody is writing is not taken from under their hands: it is shown once it was sent or given up.
  function isWrittenIn(element) {
    return [...element.querySelectorAll("input:not([type=hidden]), textarea")].some((field) => field.value !== field.defaultValue);
  }

  // The answer's cards name the places they take (hx-swap-oob).
  function fetchCards(cards) {
    const numbers = cards.map((card) => card.dataset.live.replace("book-", ""));
    const address = cards[0].closest("[data-cards]").dataset.cards;
    htmx.ajax("GET", `${address}?books=${numbers.join(",")}`, { swap: "none" });
  }

  function heard(message) {
    const event = JSON.parse(message.data);
    if (event.type === "ready") ready(event.last);
    if (event.id) {
      seen = event.id;
      want(about(event));
      if (event.type === "book.removed") document.querySelectorAll(`[data-live="book-${event.book}"]`).forEach(gone);
    }
  }

  function ready(last) {
    retry = 1000;
    clearTimeout(away);
    away = undefined;
    note.textContent = "";
    document.body.dataset.connected = "yes";
    if (last > seen) want(["everything"]);
    seen = last;
  }

  function lost(close) {
    delete document.body.dataset.connected;
    if (close.code === NOT_AUTHENTICATED) return;
    if (close.code === SIGNED_OUT) {
      note.textContent = "You are signed out. Reload the page to sign in again.";
      return;
    }
    away ??= setTimeout(() => (note.textContent = "Offline, trying again. What you see may be old."), 2000);
    setTimeout(connect, retry * (0.75 + Math.random() / 2));
    retry = Math.min(retry * 2, LONGEST_RETRY);
  }

  function connect() {
    const address = new URL(path, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(address);
    socket.addEventListener("message", heard);
    socket.addEventListener("close", lost);
  }

  // What was removed says so where it stood.
  function gone(element) {
    element.replaceChildren(element.dataset.gone ?? "This is no longer in the catalogue.");
  }

  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (detail.xhr.status === 404 && detail.elt.matches("[data-live]")) gone(detail.elt);
  });
  document.addEventListener("visibilitychange", () => !document.hidden && wanted.size && want([]));
  if (path) connect();
})();
