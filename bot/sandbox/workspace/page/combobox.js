/** A field one types into to choose from a list: Block Kit's selects, single and multiple. */

import { fill, freshId, h, icon, place, refill } from "./dom.js";
import { t } from "./i18n.js";

const PAUSE_MS = 180;
const wordsIn = (option) => String(option.text?.text ?? option.value);

/**
 * `look(typed)` answers [{label, options}] now or later, or {hint} instead; `selected` are options;
 * `changed(options)` hears every change, `closed()` the end of choosing.
 */
export function combobox({
  id,
  label,
  describedBy,
  placeholder,
  multiple,
  most,
  selected,
  optional,
  look,
  changed,
  closed,
}) {
  let chosen = [...selected];
  let shown = [];
  let active = -1;
  let asked = 0;
  let timer;
  const listId = freshId("list");
  const input = h("input", {
    id,
    type: "text",
    class: "combo-input",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    "aria-expanded": "false",
    "aria-controls": listId,
    "aria-autocomplete": "list",
    "aria-label": label,
    "aria-describedby": describedBy,
    placeholder,
  });
  const chips = h("span", { class: "combo-chips" });
  const list = h("div", {
    id: listId,
    class: "popover combo-list",
    role: "listbox",
    popover: "manual",
    "aria-label": label,
    "aria-multiselectable": multiple ? "true" : null,
  });
  const root = h("div", { class: `combo${multiple ? " is-multiple" : ""}` }, chips, input, icon("down"), list);
  const isOpen = () => list.matches(":popover-open");
  const has = (option) => chosen.some((one) => one.value === option.value);

  function showChosen() {
    if (!multiple) {
      input.value = chosen[0] ? wordsIn(chosen[0]) : "";
      return;
    }
    refill(
      chips,
      chosen.map((option) =>
        h(
          "span",
          { class: "chip" },
          wordsIn(option),
          h(
            "button",
            {
              type: "button",
              class: "chip-remove",
              "aria-label": t("select.remove", { option: wordsIn(option) }),
              on: { click: () => toggle(option) },
            },
            icon("close"),
          ),
        ),
      ),
    );
    input.placeholder = chosen.length ? "" : (placeholder ?? "");
  }

  function toggle(option) {
    if (!multiple) chosen = [option];
    else if (has(option)) chosen = chosen.filter((one) => one.value !== option.value);
    else if (!most || chosen.length < most) chosen = [...chosen, option];
    showChosen();
    changed(chosen);
  }

  function drawList(groups, hint) {
    shown = groups.flatMap((group) => group.options);
    active = shown.length && (input.value || !multiple) ? Math.max(0, shown.findIndex(has)) : -1;
    let at = 0;
    refill(
      list,
      groups.map((group) => [
        group.label ? h("div", { class: "combo-group", role: "presentation" }, group.label) : null,
        group.options.map((option) => drawOption(option, at++)),
      ]),
    );
    if (!shown.length) fill(list, [h("p", { class: "quiet combo-none" }, hint ?? t("select.none"))]);
    mark();
    if (isOpen()) place(list, root, { matchWidth: true });
  }

  function drawOption(option, at) {
    return h(
      "div",
      {
        id: `${listId}-${at}`,
        class: "combo-option",
        role: "option",
        "aria-selected": String(has(option)),
        on: { click: () => choose(at) },
      },
      h("span", {}, wordsIn(option), option.description ? h("small", {}, option.description.text) : null),
      has(option) ? icon("check") : null,
    );
  }

  function mark() {
    for (const [at, node] of list.querySelectorAll("[role=option]").entries())
      node.classList.toggle("is-active", at === active);
    const node = active >= 0 ? list.querySelector(`#${listId}-${active}`) : null;
    if (node) input.setAttribute("aria-activedescendant", node.id);
    else input.removeAttribute("aria-activedescendant");
    node?.scrollIntoView({ block: "nearest" });
  }

  async function search(typed) {
    const mine = (asked += 1);
    const answer = look(typed);
    if (answer instanceof Promise) list.classList.add("is-busy");
    const found = await answer;
    if (mine !== asked) return;
    list.classList.remove("is-busy");
    drawList(found.hint ? [] : found, found.hint);
  }

  const follow = () => place(list, root, { matchWidth: true });
  function open() {
    if (isOpen()) return;
    list.showPopover();
    input.setAttribute("aria-expanded", "true");
    addEventListener("scroll", follow, true);
    search("");
    follow();
  }

  function close() {
    if (!isOpen()) return;
    list.hidePopover();
    asked += 1;
    clearTimeout(timer);
    removeEventListener("scroll", follow, true);
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    if (!multiple && optional && input.value === "" && chosen.length) {
      chosen = [];
      changed(chosen);
    }
    if (multiple) input.value = "";
    showChosen();
    closed?.();
  }

  function choose(at) {
    toggle(shown[at]);
    if (multiple) {
      input.value = "";
      search("");
    } else close();
  }

  const KEYS = {
    ArrowDown: () => (isOpen() ? ((active = Math.min(shown.length - 1, active + 1)), mark()) : open()),
    ArrowUp: () => (isOpen() ? ((active = Math.max(0, active - 1)), mark()) : open()),
    Enter: () => (isOpen() && active >= 0 ? choose(active) : isOpen() ? null : open()),
    Escape: close,
  };
  list.addEventListener("mousedown", (event) => event.preventDefault());
  root.addEventListener(
    "click",
    (event) => event.target.closest("[role=option], .chip-remove") || (input.focus(), open()),
  );
  input.addEventListener("focus", () => multiple || input.select());
  input.addEventListener("blur", close);
  input.addEventListener("input", () => {
    open();
    clearTimeout(timer);
    timer = setTimeout(() => search(input.value), PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.key === "Escape" && !isOpen())) return;
    if (event.key === "Backspace" && multiple && !input.value && chosen.length) toggle(chosen.at(-1));
    if (!KEYS[event.key]) return;
    event.preventDefault();
    // A dialog around this field would close on the same Escape.
    event.stopPropagation();
    KEYS[event.key]();
  });
  showChosen();
  return root;
}
