// A tag, attributes and children in; an element out. Text always becomes a text node, never markup.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = new URL("../icons.svg", import.meta.url).pathname;

/**
 * @param {string} tag
 * @param {object} [given] attributes; `on` holds listeners, `data` the dataset; null, undefined and false are left out
 * @param {...any} children nodes, strings, numbers, arrays of them; null, undefined and false are left out
 */
export function el(tag, given = {}, ...children) {
  const node = document.createElement(tag);
  const { on = {}, data = {}, ...attributes } = given;
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name === "className" ? "class" : name, value === true ? "" : String(value));
  }
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  Object.assign(node.dataset, data);
  node.append(...solid(children));
  return node;
}

export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${ICONS}#${name}`);
  svg.append(use);
  return svg;
}

/** Give a node these children and no others. */
export function fill(node, ...children) {
  node.replaceChildren(...solid(children));
  return node;
}

export function byId(id) {
  return document.getElementById(id);
}

/** A button that shows only a picture: its words are its name and its tip. */
export function iconButton(name, words, onClick, given = {}) {
  return el(
    "button",
    {
      type: "button",
      className: "icon-button",
      "aria-label": words,
      ...given,
      data: { tip: words, ...(given.data ?? {}) },
      on: { click: onClick },
    },
    icon(name),
  );
}

function solid(children) {
  return children
    .flat(Infinity)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}
