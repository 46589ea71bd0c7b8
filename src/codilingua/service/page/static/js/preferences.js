// Settings in; the same kept by the server, and read back on another machine, out.

import { hasKey, keepPreferences, preferences } from "./api.js";
import { change, onChange, settings, wereKept } from "./settings.js";

const SOON = 800;
const KEPT = ["ui", "theme", "rerank", "limit", "filters"];

let timer = 0;
let keeps = true;

export async function startPreferences() {
  onChange((changed) => {
    if (!keeps || !changed.some((name) => KEPT.includes(name))) return;
    clearTimeout(timer);
    timer = setTimeout(send, SOON);
  });
  await readPreferences();
}

/** With a key they are this user's own; without one what this browser has kept goes before them. */
export async function readPreferences() {
  if (!hasKey() && wereKept) return;
  const kept = await preferences();
  if (kept?.ui) change(fromServer(kept));
}

async function send() {
  const { ui, theme, rerank, limit, filters } = settings;
  keeps = await keepPreferences({ ui, theme, rerank, limit, filters: { ...filters } });
}

function fromServer({ ui, theme, rerank, limit, filters }) {
  return { ui, theme, rerank, limit, ...(filters && Object.keys(filters).length ? { filters } : {}) };
}
