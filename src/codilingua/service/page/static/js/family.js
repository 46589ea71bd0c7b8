// A code's card in; the tree around it out: what is above, beside with the differing words in bold, and below.

import { compare, compareWithAll } from "./diff.js";
import { el } from "./dom.js";
import { t, tag } from "./i18n.js";
import { bestTitle, sentence, statusMark, titleText } from "./marks.js";
import { codeHref } from "./route.js";

export function family(card) {
  return el(
    "section",
    { className: "family" },
    el("h3", {}, t("family.title")),
    card.siblings.length ? el("p", { className: "hint" }, t("family.hint")) : null,
    el(
      "ol",
      { className: "tree-lines" },
      card.ancestors.map((node, depth) => line(node, depth, plain(bestTitle(node)), plainOfficial(node))),
      inOrder(card).map((node) => siblingLine(node, card, card.ancestors.length)),
    ),
  );
}

/** The card among its siblings. These come in the order of the book, which is nearly that of the letters. */
export function inOrder(card) {
  const { siblings } = card;
  const at = siblings.findIndex((sibling) => isBefore(card.code, sibling.code));
  const place = at < 0 ? siblings.length : at;
  return [...siblings.slice(0, place), card, ...siblings.slice(place)];
}

function isBefore(one, other) {
  // Chapters are numbers: 9 stands before 10.
  return /^\d+$/.test(one) && /^\d+$/.test(other) ? Number(one) < Number(other) : one < other;
}

function siblingLine(node, card, depth) {
  const isSelf = node.code === card.code;
  const titles = (of) => (isSelf ? compareWithAll(of(card), others(of)) : marked(of(node), of(card)));
  const others = (of) => card.siblings.map(of).filter(Boolean);
  const marked = (text, own) => (own ? compare(text, own) : text.split(" ").map((word) => ({ word, differs: false })));
  const local =
    node.local &&
    el(
      "span",
      { lang: tag(node.local.lang) },
      bold(titles((one) => one.local && sentence(one.local.text, one.local.lang))),
    );
  const official = el("span", { lang: tag(card.title_lang) }, bold(titles((one) => one.title)));
  return line(node, depth, local ?? official, local ? official : null, isSelf ? card : null);
}

function line(node, depth, title, below, self = null) {
  const words = el(
    "span",
    { className: "tree-titles" },
    el("span", { className: node.local ? "tree-title is-translated" : "tree-title" }, title),
    below && el("span", { className: "tree-official" }, below),
  );
  const dot = statusMark(node, { named: false });
  const code = el("span", { className: "code" }, node.code);
  const content = self
    ? el("span", { className: "tree-line", "aria-current": "true" }, dot, code, words)
    : el("a", { className: "tree-line", href: codeHref(node.code) }, dot, code, words);
  const item = el("li", { className: self ? "tree-item is-self" : "tree-item" }, content);
  item.style.setProperty("--depth", depth);
  if (self?.children.length) item.append(childLines(self));
  return item;
}

function childLines(card) {
  return el(
    "ol",
    { className: "tree-lines", "aria-label": t("family.children") },
    card.children.map((node) => line(node, card.ancestors.length + 1, plain(bestTitle(node)), plainOfficial(node))),
  );
}

function plain({ text, lang }) {
  return titleText(text, lang);
}

function plainOfficial(node) {
  return node.local ? el("span", { lang: "en" }, node.title) : null;
}

function bold(words) {
  return words.flatMap(({ word, differs }, place) => [place ? " " : "", differs ? el("b", {}, word) : word]);
}
