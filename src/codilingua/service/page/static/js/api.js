// What to ask the server in; its answer out, or an error that says what kind of trouble it is.

import { currentLanguage } from "./i18n.js";

const ROOT = new URL("../../", import.meta.url);
const KEY_NAME = "codilingua-key";

/** The server said no, and why. */
export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** It will be able to answer later. */
export class Busy extends Problem {
  constructor(status, detail, retryAfter) {
    super(status, detail);
    this.retryAfter = retryAfter;
  }
}

/** There is nobody to answer. */
export class Unreachable extends Error {}

let askForKey = async () => null;

/** @param {(wrong: boolean) => Promise<string|null>} ask gets an API key from the user, null for none */
export function askWith(ask) {
  askForKey = ask;
}

export function hasKey() {
  return key() !== null;
}

export async function isAlive() {
  try {
    const response = await fetch(new URL("health/live", ROOT), { cache: "no-store" });
    return response.ok;
  } catch {
    return false;
  }
}

/** In the body, not in the address: those end up in the logs of proxies, and what is typed in is about a patient. */
export async function search(q, { limit, lang, rerank, filters }, signal) {
  const { answers } = await ask("api/search", {
    method: "POST",
    body: {
      queries: [q],
      limit,
      lang,
      rerank,
      ui: currentLanguage(),
      chapter: filters.chapters,
      code: filters.codes,
      billable: filters.depth === "billable",
      leaves: filters.depth === "leaves",
      no_external: filters.noExternal,
    },
    signal,
  });
  const [answer] = answers;
  if (answer.error) throw new Problem(answer.error.status, answer.error.detail);
  return answer;
}

export function card(code, signal) {
  return ask(`api/codes/${encodeURIComponent(code)}`, { query: { ui: currentLanguage() }, signal });
}

export function children(code, offset, signal) {
  return ask(`api/codes/${encodeURIComponent(code)}/children`, {
    query: { ui: currentLanguage(), offset, limit: 200 },
    signal,
  });
}

export function chapters(signal) {
  return ask("api/chapters", { query: { ui: currentLanguage() }, signal });
}

export function systems() {
  return ask("api/systems");
}

export function sendFeedback(said) {
  return ask("api/feedback", { method: "POST", body: said });
}

/** Null where the server keeps none. */
export async function preferences() {
  try {
    return await ask("api/preferences", { mayAsk: false });
  } catch {
    return null;
  }
}

/** False where the server does not keep them for this user: the browser does in any case. */
export async function keepPreferences(values) {
  try {
    await ask("api/preferences", { method: "PUT", body: values, mayAsk: false });
    return true;
  } catch (error) {
    return !(error instanceof Problem) || error instanceof Busy;
  }
}

async function ask(path, { method = "GET", query = {}, body, signal, mayAsk = true } = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== null && one !== undefined) url.searchParams.append(name, one);
  }
  for (;;) {
    const used = key();
    const response = await reach(url, { method, body, signal, used });
    if (response.status !== 401 || !mayAsk) return read(response);
    // Another request may have got a key meanwhile: then this one tries again with it.
    if (used !== key()) continue;
    forget();
    const given = await askForKey(used !== null);
    if (given === null) return read(response);
    remember(given);
  }
}

async function reach(url, { method, body, signal, used }) {
  const headers = { Accept: "application/json" };
  if (used !== null) headers["X-API-Key"] = used;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(url, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Unreachable(error.message);
  }
}

async function read(response) {
  if (response.ok) return response.json();
  // A proxy says these in front of a server that is away.
  if (response.status === 502) throw new Unreachable();
  const detail = await response.json().then(
    (problem) => String(problem.detail ?? ""),
    () => "",
  );
  if (response.status === 429 || response.status === 503) {
    throw new Busy(response.status, detail, seconds(response.headers.get("Retry-After")));
  }
  throw new Problem(response.status, detail);
}

function seconds(header) {
  const given = Number.parseInt(header ?? "", 10);
  return Number.isFinite(given) ? Math.min(Math.max(given, 1), 120) : 3;
}

function key() {
  try {
    return sessionStorage.getItem(KEY_NAME);
  } catch {
    return heldKey;
  }
}

let heldKey = null;

function remember(value) {
  heldKey = value;
  try {
    sessionStorage.setItem(KEY_NAME, value);
  } catch {
    // Held until the page is closed.
  }
}

function forget() {
  heldKey = null;
  try {
    sessionStorage.removeItem(KEY_NAME);
  } catch {
    // Nothing was kept.
  }
}
