/** Block Kit's selects: where their choices come from, and how each names what was chosen. */

import { combobox } from "./combobox.js";
import { t } from "./i18n.js";

const matches = (option, typed) =>
  `${option.text?.text} ${option.description?.text ?? ""}`.toLowerCase().includes(typed.toLowerCase());
const asOption = (words, value) => ({ text: { type: "plain_text", text: words }, value });
const narrowed = (groups, typed) =>
  groups
    .map((group) => ({ ...group, options: group.options.filter((option) => matches(option, typed)) }))
    .filter((group) => group.options.length);
const grouped = (holder) =>
  holder.option_groups
    ? holder.option_groups.map((group) => ({ label: group.label?.text, options: group.options }))
    : [{ options: holder.options ?? [] }];

/** Where a select's options come from, and what its state calls the chosen one. */
const SOURCES = {
  static: { noun: "option", look: (slot) => (typed) => narrowed(grouped(slot.element), typed) },
  external: {
    noun: "option",
    look: (slot) => async (typed) => {
      const least = slot.element.min_query_length ?? 3;
      if (typed.length < least) return { hint: t("select.type_more", { count: least }) };
      const answer = await slot.suggest(typed);
      return answer.options || answer.option_groups ? grouped(answer) : { hint: t("select.failed") };
    },
  },
  users: { noun: "user", look: (slot) => (typed) => narrowed([{ options: slot.surface.directory.users }], typed) },
  channels: {
    noun: "channel",
    look: (slot) => (typed) => narrowed([{ options: slot.surface.directory.channels }], typed),
  },
  conversations: {
    noun: "conversation",
    look: (slot) => (typed) =>
      narrowed([{ options: slot.surface.directory.channels }, { options: slot.surface.directory.direct }], typed),
  },
};

function select(slot, sourceName, multiple) {
  const { element } = slot;
  const { noun, look } = SOURCES[sourceName];
  const isOption = noun === "option";
  const key = `selected_${noun}${multiple ? "s" : ""}`;
  const given = multiple ? (element[`initial_${noun}s`] ?? []) : (element[`initial_${noun}`] ?? null);
  const state = slot.start({ [key]: given })[key];
  const everyone = [
    ...slot.surface.directory.users,
    ...slot.surface.directory.channels,
    ...slot.surface.directory.direct,
  ];
  const toOption = (value) =>
    isOption ? value : (everyone.find((option) => option.value === value) ?? asOption(value, value));
  const toValue = (option) => (isOption ? option : option.value);
  let waiting = null;
  return combobox({
    id: slot.id,
    label: slot.label ?? element.placeholder?.text,
    describedBy: slot.describedBy,
    placeholder: element.placeholder?.text ?? t("select.placeholder"),
    multiple,
    most: element.max_selected_items,
    optional: slot.optional && !slot.dispatches,
    selected: (multiple ? state : [state]).filter((value) => value !== null).map(toOption),
    look: look(slot),
    changed(options) {
      const details = { [key]: multiple ? options.map(toValue) : options[0] ? toValue(options[0]) : null };
      slot.set(details);
      if (multiple) waiting = details;
      else slot.fire(details);
    },
    // A multiple select is told once, when its list closes.
    closed() {
      if (waiting) slot.fire(waiting);
      waiting = null;
    },
  });
}

/** Every select by its type, single and multiple. */
export const SELECTS = Object.fromEntries(
  Object.keys(SOURCES).flatMap((name) => [
    [`${name}_select`, (slot) => select(slot, name, false)],
    [`multi_${name}_select`, (slot) => select(slot, name, true)],
  ]),
);
