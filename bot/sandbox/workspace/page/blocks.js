/** Block Kit's layout blocks. What this page cannot draw is marked, never guessed and never fatal. */

import { card, carousel, container, plan, task } from "./cards.js";
import { freshId, h, icon } from "./dom.js";
import { drawElement, slotOf } from "./elements.js";
import { chart, dataTable, table } from "./figures.js";
import { t } from "./i18n.js";
import { picture } from "./pictures.js";
import { richText, unsupported } from "./rich_text.js";
import { markdown } from "./markdown.js";
import { link, mrkdwn, plain, textOf } from "./mrkdwn.js";

/** `kept(block, blockId)` gives the node that stands for a block already, or null. */
export function drawBlocks(blocks, surface, kept = () => null) {
  surface.beginDrawing();
  return (blocks ?? []).map((block, at) => {
    const blockId = block?.block_id ?? `block-${at}`;
    const node = kept(block, blockId);
    if (node) surface.keep(blockId);
    return node ?? drawBlock(block, surface, blockId);
  });
}

const BARS = { good: "#2e8b57", warning: "#c98a12", danger: "#b3362c" };

/** Old-style attachments: a coloured bar beside a text or blocks of its own. */
export function drawAttachments(attachments, surface) {
  return (attachments ?? []).map((one) => {
    const words = (text, tag = "div") => (text ? h(tag, { class: "text" }, mrkdwn(text, surface.names)) : null);
    const title = one.title ? h("strong", {}, one.title_link ? link(one.title_link, one.title) : one.title) : null;
    const node = h(
      "div",
      { class: "attachment" },
      words(one.pretext),
      title,
      one.blocks
        ? one.blocks.map((block, at) => drawBlock(block, surface, block?.block_id ?? `attached-${at}`))
        : words(one.text ?? one.fallback),
      words(one.footer, "small"),
    );
    const color = BARS[one.color] ?? `#${String(one.color ?? "").replace(/^#/, "")}`;
    if (/^#[0-9a-f]{6}$/i.test(color)) node.style.borderLeftColor = color;
    return node;
  });
}

function drawBlock(block, surface, blockId) {
  try {
    const node = DRAW[block.type]?.(block, surface, blockId) ?? unsupported(block.type);
    node.dataset.blockId = blockId;
    return node;
  } catch (fault) {
    console.warn("a block could not be drawn", block, fault);
    return unsupported(block?.type);
  }
}

function element(block, surface, blockId, one, options) {
  return drawElement(slotOf(surface, blockId, one, options)) ?? unsupported(one.type);
}

function accessory(block, surface, blockId) {
  const one = block.accessory;
  if (!one) return null;
  return h(
    "div",
    { class: "accessory" },
    one.type === "image"
      ? picture(one, "thumb", surface)
      : element(block, surface, blockId, one, { label: labelled(one, block.text) }),
  );
}

/** Buttons carry their own words; a field beside a text is named by that text. */
const labelled = (one, text) => (one.type === "button" ? null : (text?.text ?? null));

function section(block, surface, blockId) {
  return h(
    "div",
    { class: "block section" },
    h(
      "div",
      { class: "section-main" },
      block.text ? h("div", { class: "text" }, textOf(block.text, surface.names)) : null,
      block.fields
        ? h(
            "div",
            { class: "fields" },
            block.fields.map((field) => h("div", { class: "text" }, textOf(field, surface.names))),
          )
        : null,
    ),
    accessory(block, surface, blockId),
  );
}

function context(block, surface) {
  return h(
    "div",
    { class: "block context" },
    block.elements.map((one) =>
      one.type === "image" ? picture(one, "context-image", surface) : h("span", { class: "text" }, textOf(one, surface.names)),
    ),
  );
}

function image(block, surface) {
  return h(
    "figure",
    { class: "block figure" },
    block.title ? h("figcaption", {}, plain(block.title.text)) : null,
    picture(block, "picture", surface),
  );
}

function input(block, surface, blockId) {
  const one = block.element;
  const [labelId, hintId, errorId] = [freshId("label"), freshId("hint"), freshId("error")];
  const slot = slotOf(surface, blockId, one, {
    label: null,
    describedBy: `${hintId} ${errorId}`,
    dispatches: block.dispatch_action === true,
    optional: block.optional === true,
  });
  const control = drawElement(slot) ?? unsupported(one.type);
  const isGroup = control.matches(".choices");
  if (isGroup) control.setAttribute("aria-labelledby", labelId);
  return h(
    "div",
    { class: "block input", data: { required: block.optional ? "" : "yes" } },
    h(
      isGroup ? "span" : "label",
      { id: labelId, class: "label", for: isGroup ? null : slot.id },
      plain(block.label.text),
      block.optional ? h("span", { class: "quiet" }, ` ${t("block.optional")}`) : null,
    ),
    control,
    h("p", { id: errorId, class: "field-error", hidden: true }),
    h("p", { id: hintId, class: "hint", hidden: !block.hint }, block.hint ? plain(block.hint.text) : null),
  );
}

const buttonOf = (block, surface, blockId) => (one) => element(block, surface, blockId, one, { label: null });

/** What stands inside another block; its own id counts, as it does outside. */
const inside = (surface, blockId) => (block, at) => drawBlock(block, surface, block?.block_id ?? `${blockId}-${at}`);

const DRAW = {
  header: (block) => h("h3", { class: "block header" }, plain(block.text.text)),
  section,
  divider: () => h("hr", { class: "block" }),
  context,
  image,
  actions: (block, surface, blockId) =>
    h(
      "div",
      { class: "block actions" },
      block.elements.map((one) =>
        element(block, surface, blockId, one, {
          label: one.type === "button" ? null : (one.placeholder?.text ?? null),
        }),
      ),
    ),
  input,
  rich_text: (block, surface) => richText(block, surface.names),
  markdown: (block) => h("div", { class: "block rich" }, markdown(block.text)),
  table,
  data_table: dataTable,
  data_visualization: chart,
  card: (block, surface, blockId) => card(block, surface, buttonOf(block, surface, blockId)),
  carousel: (block, surface, blockId) => carousel(block, inside(surface, blockId)),
  container: (block, surface, blockId) => container(block, surface, inside(surface, blockId)),
  plan,
  task_card: task,
  alert: (block, surface) =>
    h(
      "div",
      { class: `block alert is-${block.level ?? "default"}` },
      icon(["warning", "error"].includes(block.level) ? "alert" : "check"),
      h("div", { class: "text" }, textOf(block.text, surface.names)),
    ),
};
