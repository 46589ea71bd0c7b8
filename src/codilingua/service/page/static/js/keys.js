// Keys in; what they do, wherever the focus is, out.

import { codeOfCard } from "./card.js";
import { showChapters } from "./chapters.js";
import { copyCode } from "./clipboard.js";
import { openHelp } from "./dialogs.js";
import { byId } from "./dom.js";
import { toggleFilters } from "./filters.js";
import { back, go, here } from "./route.js";
import { hitList } from "./search.js";
import { settings } from "./settings.js";
import { hideTip } from "./tip.js";

export function startKeys() {
  document.addEventListener("keydown", onKey);
}

const SINGLE = {
  "/": () => {
    byId("query").focus();
    byId("query").select();
  },
  "?": openHelp,
  c: copyCurrent,
  f: () => toggleFilters(),
  b: async () => {
    go({ ...here(), view: "chapters" });
    await showChapters();
    byId("chapters").querySelector('[tabindex="0"]')?.focus();
  },
  r: () => {
    hitList().release(true);
    return false;
  },
};

function onKey(event) {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") escape(event);
  else if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "c")
    copyByKey(event);
  else if (!event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target) && settings.shortcuts) {
    const act = SINGLE[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

function escape(event) {
  if (hideTip()) return;
  event.preventDefault();
  const { code, q } = here();
  if (code) back();
  else if (event.target === byId("query") && q) go({ q: "" });
  else byId("query").focus();
}

/** Text that is selected is copied by the browser, as anywhere. */
function copyByKey(event) {
  const field = isTyping(event.target) ? event.target : null;
  if (field ? field.selectionStart !== field.selectionEnd : String(getSelection())) return;
  if (copyCurrent()) event.preventDefault();
}

/** The code of the hit that has the focus, else that of the card. */
function copyCurrent() {
  const chosen = hitList().focused() ?? codeOfCard();
  if (chosen) copyCode(chosen);
  return Boolean(chosen);
}

function isTyping(target) {
  return target instanceof Element && target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
}
