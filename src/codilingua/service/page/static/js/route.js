// The hash of the address in; what is shown (query, code, chapters) out, and back. The hash never leaves the browser.

const listeners = new Set();

/** `{ q, code, view }`; empty strings where there is none. */
export function here() {
  return parse(location.hash);
}

export function parse(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  return { q: parts.get("q") ?? "", code: parts.get("code") ?? "", view: parts.get("view") ?? "" };
}

export function href({ q = "", code = "", view = "" }) {
  const parts = new URLSearchParams();
  if (q) parts.set("q", q);
  if (code) parts.set("code", code);
  if (view) parts.set("view", view);
  return `#${parts}`;
}

/** Link to a code beside what is shown now. */
export function codeHref(code) {
  return href({ ...here(), code });
}

/** Show something else. `replace` makes no step that one could go back to. */
export function go(to, { replace = false } = {}) {
  const target = href(to);
  if (target === href(here())) return;
  const depth = history.state?.depth ?? 0;
  const url = target === "#" ? location.pathname + location.search : target;
  if (replace) history.replaceState({ depth }, "", url);
  else history.pushState({ depth: depth + 1 }, "", url);
  tell();
}

/** One step back within the page; from where the page was entered, to what is shown without the card. */
export function back() {
  if ((history.state?.depth ?? 0) > 0) history.back();
  else go({ ...here(), code: "" }, { replace: true });
}

export function onRoute(listener) {
  listeners.add(listener);
}

export function startRouting() {
  addEventListener("popstate", tell);
  document.addEventListener("click", followLink);
  tell();
}

function tell() {
  const shown = here();
  for (const listener of listeners) listener(shown);
}

/** Links within the page are followed here, so that the way back is known; with a key held, by the browser. */
function followLink(event) {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
  if (!link || link.dataset.skip || event.defaultPrevented) return;
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(parse(link.getAttribute("href")));
}
