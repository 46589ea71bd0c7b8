// What is typed in; the hits of it shown as it grows, and in a better order once the typing pauses, out.

import { Problem, search } from "./api.js";
import { patiently } from "./connection.js";
import { byId, el, fill, icon } from "./dom.js";
import { HitList } from "./hits.js";
import { languageName, t, tn } from "./i18n.js";
import { go, here } from "./route.js";
import { announce } from "./say.js";
import { change, settings } from "./settings.js";

const TYPED = 120;
const PAUSED = 450;
const MOST = 200;

const box = byId("query");
const afterAnswer = new Set();
let asking = null;
let timers = [];
let limit = settings.limit;
let answer = null;
let list = null;
let parts = null;
let pendingQuery = "";

export function startSearch() {
  build();
  box.addEventListener("input", onInput);
  box.addEventListener("keydown", onKey);
  byId("search-form").addEventListener("submit", (event) => event.preventDefault());
  byId("clear").addEventListener("click", () => {
    go({ ...here(), q: "", code: "" });
    box.focus();
  });
}

/** Make the list anew: in another language its words are others. */
export function build() {
  list = new HitList({
    onHold: (isHeld) => {
      parts.held.hidden = !isHeld;
    },
    context,
    onLeave: () => box.focus(),
  });
  parts = {
    head: el("p", { className: "list-head" }),
    held: el(
      "button",
      { type: "button", className: "held", hidden: true, on: { click: () => list.release(true) } },
      icon("refresh"),
      t("list.held"),
    ),
    doubt: el("p", { className: "doubt", hidden: true }, icon("info"), el("span", {}, t("list.doubt"))),
    trouble: el("div", { className: "trouble", hidden: true }),
    more: el(
      "button",
      { type: "button", className: "button more", hidden: true, on: { click: showMore } },
      t("list.more"),
    ),
  };
  fill(byId("results"), parts.head, parts.held, parts.doubt, parts.trouble, list.node, parts.more);
  if (answer) draw(answer, { isNew: true });
}

/** The address says another query: from a link, from the way back, or from the box. */
export function showQuery(q) {
  byId("clear").hidden = !q;
  if (box.value.trim() !== q) box.value = q;
  if (q === (answer?.query ?? "") && !asking) return;
  if (q !== pendingQuery) start(q, { atOnce: true });
}

/** Ask again for what stands in the box: a filter, a language or the like has changed. */
export function searchAgain() {
  if (here().q) start(here().q, { atOnce: true });
}

/** What feedback on a hit is about. */
export function context() {
  return { q: answer?.query ?? "", lang: answer?.lang ?? null, shown: list?.hits.map((hit) => hit.code) ?? [] };
}

export function hitList() {
  return list;
}

export function detectedLanguage() {
  return answer?.query && settings.lang === null ? answer.lang : null;
}

export function onAnswer(listener) {
  afterAnswer.add(listener);
}

function onInput() {
  const q = box.value.trim();
  byId("clear").hidden = !box.value;
  const shown = here();
  if (q !== shown.q) start(q, { atOnce: false });
  // From the chapters or a card to a query is a step that one can go back; from letter to letter is not.
  go({ q }, { replace: !shown.code && (Boolean(shown.q) || !q) });
}

function onKey(event) {
  if (event.isComposing) return;
  if (event.key === "ArrowDown" && list.hits.length) {
    event.preventDefault();
    list.focus(0);
  } else if (event.key === "Enter") {
    event.preventDefault();
    const isCurrent = answer?.query === box.value.trim();
    if (isCurrent && list.hits.length) go({ ...here(), code: list.hits[0].code });
    else if (box.value.trim()) start(box.value.trim(), { atOnce: true });
  }
}

function start(q, { atOnce }) {
  stop();
  pendingQuery = q;
  if (q !== answer?.query) limit = settings.limit;
  if (!q) {
    answer = null;
    draw(null, { isNew: true });
    return;
  }
  const mine = new AbortController();
  asking = mine;
  byId("progress").classList.add("is-on");
  const state = { final: false };
  timers = [setTimeout(() => phase(q, false, mine, state), atOnce ? 0 : TYPED)];
  if (settings.rerank) timers.push(setTimeout(() => phase(q, true, mine, state), atOnce ? 0 : PAUSED));
}

function stop() {
  timers.forEach(clearTimeout);
  timers = [];
  asking?.abort();
  asking = null;
  byId("progress").classList.remove("is-on");
}

/** One of the two questions: quick, then read again. What comes late for a query that has changed is dropped. */
async function phase(q, rerank, mine, state) {
  const asked = { limit, lang: settings.lang, rerank, filters: settings.filters };
  try {
    const found = await patiently(() => search(q, asked, mine.signal), mine.signal);
    if (mine.signal.aborted || (state.final && !rerank)) return;
    const isNew = !state.shown;
    state.shown = true;
    state.final ||= rerank;
    draw({ ...found, query: q }, { isNew });
  } catch (error) {
    if (error.name === "AbortError" || mine.signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    if (!state.shown) refuse(q, error);
  }
  if (asking === mine && (rerank || !settings.rerank)) {
    asking = null;
    byId("progress").classList.remove("is-on");
    if (state.shown) announce(summary());
  }
}

function draw(found, { isNew }) {
  const grows = isNew && found && answer?.query === found.query;
  answer = found;
  const hits = found?.hits ?? [];
  if (isNew && !grows) list.show(hits);
  else list.refine(hits);
  parts.trouble.hidden = true;
  parts.head.textContent = found ? summary() : "";
  parts.doubt.hidden = !hits.length || hits[0].sure || hits[0].confidence === null;
  parts.more.hidden = !found?.more || limit >= MOST;
  for (const listener of afterAnswer) listener(found);
}

function summary() {
  const count = answer.hits.length;
  if (!count) return t("list.none");
  const counted = tn(answer.more ? "list.first" : "list.count", count);
  const language = answer.lang && t("list.language", { language: languageName(answer.lang) });
  return [counted, language, answer.reranked && t("list.reread")].filter(Boolean).join(" · ");
}

function refuse(q, error) {
  answer = { query: q, hits: [], lang: null, more: false, reranked: false };
  list.show([]);
  parts.head.textContent = "";
  parts.doubt.hidden = parts.more.hidden = true;
  const hasFilters = error.status === 400 && settings.filters.codes.length > 0;
  fill(
    parts.trouble,
    el(
      "p",
      { className: "trouble-title" },
      t(error.status === 401 || error.status === 403 ? "trouble.key" : "trouble.search"),
    ),
    el("p", { className: "hint", lang: "en" }, error.message),
    hasFilters &&
      el(
        "button",
        {
          type: "button",
          className: "button",
          on: { click: () => change({ filters: { ...settings.filters, codes: [] } }) },
        },
        t("trouble.dropCodes"),
      ),
    el("button", { type: "button", className: "button", on: { click: searchAgain } }, t("trouble.again")),
  );
  parts.trouble.hidden = false;
  announce(t("trouble.search"));
}

function showMore() {
  limit = Math.min(MOST, Math.max(limit * 2, limit + 20));
  start(answer.query, { atOnce: true });
}
