// The notes of a code and of what stands above it in; one section a kind, with links to the codes they name, out.

import { el } from "./dom.js";
import { number, t, tag } from "./i18n.js";
import { codeHref } from "./route.js";

// In the order in which a coder has to heed them.
const KINDS = ["excludes1", "excludes2", "code_first", "use_additional", "code_also", "includes", "remarks"];
const CODE = /(?<![\p{L}\p{N}.])[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?(?![\p{L}\p{N}])/gu;
const CHAPTER = /^\d+$/;
const FOLDED_FROM = 4;
const VITAMIN = /vitamin $/i;

/** Sections, an empty list where there are no notes at all. */
export function noteSections(notes, lang) {
  return KINDS.map((kind) => section(kind, notes, lang)).filter(Boolean);
}

function section(kind, notes, lang) {
  const own = notes.own[kind];
  const inherited = notes.inherited.filter((above) => above.notes[kind].length);
  if (!own.length && !inherited.length) return null;
  return el(
    "section",
    { className: `notes notes-${kind}` },
    el("h3", {}, t(`notes.${kind}`), el("span", { className: "notes-gloss" }, t(`notes.${kind}.gloss`))),
    el(
      "div",
      { className: "notes-body" },
      own.length ? list(own, lang) : null,
      inherited.map((above) => inheritedNotes(above, above.notes[kind], lang)),
    ),
  );
}

/** What a chapter says holds for hundreds of codes: where that is long, it is folded. */
function inheritedNotes(above, texts, lang) {
  const isFolded = CHAPTER.test(above.code) && texts.length > FOLDED_FROM;
  if (!isFolded)
    return el(
      "div",
      { className: "notes-inherited" },
      el("p", { className: "notes-from" }, source(above, lang)),
      list(texts, lang),
    );
  return el(
    "details",
    { className: "notes-inherited" },
    el(
      "summary",
      { className: "notes-from" },
      t("notes.from"),
      " ",
      el("span", { className: "code" }, above.code),
      el("span", { lang: tag(lang) }, ` ${above.title}`),
      ` (${number(texts.length)})`,
    ),
    list(texts, lang),
  );
}

function source({ code, title }, lang) {
  return [
    t("notes.from"),
    " ",
    el("a", { className: "code", href: codeHref(code) }, code),
    el("span", { lang: tag(lang) }, ` ${title}`),
  ];
}

/** A line that ends in a colon is followed by what belongs to it. */
function list(texts, lang) {
  let below = false;
  const items = texts.map((text) => {
    const opens = text.trimEnd().endsWith(":");
    const item = el(
      "li",
      { className: below && !opens ? "note note-below" : "note" },
      linked(text.replace(/^\s*,\s*/, "")),
    );
    below ||= opens;
    return item;
  });
  return el("ul", { className: "note-list", lang: tag(lang) }, items);
}

/** A text as strings and links. */
export function linked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(CODE)) {
    const before = text.slice(end, found.index);
    if (VITAMIN.test(before)) continue;
    parts.push(before, el("a", { className: "code", href: codeHref(found[0]) }, found[0]));
    end = found.index + found[0].length;
  }
  return [...parts, text.slice(end)];
}
