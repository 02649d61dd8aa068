// @ts-check
/**
 * A client of Bookplate: signs in, calls the API, and hears what happens in the library, each event once and in order,
 * however often the line breaks. One file, nothing to install. docs/api.md shows how it is used.
 *
 * @typedef {{ id: number, type: string, at: string, book?: number, copy?: number }} LibraryEvent
 * @typedef {{ access: string, refresh: string }} Tokens
 * @typedef {"closed" | "connecting" | "catching up" | "connected" | "cut off" | "signed out"} State
 * @typedef {{ getItem(key: string): string | null, setItem(key: string, value: string): void, removeItem(key: string): void }} Keeper
 *
 * How a line ended: `code` as the socket was closed with, and whether it was any good before.
 * @typedef {{ code: number, heard: boolean }} End
 */

const SIGNED_OUT = 4401;
const NOT_AUTHENTICATED = 4408;
const TOO_MUCH = 4429;
const BROKEN = 1006;

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
const PAUSE_AFTER_TOO_MUCH = 5_000;
const PING_EVERY = 30_000;
const PATIENCE = 10_000;
const POLL_SECONDS = 25;
// So long it polls, before it looks whether a socket comes through now.
const POLLING = 60_000;
const AS_MANY_AS_COME = 500;
const KEY = "bookplate";

export class Bookplate {
  /** @type {State} */
  state = "closed";
  /**
   * The number of the last event that was heard; nothing up to it is told again.
   * @type {number | undefined}
   */
  last;

  /** @type {Map<string, Set<(told: any) => void>>} */
  #listeners = new Map();
  /** @type {AbortController | undefined} */
  #line;
  /** @type {Promise<boolean> | undefined} */
  #refreshing;
  /** Does at once what else would wait: the line is tried, or asked whether it still holds. */
  #hurry = () => {};

  /**
   * @param {string} server where the library is, `https://books.example.org`
   * @param {{ cookie?: boolean, keeper?: Keeper }} [options] `cookie`: a page of the library's own, with its session;
   *   `keeper`: where the tokens are kept, `localStorage` for instance; without it they are gone with the page
   */
  constructor(server, options = {}) {
    this.server = server.replace(/\/$/, "");
    this.cookie = options.cookie ?? false;
    this.keeper = options.keeper ?? kept();
  }

  /** @returns {Tokens | null} */
  get tokens() {
    return JSON.parse(this.keeper.getItem(KEY) ?? "null");
  }

  /**
   * @param {string} username
   * @param {string} password
   * @returns {Promise<Response>} its `ok` says whether it is done, else the problem is in it
   */
  async signIn(username, password) {
    const answer = await this.#send("/api/token/", posted({ username, password }));
    if (answer.ok) this.#keep(await answer.clone().json());
    return answer;
  }

  async signOut() {
    const { tokens } = this;
    this.close();
    this.keeper.removeItem(KEY);
    if (tokens) await this.#send("/api/token/revoke/", posted({ refresh: tokens.refresh }));
  }

  /**
   * `fetch` from the API as the one who is signed in; an access token that has run out is renewed.
   * @param {string} path
   * @param {RequestInit} [options]
   */
  async fetch(path, options = {}) {
    const stale = this.tokens?.access;
    const answer = await this.#send(path, options, stale);
    if (answer.status !== 401 || !stale || !(await this.#refresh(stale))) return answer;
    return this.#send(path, options, this.tokens?.access);
  }

  /**
   * Call `listener` with each event of this type ("loan.opened"), with all ("*"), with the state of the line ("state"),
   * or when all that is shown must be read anew ("resync"). Returns a function that stops it.
   * @param {string} type
   * @param {(told: any) => void} listener
   */
  on(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /**
   * Hear what happens from now on, or after event `since`.
   * @param {number} [since]
   */
  connect(since = this.last) {
    this.close();
    this.last = since;
    this.#line = new AbortController();
    this.#stay(this.#line.signal);
  }

  close() {
    this.#line?.abort();
    this.#line = undefined;
    this.#is("closed");
  }

  /** @param {AbortSignal} over */
  async #stay(over) {
    this.#watch(over);
    this.#is("connecting");
    let failures = 0;
    let refusals = 0;
    while (!over.aborted) {
      let end = await this.#listen(over);
      if (end.code === BROKEN && !end.heard && failures && !over.aborted) end = await this.#poll(over);
      failures = end.heard ? 0 : failures + 1;
      refusals = end.code === SIGNED_OUT && !end.heard ? refusals + 1 : 0;
      if (over.aborted) return;
      const pause = await this.#pauseAfter(end, failures, refusals).catch(() => pauseFor(failures));
      if (over.aborted) return;
      if (pause === undefined) return this.#is("signed out");
      this.#is(pause ? "cut off" : "catching up");
      if (pause) await this.#rest(pause, over);
    }
  }

  /**
   * How long to wait before the next try; nothing when there is nobody to try for.
   * @param {End} end
   * @param {number} failures
   * @param {number} refusals
   */
  async #pauseAfter({ code }, failures, refusals) {
    if (code === TOO_MUCH) return Math.max(PAUSE_AFTER_TOO_MUCH, pauseFor(failures));
    if (code !== SIGNED_OUT && code !== NOT_AUTHENTICATED) return code ? pauseFor(failures) : 0;
    if (this.cookie || !this.tokens) return undefined;
    if (code === SIGNED_OUT && !(await this.#refresh(this.#shown))) return undefined;
    // An access token lasts for minutes: that it ends is no fault, and nothing to be slow about. Two in a row are one.
    return code === SIGNED_OUT && refusals < 2 ? 0 : pauseFor(failures);
  }

  /** The access token that the line was opened with. */
  #shown = "";

  /**
   * Hear by a socket, until it ends.
   * @param {AbortSignal} over
   * @returns {Promise<End>}
   */
  #listen(over) {
    this.#shown = this.tokens?.access ?? "";
    if (!this.cookie && !this.#shown) return Promise.resolve({ code: SIGNED_OUT, heard: false });
    return new Promise((resolve) => {
      const socket = new WebSocket(this.#address());
      const done = new AbortController();
      let heard = false;
      let newest = 0;
      let late = setTimeout(() => end(BROKEN), PATIENCE);

      /** @param {number} code */
      const end = (code) => {
        if (done.signal.aborted) return;
        done.abort();
        clearTimeout(late);
        clearInterval(pings);
        this.#hurry = () => {};
        socket.close();
        resolve({ code, heard });
      };
      const ping = () => {
        if (socket.readyState !== WebSocket.OPEN || !heard) return;
        clearTimeout(late);
        late = setTimeout(() => end(BROKEN), PATIENCE);
        socket.send('{"type":"ping"}');
      };
      const pings = setInterval(ping, PING_EVERY);
      this.#hurry = ping;

      const { signal } = done;
      over.addEventListener("abort", () => end(BROKEN), { signal });
      globalThis.addEventListener?.("offline", () => end(BROKEN), { signal });
      socket.addEventListener("close", ({ code }) => end(code), { signal });
      socket.addEventListener("open", () => this.cookie || socket.send(this.#introduction()), { signal });
      socket.addEventListener("message", ({ data }) => take(JSON.parse(data)), { signal });

      /** @param {any} frame */
      const take = (frame) => {
        clearTimeout(late);
        if (frame.id) this.#hear(frame);
        else if (frame.type === "ready") {
          heard = true;
          newest = frame.last;
          this.#begin(newest, frame.gap) ? this.#is("connected") : (this.#is("catching up"), ping());
        } else if (frame.type === "pong" && this.state !== "connected") {
          frame.last < newest ? setTimeout(ping, FIRST_PAUSE / 4) : this.#is("connected");
        }
      };
    });
  }

  #address() {
    const address = `${this.server.replace(/^http/, "ws")}/ws/`;
    return this.cookie && this.last !== undefined ? `${address}?since=${this.last}` : address;
  }

  #introduction() {
    return JSON.stringify({ type: "authenticate", token: this.#shown, since: this.last });
  }

  /**
   * Whether nothing was missed, as the newest event there is has this number.
   * @param {number} newest
   * @param {boolean} gap whether some of what was missed is not kept any more
   */
  #begin(newest, gap = false) {
    const known = this.last ?? newest;
    // Numbers only go back where a library was restored from a backup: what is shown is of another time.
    this.last = Math.min(known, newest);
    if (gap || newest < known) this.#tell("resync", newest);
    return newest <= known;
  }

  /**
   * Hear by asking again and again, for a while, where no socket comes through.
   * @param {AbortSignal} over
   * @returns {Promise<End>}
   */
  async #poll(over) {
    const until = Date.now() + POLLING;
    let heard = false;
    try {
      this.last ??= Number((await this.#ask(Number.MAX_SAFE_INTEGER, 0, over)).headers.get("Last-Event"));
      while (Date.now() < until) {
        const answer = await this.#ask(this.last, heard ? POLL_SECONDS : 0, over);
        if (!answer.ok) return { code: codeOf(answer), heard };
        const events = await answer.json();
        if (over.aborted) break;
        events.forEach((/** @type {LibraryEvent} */ event) => this.#hear(event));
        // What was not for this person need not be looked at again; where there are more, they were not yet.
        this.#begin(Number(answer.headers.get("Last-Event") ?? this.last), answer.headers.has("Event-Gap"));
        this.last = Math.max(this.last, Number(answer.headers.get("Last-Event")));
        heard = true;
        this.#is(events.length < AS_MANY_AS_COME ? "connected" : "catching up");
      }
      return { code: 0, heard };
    } catch {
      return { code: BROKEN, heard };
    }
  }

  /**
   * @param {number} since
   * @param {number} wait
   * @param {AbortSignal} signal
   */
  #ask(since, wait, signal) {
    const path = `${this.cookie ? "" : "/api"}/events/?since=${since}&wait=${wait}`;
    // Our own pages lead whoever is signed out to the sign-in.
    const options = { signal: withLimit(signal, wait * 1000 + PATIENCE) };
    return this.cookie ? fetch(this.server + path, { ...options, redirect: "manual" }) : this.fetch(path, options);
  }

  /** @param {LibraryEvent} event */
  #hear(event) {
    if (this.last !== undefined && event.id <= this.last) return;
    this.last = event.id;
    this.#tell(event.type, event);
    this.#tell("*", event);
  }

  /** @param {State} state */
  #is(state) {
    if (state === this.state) return;
    this.state = state;
    this.#tell("state", state);
  }

  /**
   * @param {string} type
   * @param {unknown} told
   */
  #tell(type, told) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        listener(told);
      } catch (error) {
        (globalThis.reportError ?? console.error)(error); // the other listeners are told all the same
      }
    }
  }

  /**
   * A machine that wakes up, a page that is looked at again, a network that is back.
   * @param {AbortSignal} signal
   */
  #watch(signal) {
    const hurry = () => this.#hurry();
    globalThis.addEventListener?.("online", hurry, { signal });
    globalThis.document?.addEventListener("visibilitychange", hurry, { signal });
  }

  /**
   * @param {number} milliseconds
   * @param {AbortSignal} over
   * @returns {Promise<void>}
   */
  #rest(milliseconds, over) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        over.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      this.#hurry = done;
      over.addEventListener("abort", done);
    });
  }

  /**
   * Whether there is a token that is good now. One refresh at a time, over all tabs that share their tokens: a refresh
   * token that is used twice ends the sign-in.
   * @param {string} stale
   * @returns {Promise<boolean>}
   */
  #refresh(stale) {
    const renew = () => this.#renew(stale);
    const { locks } = globalThis.navigator ?? {};
    this.#refreshing ??= (locks ? locks.request("bookplate-refresh", renew) : renew()).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** @param {string} stale */
  async #renew(stale) {
    const { tokens } = this;
    if (!tokens || tokens.access !== stale) return Boolean(tokens); // another call, or another tab, was quicker
    const answer = await this.#send("/api/token/refresh/", posted({ refresh: tokens.refresh }));
    if (answer.ok) this.#keep(await answer.json());
    else if (answer.status !== 401) throw new Error(`The library could not refresh the sign-in (${answer.status}).`);
    else if (this.tokens?.refresh === tokens.refresh) this.keeper.removeItem(KEY);
    return answer.ok;
  }

  /** @param {Tokens} tokens */
  #keep({ access, refresh }) {
    this.keeper.setItem(KEY, JSON.stringify({ access, refresh }));
  }

  /**
   * @param {string} path
   * @param {RequestInit} options
   * @param {string} [token]
   */
  #send(path, options, token) {
    const headers = new Headers(options.headers);
    if (token) headers.set("Authorization", `Bearer ${token}`);
    if (typeof options.body === "string") headers.set("Content-Type", "application/json");
    return fetch(this.server + path, { ...options, headers });
  }
}

/** @param {unknown} body */
function posted(body) {
  return { method: "POST", body: JSON.stringify(body), signal: withLimit(new AbortController().signal, PATIENCE) };
}

/**
 * A signal that also comes when it takes too long: a line may be dead without a word.
 * @param {AbortSignal} signal
 * @param {number} milliseconds
 */
function withLimit(signal, milliseconds) {
  const either = new AbortController();
  const stop = () => either.abort();
  signal.addEventListener("abort", stop, { signal: either.signal });
  setTimeout(stop, milliseconds);
  return either.signal;
}

/**
 * It doubles, and no two clients wait equally long.
 * @param {number} failures
 */
function pauseFor(failures) {
  return Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE) * (0.5 + Math.random() / 2);
}

/**
 * What a socket would have been closed with.
 * @param {Response} answer
 */
function codeOf(answer) {
  if (answer.status === 401 || answer.type === "opaqueredirect") return SIGNED_OUT;
  return answer.status === 429 ? TOO_MUCH : BROKEN;
}

/** @returns {Keeper} */
function kept() {
  /** @type {Map<string, string>} */
  const values = new Map();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}
