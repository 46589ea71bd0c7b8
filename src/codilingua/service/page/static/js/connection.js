// A request in; its answer out, however long the server is busy or away. A banner says so meanwhile.

import { Busy, Unreachable, isAlive } from "./api.js";
import { byId } from "./dom.js";
import { t, tn } from "./i18n.js";

const FIRST_LOOK = 1500;
const LONGEST_LOOK = 10_000;

let away = null;
let waiting = 0;

/** Answer of `work()`, tried again as long as the server is busy or cannot be reached, until `signal` aborts. */
export async function patiently(work, signal) {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Busy) await waitShown(error, signal);
      else if (error instanceof Unreachable) await abortable(untilReachable(), signal);
      else throw error;
    }
  }
}

async function waitShown(error, signal) {
  waiting += 1;
  try {
    for (let left = error.retryAfter; left > 0; left -= 1) {
      if (!away) show(tn(error.status === 429 ? "banner.tooMany" : "banner.busy", left), "busy");
      await abortable(pause(1000), signal);
    }
  } finally {
    waiting -= 1;
    if (!waiting && !away) hide();
  }
}

/** Resolves once the server answers again; all who wait share one look-out. */
function untilReachable() {
  away ??= lookOut().finally(() => {
    away = null;
    hide();
  });
  return away;
}

async function lookOut() {
  show(t("banner.away"), "away");
  for (let wait = FIRST_LOOK; ; wait = Math.min(wait * 1.5, LONGEST_LOOK)) {
    await Promise.race([pause(wait), once("online")]);
    if (await isAlive()) return;
  }
}

function show(text, kind) {
  const banner = byId("banner");
  byId("banner-text").textContent = text;
  banner.dataset.kind = kind;
  banner.hidden = false;
}

function hide() {
  byId("banner").hidden = true;
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function once(event) {
  return new Promise((resolve) => addEventListener(event, resolve, { once: true }));
}

function abortable(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(new DOMException("no longer wanted", "AbortError"));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject);
  });
}
