/** Block Kit's interactive elements: each draws itself, keeps its value, and says when it is used. */

import { freshId, h, icon, openMenu } from "./dom.js";
import { ChosenFiles } from "./files.js";
import { secondsOfWall, t, wallOf } from "./i18n.js";
import { link, plain, textOf } from "./mrkdwn.js";
import { ask } from "./popups.js";
import { SELECTS } from "./selects.js";

/**
 * Where an element stands: its surface and block, the words that name it, whether using it is told
 * to the app at once, and whether it may stay empty.
 */
export function slotOf(surface, blockId, element, { label, describedBy, dispatches = true, optional = true } = {}) {
  const { type, action_id: actionId } = element;
  return {
    surface,
    element,
    label,
    describedBy,
    dispatches,
    optional,
    id: freshId("field"),
    start: (initial) => surface.start(blockId, actionId, { type, ...initial }),
    set: (value) => surface.set(blockId, actionId, { type, ...value }),
    afterTyping: (tell) => surface.afterTyping(blockId, actionId, tell),
    suggest: (typed) => surface.suggest(blockId, actionId, typed),
    async fire(details) {
      if (!dispatches || (element.confirm && !(await ask(element.confirm, surface.names)))) return;
      await surface.act({ type, action_id: actionId, block_id: blockId, ...details });
    },
  };
}

/** The element's node, or null where this page cannot draw its type. */
export function drawElement(slot) {
  const node = DRAW[slot.element.type]?.(slot) ?? null;
  if (node) node.dataset.action = slot.element.action_id ?? "";
  return node;
}

function button(slot) {
  const { element } = slot;
  const name = `button${{ primary: " is-primary", danger: " is-danger" }[element.style] ?? ""}`;
  const words = plain(element.text?.text, element.text?.emoji !== false);
  const told = element.value === undefined ? { text: element.text } : { text: element.text, value: element.value };
  const node = h(
    "button",
    { type: "button", id: slot.id, class: name, "aria-label": element.accessibility_label },
    words,
  );
  node.addEventListener("click", async () => {
    if (node.ariaBusy === "true") return;
    node.ariaBusy = "true";
    try {
      if (element.url) openAway(element.url);
      await slot.fire(told);
    } finally {
      node.ariaBusy = null;
    }
  });
  return node;
}

function openAway(url) {
  const anchor = link(url);
  if (anchor.tagName === "A") anchor.click();
}

const controlProps = (slot) => ({
  id: slot.id,
  class: "field",
  "aria-label": slot.label,
  "aria-describedby": slot.describedBy,
  placeholder: slot.element.placeholder?.text,
  data: { focus: slot.element.focus_on_load ? "yes" : "" },
});

function textInput(slot, props) {
  const { element } = slot;
  const tag = element.multiline ? "textarea" : "input";
  const control = h(tag, {
    ...controlProps(slot),
    ...(element.multiline ? { rows: 4 } : { type: "text", autocomplete: "off" }),
    maxlength: element.max_length,
    ...props,
  });
  control.value = slot.start({ value: element.initial_value ?? null }).value ?? "";
  const value = () => (control.value === "" ? null : control.value);
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const typed = (event) => {
    slot.set({ value: value() });
    // While an input method composes, what stands there is not yet what was meant.
    if (event.isComposing || !triggers.includes("on_character_entered")) return;
    slot.afterTyping(() => slot.fire({ value: value() }));
  };
  control.addEventListener("input", typed);
  control.addEventListener("compositionend", typed);
  control.addEventListener("keydown", (event) => {
    if (
      event.key !== "Enter" ||
      event.isComposing ||
      !slot.dispatches ||
      !triggers.includes("on_enter_pressed") ||
      event.shiftKey
    )
      return;
    event.preventDefault();
    slot.fire({ value: value() });
  });
  return control;
}

/** Plain text that is passed on as one paragraph of rich text. */
function richInput(slot) {
  const { element } = slot;
  const control = h("textarea", { ...controlProps(slot), rows: 4 });
  const written = (value) =>
    (value?.elements ?? [])
      .flatMap((part) => part.elements ?? [])
      .map((leaf) => leaf.text ?? "")
      .join("");
  control.value = written(slot.start({ rich_text_value: element.initial_value ?? null }).rich_text_value);
  control.addEventListener("input", () =>
    slot.set({ rich_text_value: control.value === "" ? null : richText(control.value) }),
  );
  return control;
}

const richText = (text) => ({
  type: "rich_text",
  elements: [{ type: "rich_text_section", elements: [{ type: "text", text }] }],
});

/** Date and time fields: `key` is their state's, `read` and `write` go between it and the control. */
function momentInput(slot, type, key, initial, read = (text) => text, write = (value) => value) {
  const control = h("input", { ...controlProps(slot), type });
  const value = slot.start({ [key]: initial ?? null })[key];
  control.value = value === null ? "" : write(value);
  control.addEventListener("change", () => {
    const chosen = control.value === "" ? null : read(control.value);
    slot.set({ [key]: chosen });
    slot.fire({ [key]: chosen });
  });
  return control;
}

function choices(slot, type) {
  const { element } = slot;
  const isRadio = type === "radio";
  const state = slot.start(
    isRadio ? { selected_option: element.initial_option ?? null } : { selected_options: element.initial_options ?? [] },
  );
  const chosen = (isRadio ? [state.selected_option] : state.selected_options)
    .filter(Boolean)
    .map((option) => option.value);
  const boxes = element.options.map((option) => {
    const box = h("input", { type, name: slot.id, value: option.value });
    box.checked = chosen.includes(option.value);
    return box;
  });
  const changed = () => {
    const picked = element.options.filter((_, at) => boxes[at].checked);
    const details = isRadio ? { selected_option: picked[0] ?? null } : { selected_options: picked };
    slot.set(details);
    slot.fire(details);
  };
  return h(
    "div",
    {
      id: slot.id,
      class: "choices",
      role: isRadio ? "radiogroup" : "group",
      "aria-label": slot.label,
      "aria-describedby": slot.describedBy,
      on: { change: changed },
    },
    element.options.map((option, at) =>
      h(
        "label",
        { class: "choice" },
        boxes[at],
        h(
          "span",
          {},
          textOf(option.text, slot.surface.names),
          option.description ? h("small", {}, textOf(option.description, slot.surface.names)) : null,
        ),
      ),
    ),
  );
}

function overflow(slot) {
  const node = h(
    "button",
    {
      type: "button",
      id: slot.id,
      class: "icon-button is-outlined",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": slot.element.accessibility_label ?? t("block.more_actions"),
    },
    icon("dots"),
  );
  node.addEventListener("click", () =>
    openMenu(
      node,
      slot.element.options.map((option) => ({
        label: plain(option.text.text),
        detail: option.description ? h("small", {}, option.description.text) : null,
        choose: () => {
          if (option.url) openAway(option.url);
          slot.fire({ selected_option: option });
        },
      })),
      { label: t("block.more_actions") },
    ),
  );
  return node;
}

/** Files for a form; the app may read them once it is submitted. */
function fileInput(slot) {
  const { element, surface } = slot;
  const chosen = new ChosenFiles({
    desk: surface,
    files: slot.start({ files: [] }).files,
    kinds: element.filetypes ?? [],
    most: element.max_files ?? 10,
    changed: (files) => slot.set({ files }),
  });
  const button = h(
    "button",
    {
      type: "button",
      id: slot.id,
      class: "button",
      "aria-label": slot.label ? `${slot.label}: ${t("files.choose")}` : null,
      "aria-describedby": slot.describedBy,
      on: { click: () => chosen.open() },
    },
    icon("clip"),
    t("files.choose"),
  );
  return h("div", { class: "choices" }, chosen.node, h("div", {}, button));
}

const DRAW = {
  button,
  overflow,
  plain_text_input: (slot) => textInput(slot, {}),
  email_text_input: (slot) => textInput(slot, { type: "email" }),
  url_text_input: (slot) => textInput(slot, { type: "url" }),
  // Not type=number: there, what is no number reads as nothing, and would be sent as left empty.
  number_input: (slot) => textInput(slot, { inputmode: slot.element.is_decimal_allowed ? "decimal" : "numeric" }),
  rich_text_input: richInput,
  file_input: fileInput,
  datepicker: (slot) => momentInput(slot, "date", "selected_date", slot.element.initial_date),
  timepicker: (slot) => momentInput(slot, "time", "selected_time", slot.element.initial_time),
  datetimepicker: (slot) =>
    momentInput(slot, "datetime-local", "selected_date_time", slot.element.initial_date_time, secondsOfWall, wallOf),
  checkboxes: (slot) => choices(slot, "checkbox"),
  radio_buttons: (slot) => choices(slot, "radio"),
  ...SELECTS,
};
