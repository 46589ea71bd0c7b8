// A code in; the same on the clipboard, and a word about what it still needs, out.

import { t } from "./i18n.js";
import { toast } from "./say.js";

/** @param {{code: string, status: string}} what `status` as the server words it */
export async function copyCode({ code, status }) {
  if (!(await copyText(code))) return toast(t("copy.failed", { code }), { kind: "bad" });
  if (status === "needs 7th character") return toast(t("copy.needsSeventh", { code }), { kind: "warn" });
  if (status === "needs a more specific code") return toast(t("copy.needsChild", { code }), { kind: "warn" });
  return toast(t("copy.done", { code }));
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers have no clipboard for pages without TLS, as servers inside a hospital often are.
    return copyBySelection(text);
  }
}

function copyBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "off-screen";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  let done = false;
  try {
    done = document.execCommand("copy");
  } catch {
    done = false;
  }
  area.remove();
  focused?.focus?.({ preventScroll: true });
  return done;
}
