// A verdict on a code in; kept by the server, and a word of thanks, or why it could not be kept, out.

import { Busy, Unreachable, sendFeedback } from "./api.js";
import { el, icon } from "./dom.js";
import { currentLanguage, t } from "./i18n.js";
import { here } from "./route.js";
import { toast } from "./say.js";

/**
 * @param {"right"|"wrong"|"chosen"} verdict
 * @param {{q: string, lang: string|null, shown: string[]}} context the query that the code was found for
 */
export async function sendVerdict(verdict, code, { q, lang, shown }) {
  const place = shown.indexOf(code);
  const said = { query: q, code, verdict, rank: place < 0 ? null : place + 1, lang, ui: currentLanguage(), shown };
  try {
    await sendFeedback(said);
    toast(t(`feedback.${verdict}.thanks`, { code }));
    return true;
  } catch (error) {
    toast(reason(error), {
      kind: "bad",
      again: { words: t("feedback.again"), run: () => sendVerdict(verdict, code, { q, lang, shown }) },
    });
    return false;
  }
}

function reason(error) {
  if (error instanceof Unreachable) return t("feedback.lost.away");
  if (error instanceof Busy) return t("feedback.lost.busy");
  return t("feedback.lost", { detail: error.message });
}

/** The buttons on a card; null where the card was not found by a query. */
export function feedbackPanel(code, context) {
  const { q } = here();
  if (!q) return null;
  const button = (verdict, name) =>
    el(
      "button",
      {
        type: "button",
        className: "button",
        data: { verdict },
        on: { click: (event) => press(event.currentTarget, verdict, code, { ...context(), q }) },
      },
      icon(name),
      t(`feedback.${verdict}`),
    );
  return el(
    "section",
    { className: "feedback", "aria-label": t("feedback.region") },
    question(code, q),
    el(
      "div",
      { className: "feedback-buttons" },
      button("chosen", "check"),
      button("right", "up"),
      button("wrong", "down"),
    ),
    el("p", { className: "hint" }, t("feedback.kept")),
  );
}

function question(code, q) {
  // "{q}" is left in the words: it stands elsewhere in each language, and becomes an element of its own.
  const [before, after] = t("feedback.question", { code }).split("{q}");
  return el("p", { className: "feedback-question" }, before, el("q", {}, q), after);
}

async function press(button, verdict, code, context) {
  button.setAttribute("aria-disabled", "true");
  const kept = await sendVerdict(verdict, code, context);
  button.removeAttribute("aria-disabled");
  if (kept)
    for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
}
