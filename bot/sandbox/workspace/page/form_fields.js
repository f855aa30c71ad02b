/**
 * The fields of the simulator's own forms. Each is {name, node, input, read, show}: `read()` gives
 * the value, or undefined where what is written is none; `show(value)` puts one in.
 */

import { freshId, h } from "./dom.js";
import { t } from "./i18n.js";

/** The label, the input, what helps to fill it in. */
function framed(name, input, label, hint) {
  const id = freshId(name);
  input.id = id;
  const note = hint ? h("small", { id: `${id}-hint`, class: "quiet" }, hint) : null;
  if (note) input.setAttribute("aria-describedby", note.id);
  return h("div", { class: "sheet-field" }, h("label", { class: "label", for: id }, label), input, note);
}

/** A whole number; an empty field is null where it is optional. */
export function numberField(name, label, { least = 0, most = 1_000_000, isOptional = true, start = "", hint } = {}) {
  const input = h("input", { class: "field", inputmode: "numeric", autocomplete: "off", value: String(start) });
  if (isOptional) input.placeholder = t("console.none");
  const read = () => {
    const typed = input.value.trim();
    if (!typed) return isOptional ? null : undefined;
    const value = /^\d{1,15}$/.test(typed) ? Number(typed) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  };
  const fault = t("console.faults.number", { least, most: most.toLocaleString("en-US") });
  return { name, input, read, fault, node: framed(name, input, label, hint), show: (value) => show(input, value) };
}

/** A line of text, at most `most` characters; an empty one is null where it is optional. */
export function textField(name, label, { most = 200, isOptional = false, type = "text", hint, example } = {}) {
  const input = h("input", { class: "field", type, maxlength: most, autocomplete: "off", placeholder: example });
  const read = () => input.value.trim() || (isOptional ? null : undefined);
  const fault = t("console.faults.empty");
  return { name, input, read, fault, node: framed(name, input, label, hint), show: (value) => show(input, value) };
}

/** One of `options` ([value, words]). */
export function selectField(name, label, options, { hint, changed } = {}) {
  const input = h("select", { class: "field", on: changed ? { change: () => changed(input.value) } : {} });
  const offer = (all) => {
    const former = input.value;
    input.replaceChildren(...all.map(([value, words]) => h("option", { value }, words)));
    if (all.some(([value]) => value === former)) input.value = former;
  };
  offer(options);
  const shown = (value) => value !== null && value !== undefined && (input.value = value);
  return { name, input, offer, read: () => input.value, node: framed(name, input, label, hint), show: shown };
}

/** Some of `options` ([value, words]), as an array. */
export function manyField(name, label, options) {
  const boxes = options.map(([value, words]) => [value, h("input", { type: "checkbox", value }), words]);
  const chosen = () => boxes.filter(([, box]) => box.checked).map(([value]) => value);
  return {
    name,
    input: boxes[0][1],
    read: chosen,
    show: (values) => boxes.forEach(([value, box]) => (box.checked = (values ?? []).includes(value))),
    node: h(
      "fieldset",
      { class: "choices" },
      h("legend", { class: "label" }, label),
      boxes.map(([, box, words]) => h("label", { class: "choice" }, box, h("span", {}, words))),
    ),
  };
}

/** Radio buttons that count at once; the words are under `area`. */
export function choices(area, names, chosen) {
  const group = freshId("choices");
  const radios = new Map(
    names.map((name) => [
      name,
      h("input", { type: "radio", name: group, value: name, on: { change: () => chosen(name) } }),
    ]),
  );
  const node = h(
    "fieldset",
    { class: "choices" },
    h("legend", { class: "unseen" }, t(`${area}.title`)),
    [...radios].map(([name, radio]) => labelled(radio, t(`${area}.${name}`), t(`${area}.${name}_hint`))),
  );
  return {
    node,
    choose: (wanted) => radios.forEach((radio, name) => (radio.checked = name === wanted)),
    allow: (isAllowed) => (node.disabled = !isAllowed),
  };
}

/** A switch that counts at once. */
export function toggle(words, hint, changed) {
  const input = h("input", { type: "checkbox", role: "switch", on: { change: () => changed(input.checked) } });
  return { node: labelled(input, words, hint), show: (isOn) => (input.checked = isOn) };
}

function labelled(input, words, hint) {
  return h("label", { class: "choice" }, input, h("span", {}, words, hint ? h("small", {}, hint) : null));
}

function show(input, value) {
  input.value = value === null || value === undefined ? "" : String(value);
}
