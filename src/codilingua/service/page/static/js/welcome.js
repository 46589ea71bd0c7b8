// Nothing in; what stands beside the list before a code is opened out: examples, and the keys that help.

import { el, icon } from "./dom.js";
import { t, tag } from "./i18n.js";
import { href } from "./route.js";

const EXAMPLES = [
  ["es", "fractura de costillas tras una caída"],
  ["ca", "infart agut de miocardi"],
  ["it", "scompenso cardiaco"],
  ["pt", "dor no peito"],
  ["fr", "crise d’asthme"],
  ["en", "type 2 diabetes with neuropathy"],
  ["", "S22.4"],
];

/** Before anything was searched for. */
export function welcome() {
  return el(
    "div",
    { className: "welcome" },
    el("h2", {}, t("welcome.title")),
    el("p", {}, t("welcome.text")),
    el(
      "ul",
      { className: "examples", "aria-label": t("welcome.examples") },
      EXAMPLES.map(([lang, text]) =>
        el("li", {}, el("a", { className: "example", href: href({ q: text }), lang: lang ? tag(lang) : null }, text)),
      ),
    ),
    keys([
      ["/", "keys.search"],
      ["b", "keys.browse"],
      ["?", "keys.help"],
    ]),
  );
}

/** Beside a list from which no code was chosen yet. */
export function invitation() {
  return el(
    "div",
    { className: "welcome invitation" },
    el("p", {}, icon("tree"), t("welcome.choose")),
    keys([
      ["↑ ↓", "keys.move"],
      ["Enter", "keys.open"],
      ["c", "keys.copy"],
      ["Esc", "keys.back"],
      ["?", "keys.help"],
    ]),
  );
}

function keys(rows) {
  return el(
    "dl",
    { className: "welcome-keys" },
    rows.map(([key, words]) => el("div", {}, el("dt", {}, el("kbd", {}, key)), el("dd", {}, t(words)))),
  );
}
