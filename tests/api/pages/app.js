// What a front end on another origin does: sign in, keep the tokens, call, page, change, refresh.
const api = new URLSearchParams(location.search).get("api") + "/api/";
const show = (id, text) => (document.getElementById(id).textContent = text);
const tokens = () => JSON.parse(localStorage.getItem("tokens") ?? "{}");
const post = (path, body) =>
  fetch(api + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
let next = null;
let first = null;

async function keepTokens(answer) {
  if (!answer.ok) throw new Error(`${answer.status} ${(await answer.json()).detail}`);
  localStorage.setItem("tokens", JSON.stringify(await answer.json()));
}

async function refresh() {
  await keepTokens(await post("token/refresh/", { refresh: tokens().refresh }));
  show("refreshed", Number(document.getElementById("refreshed").textContent) + 1);
}

async function call(address, options = {}) {
  const send = () => {
    const headers = { ...options.headers, Authorization: `Bearer ${tokens().access}` };
    return fetch(address, { ...options, headers });
  };
  const answer = await send();
  if (answer.status !== 401) return answer;
  await refresh();
  return send();
}

async function list(address) {
  const answer = await call(address);
  next = /<([^>]+)>; rel="next"/.exec(answer.headers.get("Link") ?? "")?.[1];
  const books = await answer.json();
  for (const book of books) {
    first ??= book;
    document.getElementById("books").append(Object.assign(document.createElement("li"), { textContent: book.title }));
  }
  show("said", `${answer.status}, ${books.length} books, ${next ? "more" : "the end"}`);
}

async function rename(title) {
  const address = `${api}books/${first.id}/`;
  // Read once and kept, so that a second change is one of something that has changed meanwhile.
  first.tag ??= (await call(address)).headers.get("ETag");
  const headers = { "Content-Type": "application/json", "If-Match": first.tag };
  const answer = await call(address, { method: "PATCH", headers, body: JSON.stringify({ title }) });
  const body = await answer.json();
  show("said", `${answer.status} ${body.title}, tag ${first.tag.length}`);
}

const attempt = (act) => act().catch((error) => show("said", `${error.name}: ${error.message}`));
const on = (id, event, act) =>
  document.getElementById(id).addEventListener(event, (happened) => {
    happened.preventDefault();
    show("said", "…");
    attempt(() => act(new FormData(happened.target instanceof HTMLFormElement ? happened.target : undefined)));
  });

on("sign-in", "submit", async (form) => {
  await keepTokens(await post("token/", Object.fromEntries(form)));
  show("said", "signed in");
  await whoAmI();
});
on("load", "click", () => list(`${api}books/?limit=2`));
on("more", "click", () => list(next));
on("edit", "submit", (form) => rename(form.get("title")));

async function whoAmI() {
  const me = await (await call(`${api}users/me/`)).json();
  show("who", `${me.username}, ${me.role}`);
}
if (tokens().access) attempt(whoAmI);
