// What the server says of a text, a code or a probability in; small marks with an explanation out.

import { el, icon } from "./dom.js";
import { languageName, percent, t, tag } from "./i18n.js";

const STATUS_KEYS = {
  billable: "billable",
  "needs 7th character": "seventh",
  "needs a more specific code": "child",
  heading: "heading",
};

const LEVELS = [
  [0.8, "veryLikely"],
  [0.5, "likely"],
  [0.15, "possible"],
  [0, "unlikely"],
];

/** With a capital, as titles of the book have; names such as "pH" stay as they are. */
export function sentence(text, lang) {
  const second = text.charAt(1);
  return second === second.toLowerCase() ? text.charAt(0).toLocaleUpperCase(tag(lang)) + text.slice(1) : text;
}

/** A title, in an element that says its language. */
export function titleText(text, lang, className, name = "span", id = null) {
  return el(name, { className, id, lang: tag(lang) }, sentence(text, lang));
}

/** The title in the language of the interface, or else the one that it has. */
export function bestTitle(node) {
  return node.local ?? { text: node.title, lang: node.title_lang ?? "en", origin: "official" };
}

/** Who stands behind a text. Explained on hover and focus. */
export function originMark(origin, lang, given = {}) {
  const words = t(`origin.${origin}`);
  const tip = t(`origin.${origin}.tip`, { language: languageName(lang) });
  return el(
    "button",
    { type: "button", className: `mark mark-${origin}`, "aria-label": `${words}: ${tip}`, ...given, data: { tip } },
    words,
  );
}

/** Whether a code is complete, and what it needs where it is not. */
export function statusMark(node, { sevenths = [], named = true } = {}) {
  const key = STATUS_KEYS[node.status] ?? "heading";
  const words = t(`status.${key}`);
  const letters = sevenths.length ? el("span", { className: "status-letters" }, sevenths.join(" ")) : null;
  return el(
    "span",
    { className: `status status-${key}` },
    el("span", { className: "status-dot", "aria-hidden": "true" }),
    named ? el("span", {}, words) : el("span", { className: "visually-hidden" }, words),
    letters && [" ", letters],
  );
}

/** A probability as words, a bar and a number; nothing where there is none. */
export function confidenceMark(hit) {
  if (hit.confidence === null) {
    return hit.score >= 1 ? el("span", { className: "confidence-typed" }, t("confidence.typed")) : null;
  }
  const level = LEVELS.find(([least]) => hit.confidence >= least)[1];
  const bar = el("span", { className: "bar", "aria-hidden": "true" }, el("span", { className: "bar-fill" }));
  bar.style.setProperty("--share", hit.confidence.toFixed(3));
  return el(
    "span",
    { className: `confidence confidence-${level}`, data: { tip: t("confidence.tip") } },
    el(
      "span",
      { className: "confidence-words" },
      hit.sure &&
        el(
          "span",
          { className: "sure", data: { tip: t("confidence.sure.tip") } },
          icon("check"),
          el("span", { className: "visually-hidden" }, t("confidence.sure"), " · "),
        ),
      t(`confidence.${level}`),
    ),
    el(
      "span",
      { className: "confidence-figure" },
      bar,
      el("span", { className: "confidence-number" }, percent(hit.confidence)),
    ),
  );
}

export function seventhLetters(completions) {
  return completions.map((code) => code.slice(-1));
}
