/** Building the document: elements, icons, popovers. Text is only ever set as text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * One element. `props`: `class`, `on` (listeners), `data` (data-*), everything else an attribute
 * (`true` is an empty one; `false`, `null` and `undefined` leave it out). Children are nodes,
 * strings, or lists of them.
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "on") for (const [type, heard] of Object.entries(value)) node.addEventListener(type, heard);
    else if (name === "data") for (const [key, text] of Object.entries(value)) node.dataset[key] = text;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  fill(node, children);
  return node;
}

export function fill(node, children) {
  node.append(...[children].flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function refill(node, ...children) {
  node.replaceChildren();
  return fill(node, children);
}

/** Puts `nodes` into `parent`; those that stand there already, in that order, are not touched. */
export function refit(parent, nodes) {
  const wanted = new Set(nodes);
  [...parent.childNodes].forEach((child) => wanted.has(child) || child.remove());
  nodes.forEach((node, at) => {
    if (parent.childNodes[at] !== node) parent.insertBefore(node, parent.childNodes[at] ?? null);
  });
}

const STROKES = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h16M3.5 15h16",
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12zM11.5 13.5 20 4",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14c1.8 2.4 5.2 2.4 7 0M9 9.5v.5M15 9.5v.5",
  reply: "M4 5h16v11h-8l-5 4v-4H4z",
  close: "M6 6l12 12M18 6 6 18",
  down: "m6 9 6 6 6-6",
  back: "m14 6-6 6 6 6",
  forth: "m10 6 6 6-6 6",
  phone:
    "M8 2.5h8A1.5 1.5 0 0 1 17.5 4v16a1.5 1.5 0 0 1-1.5 1.5H8A1.5 1.5 0 0 1 6.5 20V4A1.5 1.5 0 0 1 8 2.5zM11 18.5h2",
  call: "M5 4h3.5l1.7 4.3-2.2 1.4a12 12 0 0 0 6.3 6.3l1.4-2.2L20 15.5V19a1.5 1.5 0 0 1-1.6 1.5A15.5 15.5 0 0 1 3.5 5.6 1.5 1.5 0 0 1 5 4z",
  clip: "m19 11-7.5 7.5a4.6 4.6 0 0 1-6.5-6.5L13 4a3.1 3.1 0 0 1 4.4 4.4L9.6 16.2a1.5 1.5 0 0 1-2.2-2.2L14.5 7",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  bolt: "M13 3 5 13.5h6L10 21l8-10.5h-6z",
  check: "m5 12.5 4.5 4.5L19 7",
  dots: "M6 12h.01M12 12h.01M18 12h.01",
  home: "M4 11 12 4l8 7v9h-5.5v-6h-5v6H4z",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4z",
  chats: "M4 6h16M4 12h16M4 18h10",
  plus: "M12 5v14M5 12h14",
  alert: "M12 8v5M12 16.5v.01M12 3 2.5 20h19z",
};

/** A line icon; the words are beside it or in the control's label, never in the icon. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", STROKES[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, click, extra = {}) {
  const { class: more = "", ...rest } = extra;
  return h(
    "button",
    { type: "button", class: `icon-button ${more}`, "aria-label": label, title: label, on: { click }, ...rest },
    icon(name),
  );
}

export const FOCUSABLE = "input, textarea, select, button";

let lastId = 0;
export const freshId = (stem) => `${stem}-${(lastId += 1)}`;

/** Lays `floating` under `anchor`, or above it where there is more room; both stay in the window. */
export function place(floating, anchor, { matchWidth = false, alignEnd = false, tallest = 340 } = {}) {
  const gap = 6;
  const box = anchor.getBoundingClientRect();
  if (matchWidth) floating.style.minWidth = `${box.width}px`;
  const below = window.innerHeight - box.bottom - gap * 2;
  const above = box.top - gap * 2;
  const goesUp = below < Math.min(floating.scrollHeight, 260) && above > below;
  floating.style.maxHeight = `${Math.max(120, Math.min(tallest, goesUp ? above : below))}px`;
  const size = floating.getBoundingClientRect();
  const wanted = alignEnd ? box.right - size.width : box.left;
  const left = Math.max(gap, Math.min(wanted, window.innerWidth - size.width - gap));
  floating.style.left = `${left}px`;
  floating.style.top = `${goesUp ? box.top - gap - size.height : box.bottom + gap}px`;
}

const opened = new WeakMap();

/**
 * Opens `content` over the page beside `anchor`; Escape, a click elsewhere and `close()` end it and
 * give the focus back; opening it again closes it (and answers null). It is put inside the anchor's dialog, if any: outside it would be inert.
 */
export function openPopover(anchor, content, { label, role = "dialog", alignEnd = false } = {}) {
  const previous = opened.get(anchor);
  if (previous?.matches(":popover-open")) {
    previous.hidePopover();
    return null;
  }
  const popover = h("div", { class: "popover", popover: "auto", role, "aria-label": label }, content);
  (anchor.closest("dialog") ?? document.body).append(popover);
  anchor.setAttribute("aria-expanded", "true");
  popover.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    anchor.setAttribute("aria-expanded", "false");
    if (popover.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
    popover.remove();
  });
  opened.set(anchor, popover);
  // With its source known, a second click on the anchor is not a click elsewhere.
  popover.showPopover({ source: anchor });
  place(popover, anchor, { alignEnd, tallest: 640 });
  return { node: popover, close: () => popover.matches(":popover-open") && popover.hidePopover() };
}

/** A menu of `items` ({label, detail?, lead?, danger?, checked?, choose}) with arrow keys. */
export function openMenu(anchor, items, { label, alignEnd = true } = {}) {
  const rows = items.map((item) =>
    h(
      "button",
      {
        type: "button",
        tabindex: "-1",
        class: `menu-item${item.danger ? " is-danger" : ""}`,
        role: item.checked === undefined ? "menuitem" : "menuitemradio",
        "aria-checked": item.checked === undefined ? null : String(item.checked),
        on: { click: () => (menu.close(), item.choose()) },
      },
      item.lead,
      h("span", { class: "menu-words" }, h("span", {}, item.label), item.detail),
      item.checked ? icon("check") : null,
    ),
  );
  const menu = openPopover(anchor, rows, { label, role: "menu", alignEnd });
  if (!menu) return;
  menu.node.addEventListener("keydown", (event) => moveFocus(event, rows));
  (rows[items.findIndex((item) => item.checked)] ?? rows[0])?.focus();
}

/** Arrow keys, Home and End among `nodes`. */
export function moveFocus(event, nodes, { previous = "ArrowUp", next = "ArrowDown" } = {}) {
  const at = nodes.indexOf(document.activeElement);
  const target = {
    [previous]: Math.max(0, at - 1),
    [next]: Math.min(nodes.length - 1, at + 1),
    Home: 0,
    End: nodes.length - 1,
  }[event.key];
  if (target === undefined || !nodes.length) return;
  event.preventDefault();
  nodes[target].focus();
}
