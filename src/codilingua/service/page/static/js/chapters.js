// The chapters in; a tree that opens down to the codes, each level read when it is opened, out.

import { Problem, card, chapters, children } from "./api.js";
import { patiently } from "./connection.js";
import { byId, el, fill, icon, iconButton } from "./dom.js";
import { t, tag } from "./i18n.js";
import { bestTitle, sentence, statusMark } from "./marks.js";
import { go, here } from "./route.js";
import { chapterName, codeSystem } from "./system.js";

const panel = byId("chapters");
let tree = null;
let loaded = null;

/** Read the chapters, once; again after another language was chosen. */
export function showChapters({ anew = false } = {}) {
  if (anew) loaded = null;
  loaded ??= read().catch((error) => {
    loaded = null;
    if (!(error instanceof Problem)) throw error;
    fill(
      panel,
      el("p", { className: "trouble-title" }, t("trouble.chapters")),
      el("p", { className: "hint", lang: "en" }, error.message),
    );
  });
  return loaded;
}

/** Open the tree down to a code and put the focus there. */
export async function reveal(code) {
  await showChapters();
  if (!tree) return;
  const { ancestors } = await patiently(() => card(code)).catch(() => ({ ancestors: [] }));
  let item = null;
  for (const node of [...ancestors, { code }]) {
    const next = [...(item ?? tree).querySelectorAll('[role="treeitem"]')].find(
      (one) => one.dataset.code === node.code,
    );
    if (!next) break;
    item = next;
    if (node.code !== code && item.hasAttribute("aria-expanded")) await expand(item);
  }
  if (item) reach(item);
}

/** Show which code's card is open. */
export function markOpen(code) {
  for (const item of panel.querySelectorAll('[role="treeitem"]')) {
    if (item.dataset.code === code) item.setAttribute("aria-current", "true");
    else item.removeAttribute("aria-current");
  }
}

/** False where the code is not in what is open of the tree. */
export function focusInTree(code) {
  const item = [...panel.querySelectorAll('[role="treeitem"]')].find(
    (one) => one.dataset.code === code && one.offsetParent !== null,
  );
  if (item) reach(item);
  return Boolean(item);
}

async function read() {
  await codeSystem();
  const { items } = await patiently(() => chapters());
  tree = el(
    "ul",
    { className: "tree", role: "tree", "aria-label": t("tree.label") },
    items.map((node) => treeItem(node, 1)),
  );
  tree.addEventListener("keydown", onKey);
  tree.addEventListener("focusin", (event) => mark(event.target.closest('[role="treeitem"]')));
  fill(panel, legend(), tree);
  mark(tree.querySelector('[role="treeitem"]'));
  markOpen(here().code);
}

function legend() {
  const words = ["billable", "needs 7th character", "needs a more specific code"];
  return el(
    "p",
    { className: "legend" },
    words.map((status) => statusMark({ status })),
  );
}

function treeItem(node, level) {
  const item = el("li", {
    role: "treeitem",
    tabindex: "-1",
    "aria-level": level,
    "aria-expanded": node.leaf ? null : "false",
    "aria-label": label(node),
    data: { code: node.code, kind: node.kind },
  });
  const heading = node.status === "heading";
  item.append(
    el(
      "span",
      { className: `tree-row kind-${node.kind}`, on: { click: (event) => onClick(event, item, heading) } },
      node.leaf ? el("span", { className: "twisty" }) : el("span", { className: "twisty" }, icon("chevron")),
      heading ? null : statusMark(node, { named: false }),
      el("span", { className: "code" }, node.code),
      title(node),
      heading &&
        iconButton("info", t("tree.card", { code: node.code }), () => open(node.code), {
          className: "icon-button tree-info",
          tabindex: "-1",
        }),
    ),
  );
  return item;
}

function label(node) {
  return `${node.code} ${shortName(node) ?? bestTitle(node).text}`;
}

/** Chapters have names of the page's own in each language, beside the title of the book. */
function shortName(node) {
  const inItsLanguage = document.documentElement.lang === (node.title_lang ?? "en");
  return node.kind === "chapter" && !inItsLanguage ? chapterName(node.code) : null;
}

function title(node) {
  const short = shortName(node);
  const best = bestTitle(node);
  const ui = document.documentElement.lang.slice(0, 2);
  return el(
    "span",
    { className: "tree-titles" },
    el(
      "span",
      {
        className: node.local && !short ? "tree-title is-translated" : "tree-title",
        lang: short ? tag(ui) : tag(best.lang),
      },
      short ?? sentence(best.text, best.lang),
    ),
    short && short !== node.title ? el("span", { className: "tree-official", lang: "en" }, node.title) : null,
  );
}

function onClick(event, item, heading) {
  if (event.target.closest("button")) return;
  const onTwisty = event.target.closest(".twisty");
  item.focus();
  if (item.hasAttribute("aria-expanded") && (heading || onTwisty)) toggle(item);
  else open(item.dataset.code);
}

function open(code) {
  go({ ...here(), code });
}

function toggle(item) {
  if (item.getAttribute("aria-expanded") === "true") item.setAttribute("aria-expanded", "false");
  else expand(item);
}

async function expand(item) {
  item.setAttribute("aria-expanded", "true");
  if (item.querySelector(":scope > ul")) return;
  const level = Number(item.getAttribute("aria-level")) + 1;
  const group = el("ul", { role: "group" });
  item.append(group);
  try {
    for (let offset = 0, total = 1; offset < total;) {
      const page = await patiently(() => children(item.dataset.code, offset));
      group.append(...page.items.map((node) => treeItem(node, level)));
      markOpen(here().code);
      total = page.items.length ? page.total : 0;
      offset += page.items.length;
    }
  } catch (error) {
    group.remove();
    item.setAttribute("aria-expanded", "false");
    if (!(error instanceof Problem)) throw error;
  }
}

/** One item at a time can be reached with the tab key. */
function mark(item) {
  if (!item) return;
  for (const other of tree.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
  item.tabIndex = 0;
}

function reach(item) {
  mark(item);
  item.focus();
  item.querySelector(".tree-row").scrollIntoView({ block: "nearest" });
}

function onKey(event) {
  const item = event.target.closest('[role="treeitem"]');
  if (!item || event.target.closest("button") || event.ctrlKey || event.metaKey || event.altKey) return;
  const seen = [...tree.querySelectorAll('[role="treeitem"]')].filter((one) => one.offsetParent !== null);
  const at = seen.indexOf(item);
  const isOpen = item.getAttribute("aria-expanded") === "true";
  const above = item.parentElement.closest('[role="treeitem"]');
  const acts = {
    ArrowDown: () => seen[at + 1] && reach(seen[at + 1]),
    ArrowUp: () => (seen[at - 1] ? reach(seen[at - 1]) : byId("tab-chapters").focus()),
    Home: () => reach(seen[0]),
    End: () => reach(seen.at(-1)),
    ArrowRight: () =>
      isOpen ? seen[at + 1] && reach(seen[at + 1]) : item.hasAttribute("aria-expanded") && expand(item),
    ArrowLeft: () => (isOpen ? item.setAttribute("aria-expanded", "false") : above && reach(above)),
    Enter: () => open(item.dataset.code),
    " ": () => item.hasAttribute("aria-expanded") && toggle(item),
  };
  if (!(event.key in acts)) return;
  event.preventDefault();
  acts[event.key]();
}
