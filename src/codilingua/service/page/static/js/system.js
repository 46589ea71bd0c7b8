// Nothing in; the code system that is searched, asked for once, and what the page itself calls its chapters, out.

import { systems } from "./api.js";
import { patiently } from "./connection.js";
import { has, t } from "./i18n.js";

let asked = null;
let named = false;

/** `{ uri, title, codes, licence … }` */
export function codeSystem() {
  asked ??= patiently(() => systems())
    .then(({ systems: [first] }) => {
      // The editions of ICD-10 share their chapters; other systems have others under the same numbers.
      named = /icd-10/i.test(first?.uri ?? "");
      return first;
    })
    .catch((error) => {
      asked = null;
      throw error;
    });
  return asked;
}

/** A short name in the language of the interface; null where there is none. */
export function chapterName(code) {
  return named && has(`chapter.${code}`) ? t(`chapter.${code}`) : null;
}
