// The page in; everything on it listening, in the user's language, out.

import { Problem, Unreachable, askWith } from "./api.js";
import { redrawCard, showCard } from "./card.js";
import { focusInTree, markOpen, showChapters } from "./chapters.js";
import { patiently } from "./connection.js";
import { askForKey, openHelp } from "./dialogs.js";
import { byId, el, fill, icon } from "./dom.js";
import { drawFilters, startFilters, syncFilters } from "./filters.js";
import { currentLanguage, languageName, loadLanguage, t, tn } from "./i18n.js";
import { startKeys } from "./keys.js";
import { readPreferences, startPreferences } from "./preferences.js";
import { go, here, onRoute, startRouting } from "./route.js";
import { build, context, detectedLanguage, hitList, onAnswer, searchAgain, showQuery, startSearch } from "./search.js";
import { LANGUAGES, change, onChange, settings } from "./settings.js";
import { codeSystem } from "./system.js";
import { startTips } from "./tip.js";

const NEXT_THEME = { auto: "light", light: "dark", dark: "auto" };
const SEARCHED_ANEW = ["lang", "rerank", "filters", "limit"];

const dark = matchMedia("(prefers-color-scheme: dark)");
let before = { q: "", code: "", view: "" };
let system = null;

async function start() {
  await readTexts();
  askWith(async (wasWrong) => {
    const key = await askForKey(wasWrong);
    if (key !== null)
      setTimeout(() => {
        readPreferences();
        nameSystem();
      });
    return key;
  });
  startTips();
  startSearch();
  startFilters();
  startKeys();
  wireControls();
  onChange(onSettings);
  onAnswer(drawQueryLanguage);
  drawControls();
  drawFilters();
  onRoute(show);
  startRouting();
  document.documentElement.classList.remove("starting");
  if (!here().q && !here().code && matchMedia("(hover: hover)").matches) byId("query").focus();
  startPreferences();
  nameSystem();
}

/** Without a key the server does not say what it serves; it is asked again once there is one. */
async function nameSystem() {
  try {
    system = (await codeSystem()) ?? null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
  drawFilters();
  drawSystem();
}

/** What the address says. */
function show(now) {
  const was = before;
  before = now;
  showQuery(now.q);
  const onChapters = now.view === "chapters" || !now.q;
  for (const [name, isOn] of [
    ["results", !onChapters],
    ["chapters", onChapters],
  ]) {
    byId(name).hidden = !isOn;
    byId(`tab-${name}`).setAttribute("aria-selected", String(isOn));
    byId(`tab-${name}`).tabIndex = isOn ? 0 : -1;
  }
  byId("tab-results").disabled = !now.q;
  if (onChapters) showChapters();
  markOpen(now.code);
  document.body.classList.toggle("has-query", Boolean(now.q || now.view));
  showCard(now.code, context, { focus: Boolean(now.code) && document.activeElement !== byId("query") });
  hitList().mark(now.code);
  const isClosed = was.code && !now.code && now.q === was.q && now.view === was.view;
  if (isClosed && document.activeElement !== byId("query")) refocus(was.code);
}

/** After a card was closed: where the user came from. */
function refocus(code) {
  if (byId("results").hidden ? !focusInTree(code) : !hitList().focusCode(code)) byId("query").focus();
}

function wireControls() {
  byId("help").addEventListener("click", openHelp);
  byId("ui-language").addEventListener("change", (event) => change({ ui: event.target.value }));
  byId("query-language").addEventListener("change", (event) => change({ lang: event.target.value || null }));
  byId("rerank").addEventListener("change", (event) => change({ rerank: event.target.checked }));
  byId("theme").addEventListener("click", () => change({ theme: NEXT_THEME[settings.theme] }));
  byId("tab-results").addEventListener("click", () => go({ ...here(), view: "" }));
  byId("tab-chapters").addEventListener("click", () => go({ ...here(), view: "chapters" }));
  byId("tab-results").parentElement.addEventListener("keydown", onTabKey);
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("pane-list").focus();
  });
  dark.addEventListener("change", applyTheme);
}

function onTabKey(event) {
  const tabs = [byId("tab-results"), byId("tab-chapters")];
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const other = tabs.find((tab) => tab !== document.activeElement && !tab.disabled);
    other?.focus();
    other?.click();
  } else if (event.key === "ArrowDown") {
    event.preventDefault();
    if (byId("results").hidden) byId("chapters").querySelector('[tabindex="0"]')?.focus();
    else hitList().focus(0);
  }
}

async function onSettings(changed) {
  if (changed.includes("theme")) applyTheme();
  if (changed.includes("ui")) await speak();
  drawControls();
  if (changed.includes("filters")) syncFilters();
  if (changed.includes("ui") || changed.some((name) => SEARCHED_ANEW.includes(name))) searchAgain();
}

/** The words of the page, as soon as the server gives them. */
function readTexts() {
  return patiently(() =>
    loadLanguage(currentLanguage()).catch((error) => {
      throw new Unreachable(error.message);
    }),
  );
}

async function speak() {
  await readTexts();
  build();
  drawSystem();
  drawFilters();
  showChapters({ anew: true });
  redrawCard(context);
}

function drawControls() {
  byId("ui-language").value = currentLanguage();
  byId("rerank").checked = settings.rerank;
  drawQueryLanguage();
  applyTheme();
}

function applyTheme() {
  const { theme } = settings;
  const isDark = theme === "dark" || (theme === "auto" && dark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  const words = t(`theme.${theme}`);
  const button = byId("theme");
  button.setAttribute("aria-label", words);
  button.dataset.tip = words;
  fill(button, icon(theme));
}

function drawQueryLanguage() {
  const select = byId("query-language");
  const found = detectedLanguage();
  const guessed = found ? t("lang.guessed", { language: languageName(found) }) : t("lang.auto");
  fill(
    select,
    [["", guessed], ...LANGUAGES.map((lang) => [lang, languageName(lang)])].map(([value, words]) =>
      el("option", { value }, words),
    ),
  );
  select.value = settings.lang ?? "";
}

function drawSystem() {
  if (!system) return;
  byId("edition").textContent = system.title;
  const counted = tn("foot.codes", system.codes, { system: system.title });
  byId("source").textContent = [counted, system.licence].filter(Boolean).join(" · ");
}

start();
