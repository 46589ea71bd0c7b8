// A sentence in; heard by screen readers, or seen for a while, out.

import { byId, el, fill } from "./dom.js";

const SHOWN = 5000;

let hiding = 0;

/** For screen readers alone. The same words twice are said twice. */
export function announce(text) {
  const live = byId("live");
  live.textContent = "";
  setTimeout(() => {
    live.textContent = text;
  }, 50);
}

/** For all: shown for some seconds and announced. `again` is a button that tries once more. */
export function toast(text, { kind = "good", again = null } = {}) {
  const box = byId("toast");
  fill(
    box,
    el("span", {}, text),
    again &&
      el(
        "button",
        {
          type: "button",
          on: {
            click: () => {
              close();
              again.run();
            },
          },
        },
        again.words,
      ),
  );
  box.dataset.kind = kind;
  box.hidden = false;
  announce(text);
  clearTimeout(hiding);
  hiding = setTimeout(close, again ? SHOWN * 2 : SHOWN);
}

function close() {
  byId("toast").hidden = true;
}
