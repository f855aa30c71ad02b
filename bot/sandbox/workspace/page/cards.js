/** Blocks that hold others: cards, rows of cards, containers, plans and their tasks. */

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { link, plain, textOf } from "./mrkdwn.js";
import { picture } from "./pictures.js";
import { richText } from "./rich_text.js";

const words = (object, surface, name, tag = "div") =>
  object ? h(tag, { class: `text ${name}` }, textOf(object, surface.names)) : null;

/** `button(element)` draws one of the card's actions. */
export function card(block, surface, button) {
  return h(
    "article",
    { class: "block card" },
    block.hero_image ? picture(block.hero_image, "card-hero", surface) : null,
    h(
      "div",
      { class: "card-head" },
      block.icon ? picture(block.icon, "context-image", surface) : null,
      h("div", {}, words(block.title, surface, "card-title"), words(block.subtitle, surface, "quiet")),
    ),
    words(block.body, surface, "card-body"),
    block.actions ? h("div", { class: "actions" }, block.actions.map(button)) : null,
    words(block.subtext, surface, "quiet card-subtext"),
  );
}

/** `draw(card)` draws each of them. */
export const carousel = (block, draw) =>
  h(
    "div",
    { class: "block carousel", tabindex: "0", role: "group", "aria-label": t("block.cards") },
    block.elements.map(draw),
  );

/** `draw(block)` draws what it holds. */
export function container(block, surface, draw) {
  const title = block.rich_text_title
    ? richText(block.rich_text_title, surface.names)
    : h("strong", {}, plain(block.title.text));
  const head = [
    block.icon ? picture(block.icon, "context-image", surface) : null,
    h("div", {}, title, words(block.subtitle, surface, "quiet")),
  ];
  const body = h("div", { class: "container-body" }, block.child_blocks.map(draw));
  const name = `block container${block.has_header_divider ? " has-divider" : ""}`;
  if (!block.is_collapsible) return h("section", { class: name }, h("div", { class: "container-head" }, head), body);
  return h(
    "details",
    { class: name, open: !block.default_collapsed },
    h("summary", { class: "container-head" }, head, icon("down")),
    body,
  );
}

const MARKS = { pending: "dots", in_progress: "reply", complete: "check", error: "alert" };

export const task = (one, surface) =>
  h(
    "div",
    { class: `block task is-${one.status}` },
    icon(MARKS[one.status]),
    h(
      "div",
      {},
      h("p", {}, plain(one.title), h("span", { class: "badge" }, t(`block.tasks.${one.status}`))),
      one.details ? richText(one.details, surface.names) : null,
      one.output ? richText(one.output, surface.names) : null,
      one.sources?.length
        ? h("p", { class: "chips" }, one.sources.map((source) => link(source.url, source.text)))
        : null,
    ),
  );

export const plan = (block, surface) =>
  h(
    "section",
    { class: "block plan" },
    h("strong", {}, plain(block.title)),
    block.tasks.map((one) => task(one, surface)),
  );
