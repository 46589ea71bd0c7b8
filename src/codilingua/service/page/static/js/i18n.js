// A key in; its words in the language of the interface out. One file per language, in ../i18n.

import { LANGUAGES, settings } from "./settings.js";

let words = {};
let plurals = new Intl.PluralRules("en");
let numbers = new Intl.NumberFormat("en");
let percents = new Intl.NumberFormat("en", { style: "percent" });
let names = null;

/** The tag that browsers know best: the Portuguese here is that of Portugal. */
export function tag(lang) {
  return lang === "pt" ? "pt-PT" : lang;
}

export async function loadLanguage(lang) {
  const response = await fetch(new URL(`../i18n/${lang}.json`, import.meta.url));
  if (!response.ok) throw new Error(`the texts of the interface in ${lang} cannot be read`);
  const read = await response.json();
  // Another language may have been chosen meanwhile.
  if (lang !== currentLanguage()) return;
  words = read;
  plurals = new Intl.PluralRules(tag(lang));
  numbers = new Intl.NumberFormat(tag(lang));
  percents = new Intl.NumberFormat(tag(lang), { style: "percent" });
  names = new Intl.DisplayNames([tag(lang)], { type: "language" });
  document.documentElement.lang = tag(lang);
  translatePage();
}

/** Words of a key; `{name}` in them is replaced by `values.name`. */
export function t(key, values = {}) {
  const found = words[key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export function has(key) {
  return key in words;
}

/** Words that depend on a count, in the plural forms of the language; `{n}` is the count. */
export function tn(key, count, values = {}) {
  const form = `${key}.${plurals.select(count)}`;
  return t(form in words ? form : `${key}.other`, { n: numbers.format(count), ...values });
}

export function number(value) {
  return numbers.format(value);
}

/** A probability as a percentage in whole numbers: never none, and never all. */
export function percent(value) {
  if (value < 0.01) return `< ${percents.format(0.01)}`;
  if (value > 0.99) return `> ${percents.format(0.99)}`;
  return percents.format(value);
}

/** "Spanish", "espagnol" … */
export function languageName(lang) {
  try {
    return names.of(lang) ?? lang;
  } catch {
    return lang;
  }
}

/** The first of the browser's languages that the interface speaks; English where it speaks none. */
export function browserLanguage() {
  const wanted = (navigator.languages ?? [navigator.language]).map((lang) => lang.slice(0, 2).toLowerCase());
  return wanted.find((lang) => LANGUAGES.includes(lang)) ?? "en";
}

export function currentLanguage() {
  return settings.ui ?? browserLanguage();
}

const PLACES = [
  [
    "data-i18n",
    (node, text) => {
      node.textContent = text;
    },
  ],
  ["data-i18n-label", (node, text) => node.setAttribute("aria-label", text)],
  ["data-i18n-placeholder", (node, text) => node.setAttribute("placeholder", text)],
  [
    "data-i18n-tip",
    (node, text) => {
      node.dataset.tip = text;
    },
  ],
];

function translatePage() {
  document.title = t("page.title");
  for (const [attribute, put] of PLACES) {
    for (const node of document.querySelectorAll(`[${attribute}]`)) put(node, t(node.getAttribute(attribute)));
  }
}
