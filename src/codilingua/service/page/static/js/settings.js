// What the user likes in; kept in this browser, and told to whoever listens, out.

export const LANGUAGES = ["en", "es", "ca", "it", "pt", "fr"];

const NAME = "codilingua";
const THEMES = ["auto", "light", "dark"];
const DEPTHS = ["any", "leaves", "billable"];

export const NO_FILTERS = Object.freeze({ chapters: [], codes: [], depth: "any", noExternal: false });

const keptValues = kept();

/** Whether this browser has kept settings from an earlier visit. */
export const wereKept = Object.keys(keptValues).length > 0;

/** `lang` is the language of queries, null where it is guessed; `ui` null where the browser's is taken. */
export const settings = {
  ui: null,
  lang: null,
  theme: "auto",
  rerank: true,
  limit: 10,
  shortcuts: true,
  filters: NO_FILTERS,
  ...checked(keptValues),
};

const listeners = new Set();

/** Change some; listeners are called with the names of those that did change. */
export function change(values, { keep = true } = {}) {
  const good = checked(values);
  const changed = Object.keys(good).filter((name) => JSON.stringify(good[name]) !== JSON.stringify(settings[name]));
  if (!changed.length) return;
  Object.assign(settings, good);
  if (keep) save();
  for (const listener of listeners) listener(changed);
}

export function onChange(listener) {
  listeners.add(listener);
}

/** Only what has the right form: what is kept may come from another version, or from somebody's hand. */
export function checked(given) {
  const values = {};
  const pick = (name, isGood) => {
    if (name in given && isGood(given[name])) values[name] = given[name];
  };
  const isLanguage = (value) => value === null || LANGUAGES.includes(value);
  const isBoolean = (value) => typeof value === "boolean";
  pick("ui", isLanguage);
  pick("lang", isLanguage);
  pick("theme", (value) => THEMES.includes(value));
  pick("rerank", isBoolean);
  pick("shortcuts", isBoolean);
  pick("limit", (value) => Number.isInteger(value) && value >= 1 && value <= 200);
  if (given.filters && typeof given.filters === "object") values.filters = checkedFilters(given.filters);
  return values;
}

function checkedFilters(given) {
  const texts = (value) =>
    Array.isArray(value) ? value.filter((one) => typeof one === "string" && one.length <= 32) : [];
  return {
    chapters: texts(given.chapters),
    codes: texts(given.codes),
    depth: DEPTHS.includes(given.depth) ? given.depth : "any",
    noExternal: given.noExternal === true,
  };
}

function kept() {
  try {
    const values = JSON.parse(localStorage.getItem(NAME) ?? "{}");
    return values && typeof values === "object" ? values : {};
  } catch {
    return {};
  }
}

function save() {
  try {
    localStorage.setItem(NAME, JSON.stringify(settings));
  } catch {
    // A browser that keeps nothing: the settings hold until the page is closed.
  }
}
