// Which codes the user wants to see in; the panel and the chips that say so, and settings that hold it, out.

import { chapters } from "./api.js";
import { byId, el, fill, icon } from "./dom.js";
import { number, t } from "./i18n.js";
import { NO_FILTERS, change, settings } from "./settings.js";
import { chapterName, codeSystem } from "./system.js";

const CODE = /^[A-Z0-9][A-Z0-9.]{0,9}(-[A-Z0-9][A-Z0-9.]{0,9})?$/;
const FALLBACK_CHAPTERS = 22;

const panel = byId("filters");
const toggle = byId("filters-toggle");
let known = null;

export function startFilters() {
  toggle.addEventListener("click", () => toggleFilters());
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    toggleFilters(false);
  });
}

export async function toggleFilters(open = panel.hidden) {
  panel.hidden = !open;
  toggle.setAttribute("aria-expanded", String(open));
  if (!open) return toggle.focus();
  await drawFilters();
  panel.querySelector("input")?.focus();
}

/** The panel and the chips, as the settings are. */
export async function drawFilters() {
  drawChips();
  if (panel.hidden) return;
  known ??= await readChapters();
  fill(
    panel,
    depthField(),
    codesField(),
    chaptersField(),
    el(
      "div",
      { className: "filters-end" },
      el("button", { type: "button", className: "button", on: { click: () => set(NO_FILTERS) } }, t("filters.clear")),
      el(
        "button",
        { type: "button", className: "button button-strong", on: { click: () => toggleFilters(false) } },
        t("filters.close"),
      ),
    ),
  );
}

/** The settings have changed: what has the focus keeps it. */
export function syncFilters() {
  drawChips();
  for (const box of panel.querySelectorAll("[name=chapter]"))
    box.checked = settings.filters.chapters.includes(box.value);
  for (const dot of panel.querySelectorAll("[name=depth]")) dot.checked = dot.value === settings.filters.depth;
  const external = panel.querySelector("[name=external]");
  if (external) external.checked = settings.filters.noExternal;
  const codes = panel.querySelector("[name=codes]");
  if (codes && codes !== document.activeElement) codes.value = settings.filters.codes.join(", ");
}

async function readChapters() {
  try {
    await codeSystem();
    return (await chapters()).items.map(({ code, title }) => ({ code, title }));
  } catch {
    return Array.from({ length: FALLBACK_CHAPTERS }, (_, place) => ({ code: String(place + 1), title: "" }));
  }
}

function set(values) {
  change({ filters: { ...settings.filters, ...values } });
}

function depthField() {
  const option = (value) =>
    el(
      "label",
      { className: "choice" },
      el("input", {
        type: "radio",
        name: "depth",
        value,
        checked: settings.filters.depth === value,
        on: { change: () => set({ depth: value }) },
      }),
      el("span", {}, t(`filters.depth.${value}`)),
    );
  return el(
    "fieldset",
    { className: "filter-depth" },
    el("legend", {}, t("filters.depth")),
    option("any"),
    option("leaves"),
    option("billable"),
    el(
      "label",
      { className: "choice filter-external" },
      el("input", {
        type: "checkbox",
        name: "external",
        checked: settings.filters.noExternal,
        on: { change: (event) => set({ noExternal: event.target.checked }) },
      }),
      el("span", {}, t("filters.noExternal")),
    ),
  );
}

function codesField() {
  const error = el("p", { className: "field-error", id: "codes-error", hidden: true });
  const input = el("input", {
    type: "text",
    name: "codes",
    id: "filter-codes",
    value: settings.filters.codes.join(", "),
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "E11, I20-I25",
    "aria-describedby": "codes-hint codes-error",
    on: { change: () => takeCodes(input, error), input: () => input.removeAttribute("aria-invalid") },
  });
  return el(
    "div",
    { className: "filter-codes" },
    el("label", { for: "filter-codes" }, t("filters.codes")),
    input,
    el("p", { className: "hint", id: "codes-hint" }, t("filters.codes.hint")),
    error,
  );
}

function takeCodes(input, error) {
  const given = input.value
    .toUpperCase()
    .replace(/\s*[-–]\s*/g, "-")
    .split(/[\s,;]+/)
    .filter(Boolean);
  const wrong = given.find((one) => !CODE.test(one));
  input.toggleAttribute("aria-invalid", Boolean(wrong));
  if (wrong) input.setAttribute("aria-invalid", "true");
  error.hidden = !wrong;
  error.textContent = wrong ? t("filters.codes.wrong", { code: wrong }) : "";
  if (!wrong) set({ codes: given });
}

function chaptersField() {
  const choose = (code, isOn) =>
    set({
      chapters: isOn ? [...settings.filters.chapters, code] : settings.filters.chapters.filter((one) => one !== code),
    });
  return el(
    "fieldset",
    { className: "filter-chapters" },
    el("legend", {}, t("filters.chapters")),
    el(
      "div",
      { className: "chapter-choices" },
      known.map(({ code, title }) =>
        el(
          "label",
          { className: "choice" },
          el("input", {
            type: "checkbox",
            name: "chapter",
            value: code,
            checked: settings.filters.chapters.includes(code),
            on: { change: (event) => choose(code, event.target.checked) },
          }),
          el("span", {}, el("span", { className: "code" }, code), " ", chapterName(code) ?? title),
        ),
      ),
    ),
  );
}

function drawChips() {
  const { chapters: some, codes, depth, noExternal } = settings.filters;
  const chips = [
    depth !== "any" && [t(`filters.depth.${depth}`), () => set({ depth: "any" })],
    noExternal && [t("filters.noExternal"), () => set({ noExternal: false })],
    ...some.map((code) => [
      `${code} ${chapterName(code) ?? ""}`.trim(),
      () => set({ chapters: some.filter((one) => one !== code) }),
    ]),
    ...codes.map((code) => [code, () => set({ codes: codes.filter((one) => one !== code) })]),
  ].filter(Boolean);
  const count = byId("filters-count");
  count.hidden = !chips.length;
  count.textContent = number(chips.length);
  fill(
    byId("chips"),
    chips.map(([words, drop]) =>
      el(
        "li",
        {},
        el(
          "button",
          {
            type: "button",
            className: "chip",
            "aria-label": t("filters.drop", { words }),
            on: {
              click: () => {
                drop();
                toggle.focus();
              },
            },
          },
          el("span", {}, words),
          icon("close"),
        ),
      ),
    ),
  );
}
