// An element with `data-tip` under the pointer or with the focus in; its explanation beside it out.

import { byId } from "./dom.js";

const GAP = 8;
const DELAY = 250;

const tip = byId("tip");
let owner = null;
let timer = 0;

export function startTips() {
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    if (tip.contains(event.target)) return clearTimeout(timer);
    point(holder(event.target), DELAY);
  });
  document.addEventListener("focusin", (event) => {
    const found = holder(event.target);
    if (found && event.target.matches(":focus-visible")) point(found, 0);
    else if (found?.matches(".mark") && found === event.target) point(found, 0);
    else hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", hide, true);
  document.addEventListener("pointerdown", (event) => {
    if (holder(event.target) !== owner) hide();
  });
}

/** True where one was shown. */
export function hideTip() {
  const shown = !tip.hidden;
  hide();
  return shown;
}

function holder(target) {
  return target instanceof Element ? target.closest("[data-tip]") : null;
}

function point(found, delay) {
  clearTimeout(timer);
  if (found === owner) return;
  timer = setTimeout(() => (found ? show(found) : hide()), found ? delay : DELAY);
}

function show(found) {
  if (!found.isConnected || !found.dataset.tip) return hide();
  owner = found;
  tip.textContent = found.dataset.tip;
  // A dialog that is open lies above all that is not in it.
  (found.closest("dialog") ?? document.body).append(tip);
  tip.hidden = false;
  const box = found.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const left = Math.min(Math.max(GAP, box.left + box.width / 2 - size.width / 2), innerWidth - size.width - GAP);
  const below = box.bottom + GAP;
  const fits = below + size.height < innerHeight;
  tip.style.left = `${Math.round(left)}px`;
  tip.style.top = `${Math.round(fits ? below : box.top - size.height - GAP)}px`;
}

function hide() {
  clearTimeout(timer);
  owner = null;
  tip.hidden = true;
}
