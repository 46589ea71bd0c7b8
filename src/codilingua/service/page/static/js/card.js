// A code in; its card out: what it is, what it needs, its notes, its place in the classification, its other names.

import { Problem, card } from "./api.js";
import { reveal } from "./chapters.js";
import { copyCode } from "./clipboard.js";
import { patiently } from "./connection.js";
import { byId, el, fill, icon } from "./dom.js";
import { family } from "./family.js";
import { feedbackPanel } from "./feedback.js";
import { languageName, t, tag } from "./i18n.js";
import { bestTitle, originMark, statusMark, titleText } from "./marks.js";
import { noteSections } from "./notes.js";
import { back, go, here } from "./route.js";
import { announce } from "./say.js";
import { seventhPicker } from "./sevenths.js";
import { invitation, welcome } from "./welcome.js";

// As in frame.css.
const NARROW = 900;
const NOTHING = " ";
const FROM_LIST = " list";

const pane = byId("pane-card");
let shown = null;
let asking = null;
let toCopy = null;

/**
 * Show the card of a code, or what stands there without one.
 * @param {() => object} context gives what feedback on the code is about, when it is given
 */
export async function showCard(code, context, { focus = false } = {}) {
  document.body.classList.toggle("has-card", Boolean(code));
  // Without a card, what is said depends on whether there is a list to choose from.
  const wanted = code || (here().q ? FROM_LIST : NOTHING);
  document.title = code ? `${code} · Codilingua` : t("page.title");
  if (wanted === shown) return;
  shown = wanted;
  toCopy = null;
  asking?.abort();
  if (!code) {
    fill(pane, here().q ? invitation() : welcome());
    pane.removeAttribute("aria-busy");
    pane.scrollTop = 0;
    return;
  }
  const mine = new AbortController();
  asking = mine;
  pane.setAttribute("aria-busy", "true");
  try {
    const found = await patiently(() => card(code, mine.signal), mine.signal);
    if (!mine.signal.aborted) draw(found, context);
  } catch (error) {
    if (error.name === "AbortError" || mine.signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    missing(code, error);
  }
  pane.removeAttribute("aria-busy");
  pane.scrollTop = 0;
  if (isNarrow()) scrollTo(0, 0);
  if (focus) byId("card-title")?.focus({ preventScroll: true });
}

/** Make it anew, in another language. */
export function redrawCard(context) {
  shown = null;
  return showCard(here().code, context);
}

/** What the copy key copies: the complete code where a 7th character was picked. */
export function codeOfCard() {
  return toCopy?.() ?? null;
}

function draw(found, context) {
  const picker = found.sevenths.length ? seventhPicker(found) : null;
  toCopy = () => (picker?.chosen() ? { code: picker.chosen(), status: "billable" } : found);
  const notes = noteSections(found.notes, found.title_lang);
  const needsChild = found.status === "needs a more specific code" || found.status === "heading";
  const place = family(found);
  fill(
    pane,
    el(
      "article",
      { className: "card", "aria-labelledby": "card-title" },
      head(found),
      picker?.node,
      feedbackPanel(found.code, context),
      needsChild && place,
      notes.length ? el("div", { className: "all-notes" }, notes) : null,
      !needsChild && place,
      otherNames(found),
    ),
  );
  announce(t("card.opened", { code: found.code, title: bestTitle(found).text }));
}

function head(found) {
  const title = bestTitle(found);
  return el(
    "header",
    { className: "card-head" },
    toolbar(found),
    el(
      "div",
      { className: "card-heading" },
      el(
        "h2",
        { className: "card-title", id: "card-title", tabindex: "-1" },
        el("span", { className: "code card-code" }, found.code),
        " ",
        titleText(title.text, title.lang, "card-name"),
      ),
      originMark(title.origin, title.lang),
    ),
    found.local &&
      el(
        "p",
        { className: "card-official" },
        titleText(found.title, found.title_lang),
        " ",
        originMark("official", found.title_lang),
      ),
    el(
      "p",
      { className: "card-facts" },
      statusMark(found, { sevenths: found.sevenths.map(({ char }) => char) }),
      !found.local && noTranslation(found),
    ),
  );
}

function noTranslation(found) {
  const ui = document.documentElement.lang.slice(0, 2);
  return ui === found.title_lang
    ? null
    : el("span", { className: "hint" }, t("card.untranslated", { language: languageName(ui) }));
}

function toolbar(found) {
  const isCode = found.kind === "code" || found.kind === "expansion";
  return el(
    "div",
    { className: "card-tools" },
    backButton(),
    el(
      "button",
      {
        type: "button",
        className: "button button-quiet",
        "aria-label": t("card.inChapters"),
        on: { click: () => toChapters(found.code) },
      },
      icon("tree"),
      el("span", { className: "wide-only" }, t("card.inChapters")),
    ),
    isCode &&
      el(
        "button",
        {
          type: "button",
          className: "button button-strong copy-button",
          on: { click: () => copyCode(toCopy()) },
        },
        icon("copy"),
        t("copy.short"),
      ),
  );
}

function backButton() {
  return el(
    "button",
    { type: "button", className: "button button-quiet card-back", on: { click: back } },
    icon("back"),
    t("card.back"),
  );
}

/** On a phone card and chapters have no room side by side. */
function toChapters(code) {
  go({ ...here(), view: "chapters", code: isNarrow() ? "" : code });
  reveal(code);
}

function isNarrow() {
  return innerWidth < NARROW;
}

function otherNames(found) {
  const groups = new Map();
  for (const label of found.labels) {
    // The title in the language of the interface stands above.
    if (found.local && label.text === found.local.text && label.lang === found.local.lang) continue;
    const key = label.role === "inclusion" ? "inclusion" : label.lang.slice(0, 2);
    groups.set(key, [...(groups.get(key) ?? []), label]);
  }
  if (!groups.size) return null;
  return el(
    "section",
    { className: "names" },
    el("h3", {}, t("names.title")),
    el(
      "dl",
      {},
      [...groups].sort(inclusionsFirst).map(([key, labels]) => [
        el(
          "dt",
          {},
          key === "inclusion" ? t("names.inclusion") : languageName(key),
          " ",
          originMark(labels[0].origin, labels[0].lang),
        ),
        el(
          "dd",
          {},
          el(
            "ul",
            {},
            labels.map(({ text, lang }) => el("li", { lang: tag(lang) }, text)),
          ),
        ),
      ]),
    ),
  );
}

function inclusionsFirst([one], [other]) {
  return Number(other === "inclusion") - Number(one === "inclusion");
}

function missing(code, error) {
  const words = t(error.status === 404 ? "card.unknown" : "trouble.card", { code });
  fill(
    pane,
    el(
      "article",
      { className: "card card-missing" },
      el("div", { className: "card-tools" }, backButton()),
      el("h2", { className: "card-title", id: "card-title", tabindex: "-1" }, words),
      el("p", { className: "hint", lang: "en" }, error.message),
    ),
  );
  announce(words);
}
