// Hits in; the list of them out, with its keys. Rows keep their elements, so that focus and pointer stay on them.

import { copyCode } from "./clipboard.js";
import { el, fill, iconButton } from "./dom.js";
import { sendVerdict } from "./feedback.js";
import { languageName, t, tag } from "./i18n.js";
import { bestTitle, confidenceMark, originMark, seventhLetters, statusMark, titleText } from "./marks.js";
import { go, here, href } from "./route.js";

const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const MOVE = 160;

/**
 * A list that is shown in `node`.
 * @param {object} asked `onHold(isHeld)` is told when a better order waits for the user to look away;
 *   `context()` gives the query and language that feedback is about; `onLeave()` is called on the way up and out
 */
export class HitList {
  constructor({ onHold, context, onLeave }) {
    this.node = el("ol", { className: "hits", "aria-label": t("list.label") });
    this.hits = [];
    this.held = null;
    this.onHold = onHold;
    this.context = context;
    this.onLeave = onLeave;
    this.rows = new Map();
    this.pointerIn = false;
    this.current = 0;
    this.node.addEventListener("keydown", (event) => this.#onKey(event));
    this.node.addEventListener("click", (event) => this.#onClick(event));
    this.node.addEventListener("focusin", (event) => this.#follow(event.target));
    // A pointer that only rests there while somebody types is not aiming at anything.
    this.node.addEventListener("pointermove", (event) => {
      if (event.movementX || event.movementY) this.pointerIn = true;
    });
    this.node.addEventListener("pointerleave", () => {
      this.pointerIn = false;
      this.release();
    });
    this.node.addEventListener("focusout", () => setTimeout(() => this.release()));
  }

  /** Show hits at once: they answer another query than those before. */
  show(hits) {
    this.#hold(null);
    this.pointerIn = false;
    this.current = 0;
    this.#draw(hits);
  }

  /** Show a better order of the same answer, or keep it until nobody is choosing from the list. */
  refine(hits) {
    const same = hits.length === this.hits.length && hits.every((hit, place) => hit.code === this.hits[place].code);
    if (same || !this.isBusy()) {
      this.#hold(null);
      this.#draw(hits);
    } else this.#hold(hits);
  }

  isBusy() {
    return this.pointerIn || this.node.contains(document.activeElement);
  }

  /** Show what was held back, once nobody is choosing; `now` also while somebody is. */
  release(now = false) {
    if (!this.held || (!now && this.isBusy())) return;
    const hits = this.held;
    this.#hold(null);
    this.#draw(hits);
  }

  mark(code) {
    for (const [own, { row, link }] of this.rows) {
      row.classList.toggle("is-open", own === code);
      if (own === code) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  focus(place) {
    const hit = this.hits[Math.max(0, Math.min(place, this.hits.length - 1))];
    this.rows.get(hit?.code)?.link.focus();
  }

  focusCode(code) {
    const row = this.rows.get(code);
    row?.link.focus();
    return Boolean(row);
  }

  /** The hit that has the focus, null for none. */
  focused() {
    const row = document.activeElement?.closest?.(".hit");
    return row && this.node.contains(row) ? this.hits.find((hit) => hit.code === row.dataset.code) : null;
  }

  #hold(hits) {
    if (this.held === hits) return;
    this.held = hits;
    this.onHold(hits !== null);
  }

  #draw(hits) {
    const before = this.#tops();
    this.hits = hits;
    const rows = hits.map((hit) => this.#row(hit));
    for (const code of this.rows.keys()) if (!hits.some((hit) => hit.code === code)) this.rows.delete(code);
    rows.forEach((row, place) => {
      if (this.node.children[place] !== row) this.node.insertBefore(row, this.node.children[place] ?? null);
    });
    while (this.node.children.length > rows.length) this.node.lastChild.remove();
    this.mark(here().code);
    this.#reachable();
    this.#slide(before);
  }

  #row(hit) {
    const known = this.rows.get(hit.code);
    const row = known?.row ?? el("li", { className: "hit", data: { code: hit.code } });
    const shown = JSON.stringify([hit, this.context().q]);
    if (known?.shown === shown) return row;
    const hadFocus = row.contains(document.activeElement);
    const link = hitLink(hit);
    fill(
      row,
      link,
      el("div", { className: "hit-body" }, titles(hit), facts(hit)),
      confidenceMark(hit),
      this.#actions(hit),
    );
    this.rows.set(hit.code, { row, link, shown });
    if (hadFocus) link.focus();
    return row;
  }

  #actions(hit) {
    const verdict = (kind) => () => sendVerdict(kind, hit.code, this.context());
    return el(
      "span",
      { className: "hit-actions" },
      iconButton("copy", t("copy.button", { code: hit.code }), () => copyCode(hit)),
      this.context().q && [
        iconButton("up", t("feedback.right.of", { code: hit.code }), verdict("right")),
        iconButton("down", t("feedback.wrong.of", { code: hit.code }), verdict("wrong")),
        iconButton("check", t("feedback.chosen.of", { code: hit.code }), verdict("chosen")),
      ],
    );
  }

  /** What has an explanation lies above the link of its row, but a mouse, which has seen it, is led there too. */
  #onClick(event) {
    const pressed = event.target.closest("a, button");
    if (pressed && !(pressed.matches(".mark") && event.pointerType === "mouse")) return;
    this.rows.get(event.target.closest(".hit")?.dataset.code)?.link.click();
  }

  #onKey(event) {
    const place = this.hits.findIndex((hit) => hit.code === event.target.closest(".hit")?.dataset.code);
    if (place < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const targets = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: this.hits.length - 1 };
    if (!(event.key in targets)) return;
    event.preventDefault();
    if (targets[event.key] < 0) this.onLeave();
    else this.focus(targets[event.key]);
  }

  /** The tab key stops at one row only; the arrows lead to the others. */
  #follow(target) {
    const code = target.closest(".hit")?.dataset.code;
    const place = this.hits.findIndex((hit) => hit.code === code);
    if (place >= 0 && place !== this.current) {
      this.current = place;
      this.#reachable();
    }
  }

  #reachable() {
    this.hits.forEach(({ code }, place) => {
      for (const node of this.rows.get(code).row.querySelectorAll("a, button"))
        node.tabIndex = place === this.current ? 0 : -1;
    });
  }

  #tops() {
    return new Map([...this.rows].map(([code, { row }]) => [code, row.isConnected ? row.offsetTop : null]));
  }

  #slide(before) {
    if (CALM.matches) return;
    for (const [code, { row }] of this.rows) {
      const by = (before.get(code) ?? row.offsetTop) - row.offsetTop;
      if (by)
        row.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], {
          duration: MOVE,
          easing: "ease-out",
        });
    }
  }
}

/** The whole row leads to the card: the link is stretched over it, what can be pressed beside it lies above. */
function hitLink(hit) {
  const link = el(
    "a",
    {
      className: "hit-link code",
      href: href({ ...here(), code: hit.code }),
      id: `hit-${hit.code}`,
      "aria-labelledby": `hit-${hit.code} hit-${hit.code}-title`,
      "aria-describedby": `hit-${hit.code}-facts`,
    },
    hit.code,
  );
  // The query may have changed since the row was made.
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    go({ ...here(), code: hit.code });
  });
  return link;
}

function titles(hit) {
  const title = bestTitle(hit);
  return [
    el(
      "p",
      { className: "hit-title" },
      titleText(title.text, title.lang, "hit-name", "span", `hit-${hit.code}-title`),
      " ",
      originMark(title.origin, title.lang),
    ),
    hit.local && titleText(hit.title, hit.title_lang, "hit-official", "p"),
  ];
}

function facts(hit) {
  return el(
    "p",
    { className: "hit-facts", id: `hit-${hit.code}-facts` },
    statusMark(hit, { sevenths: seventhLetters(hit.completions) }),
    matched(hit, bestTitle(hit)),
  );
}

/** The text that matched, where it is none of the titles that are shown already. */
function matched({ surface, title, local }, { text }) {
  if ([title, text, local?.text].some((shown) => shown?.toLowerCase() === surface.text.toLowerCase())) return null;
  return el(
    "span",
    { className: "hit-surface" },
    t("list.matched"),
    " ",
    el("q", { lang: tag(surface.lang) }, surface.text),
    " ",
    el("span", { className: "hit-surface-lang" }, languageName(surface.lang)),
  );
}
