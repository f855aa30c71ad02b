/** The rich_text block; and the mark on what this page cannot draw. */

import { h, icon } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { t } from "./i18n.js";
import { draw, link } from "./mrkdwn.js";

/** Stands where something cannot be drawn: seen, and found by its type. */
export function unsupported(type) {
  const name = String(type ?? "?");
  return h(
    "div",
    { class: "unsupported", data: { unsupported: name } },
    icon("alert"),
    h("span", {}, t("block.unsupported", { type: name })),
  );
}

const styled = (words, style = {}) =>
  [
    ["code", "code"],
    ["bold", "strong"],
    ["italic", "em"],
    ["strike", "s"],
    ["underline", "u"],
  ].reduce((inner, [name, tag]) => (style[name] ? h(tag, {}, inner) : inner), words);

/** Rich text's leaves, most of them by the token the mrkdwn reader would have made. */
const LEAVES = {
  text: (leaf) => leaf.text,
  link: (leaf) => link(leaf.url, leaf.text ?? leaf.url),
  emoji: (leaf, names) =>
    draw([{ type: "emoji", name: leaf.name, character: emojiOf(leaf.name) ?? `:${leaf.name}:` }], names),
  user: (leaf, names) => draw([{ type: "user", id: leaf.user_id }], names),
  channel: (leaf, names) => draw([{ type: "channel", id: leaf.channel_id }], names),
  usergroup: (leaf, names) => draw([{ type: "group", id: leaf.usergroup_id }], names),
  broadcast: (leaf, names) => draw([{ type: "broadcast", name: leaf.range }], names),
  date: (leaf, names) =>
    draw(
      [{ type: "date", seconds: leaf.timestamp, pattern: leaf.format, url: leaf.url ?? null, label: leaf.fallback }],
      names,
    ),
  color: (leaf) => leaf.value,
};

const leaves = (list, names) =>
  list.map((leaf) => (LEAVES[leaf.type] ? styled(LEAVES[leaf.type](leaf, names), leaf.style) : unsupported(leaf.type)));

const RICH = {
  rich_text_section: (part, names) => h("div", { class: "text" }, leaves(part.elements, names)),
  rich_text_preformatted: (part, names) => h("pre", {}, leaves(part.elements, names)),
  rich_text_quote: (part, names) => h("blockquote", {}, leaves(part.elements, names)),
  rich_text_list: (part, names) =>
    h(
      part.style === "ordered" ? "ol" : "ul",
      { start: part.offset ? part.offset + 1 : null, class: `indent-${Math.min(8, part.indent ?? 0)}` },
      part.elements.map((item) => h("li", {}, leaves(item.elements, names))),
    ),
};

/** Nodes of a rich_text block. */
export function richText(block, names) {
  return h(
    "div",
    { class: "block rich" },
    block.elements.map((part) => RICH[part.type]?.(part, names) ?? unsupported(part.type)),
  );
}
