// A code and its 7th characters in; a picker out, and from it the complete code with its X placeholders.

import { copyCode } from "./clipboard.js";
import { el, fill, icon } from "./dom.js";
import { t, tag } from "./i18n.js";
import { codeHref } from "./route.js";

/** `{ node, chosen() }`: `chosen()` is the complete code, null until one is picked. */
export function seventhPicker(card) {
  let picked = null;
  const result = el("output", { className: "seventh-result" });
  const pick = (seventh) => {
    picked = seventh;
    fill(result, complete(card, picked));
  };
  const node = el(
    "fieldset",
    { className: "sevenths" },
    el("legend", {}, t("seventh.title")),
    el("p", { className: "hint" }, t("seventh.hint")),
    el(
      "div",
      { className: "seventh-options" },
      card.sevenths.map((seventh) => option(seventh, card.title_lang, pick)),
    ),
    result,
  );
  pick(null);
  return { node, chosen: () => picked?.code ?? null };
}

function option(seventh, lang, pick) {
  return el(
    "label",
    { className: "seventh" },
    el("input", { type: "radio", name: "seventh", value: seventh.char, on: { change: () => pick(seventh) } }),
    el("span", { className: "seventh-char code" }, seventh.char),
    el("span", { className: "seventh-meaning", lang: tag(lang) }, seventh.meaning),
  );
}

function complete(card, seventh) {
  const [base, placeholders] = parts(card.code, seventh?.code ?? card.sevenths[0].code);
  const code = el(
    "span",
    { className: "seventh-code code" },
    base,
    placeholders && el("span", { className: "placeholders", data: { tip: t("seventh.placeholder") } }, placeholders),
    el("span", { className: seventh ? "seventh-last" : "seventh-gap" }, seventh ? seventh.char : "?"),
  );
  if (!seventh) return [code, el("span", { className: "hint" }, t("seventh.none"))];
  return [
    code,
    el(
      "button",
      {
        type: "button",
        className: "button button-strong",
        on: { click: () => copyCode({ code: seventh.code, status: "billable" }) },
      },
      icon("copy"),
      t("seventh.copy", { code: seventh.code }),
    ),
    el("a", { className: "quiet-link", href: codeHref(seventh.code) }, t("seventh.open")),
  ];
}

/** `S22.49`, `S22.49XA` → `["S22.49", "X"]`. */
export function parts(code, completed) {
  return [code, completed.slice(code.length, -1)];
}
