// The help on the keys, and the question for an API key.

import { byId, el, fill, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { change, settings } from "./settings.js";

const KEYS = [
  [["/"], "keys.search"],
  [["↑", "↓"], "keys.move"],
  [["Enter"], "keys.open"],
  [["Esc"], "keys.back"],
  [["c", "Ctrl+C"], "keys.copy"],
  [["f"], "keys.filters"],
  [["b"], "keys.browse"],
  [["r"], "keys.reorder"],
  [["?"], "keys.help"],
];
const PRINTABLE = /^[\x21-\x7e]+$/;

let asked = null;

export function openHelp() {
  const dialog = byId("help-dialog");
  fill(
    dialog,
    el(
      "div",
      { className: "dialog-head" },
      el("h2", { id: "help-title" }, t("help.title")),
      iconButton("close", t("dialog.close"), () => dialog.close()),
    ),
    el(
      "dl",
      { className: "keys" },
      KEYS.map(([keys, words]) =>
        el(
          "div",
          {},
          el(
            "dt",
            {},
            keys.map((key) => el("kbd", {}, key)),
          ),
          el("dd", {}, t(words)),
        ),
      ),
    ),
    el(
      "label",
      { className: "switch" },
      el("input", {
        type: "checkbox",
        role: "switch",
        checked: settings.shortcuts,
        on: { change: (event) => change({ shortcuts: event.target.checked }) },
      }),
      el("span", { className: "switch-track", "aria-hidden": "true" }),
      el("span", {}, t("help.shortcuts")),
    ),
    el("h3", {}, t("help.marks")),
    el("p", {}, t("help.origin")),
    el("p", {}, t("help.confidence")),
    el("p", {}, t("help.privacy")),
  );
  dialog.showModal();
}

/** The key that the user gives; null where none is given. All who ask meanwhile get the same. */
export function askForKey(wasWrong) {
  asked ??= ask(wasWrong).finally(() => {
    asked = null;
  });
  return asked;
}

function ask(wasWrong) {
  const dialog = byId("key-dialog");
  return new Promise((resolve) => {
    const input = el("input", {
      type: "password",
      id: "key-input",
      autocomplete: "off",
      spellcheck: "false",
      required: true,
      "aria-describedby": "key-error",
    });
    const error = el("p", { className: "field-error", id: "key-error" }, wasWrong ? t("key.wrong") : "");
    const take = (event) => {
      event.preventDefault();
      const key = input.value.trim();
      if (PRINTABLE.test(key)) {
        resolve(key);
        dialog.close();
      } else error.textContent = t("key.form");
    };
    fill(
      dialog,
      el("h2", { id: "key-title" }, t("key.title")),
      el("p", {}, t("key.text")),
      el(
        "form",
        { on: { submit: take } },
        el("label", { for: "key-input" }, t("key.label")),
        input,
        error,
        el(
          "div",
          { className: "dialog-end" },
          el("button", { type: "button", className: "button", on: { click: () => dialog.close() } }, t("key.cancel")),
          el("button", { type: "submit", className: "button button-strong" }, t("key.use")),
        ),
      ),
    );
    dialog.addEventListener("close", () => resolve(null), { once: true });
    dialog.showModal();
    input.focus();
  });
}
