/** Blocks of figures: tables, tables in pages, and charts, all of them drawn as bars. */

import { h, icon, refill } from "./dom.js";
import { t } from "./i18n.js";
import { richText, unsupported } from "./rich_text.js";

const ROWS_AT_FIRST = 5;
/** A cell that says nothing without the head of its column, which a small screen has no room for. */
const FIGURE = /^[\d\s.,:%()+−-]+$/;

const CELLS = {
  raw_text: (cell) => cell.text,
  raw_number: (cell) => cell.text ?? String(cell.value),
  rich_text: (cell, surface) => richText(cell, surface.names),
};

function drawCell(cell, surface, tag, { align, is_wrapped: isWrapped } = {}, scope = null) {
  const side = align ?? (cell.type === "raw_number" ? "right" : "left");
  const drawn = CELLS[cell.type]?.(cell, surface) ?? unsupported(cell.type);
  return h(tag, { scope, class: `is-${side}${isWrapped ? " is-wrapped" : ""}` }, drawn);
}

function withHead(drawn, { text } = {}) {
  if (text && FIGURE.test(drawn.textContent)) drawn.dataset.head = text;
  return drawn;
}

const headRow = (cells, surface, settings = []) =>
  h(
    "tr",
    {},
    cells.map((cell, at) => drawCell(cell, surface, "th", settings[at], "col")),
  );

/** A box that scrolls sideways by itself, named for those who cannot see that it is a table. */
const scrolling = (label, ...children) =>
  h("div", { class: "block table", tabindex: "0", role: "group", "aria-label": label }, children);

export function table(block, surface) {
  const settings = block.column_settings ?? [];
  const [head, ...rest] = block.rows;
  const rows = rest.map((row) =>
    h(
      "tr",
      {},
      row.map((cell, at) => withHead(drawCell(cell, surface, "td", settings[at]), head[at])),
    ),
  );
  return scrolling(t("block.table"), h("table", {}, h("thead", {}, headRow(head, surface, settings)), h("tbody", {}, rows)));
}

/** A table that names its rows, and shows so many of them at a time. */
export function dataTable(block, surface) {
  const [head, ...rest] = block.rows;
  const named = block.row_header_column_index ?? 0;
  const size = block.page_size ?? ROWS_AT_FIRST;
  const body = h("tbody");
  const where = h("span", { role: "status" });
  let first = 0;
  const row = (cells) =>
    h(
      "tr",
      {},
      cells.map((cell, at) => drawCell(cell, surface, at === named ? "th" : "td", {}, at === named ? "row" : null)),
    );
  const show = (from) => {
    first = from;
    refill(body, rest.slice(from, from + size).map(row));
    where.textContent = t("block.rows", { from: from + 1, to: Math.min(from + size, rest.length), count: rest.length });
    [back.disabled, on.disabled] = [from === 0, from + size >= rest.length];
  };
  const turn = (name, words, step) =>
    h(
      "button",
      { type: "button", class: "icon-button", "aria-label": words, title: words, on: { click: () => show(first + step) } },
      icon(name),
    );
  const back = turn("back", t("block.rows_before"), -size);
  const on = turn("forth", t("block.rows_after"), size);
  show(0);
  return h(
    "div",
    { class: "block data-table" },
    scrolling(block.caption, h("table", {}, h("caption", {}, block.caption), h("thead", {}, headRow(head, surface)), body)),
    rest.length > size ? h("p", { class: "pager" }, back, where, on) : null,
  );
}

/** Every chart as rows of bars with their figures, so that nothing has to be guessed from a picture. */
export function chart(block) {
  const { title, chart: drawn } = block;
  const rows = drawn.type === "pie" ? ofSlices(drawn.segments) : ofSeries(drawn);
  const most = Math.max(...rows.map((row) => Math.abs(row.value)), 0) || 1;
  const { x_label: x, y_label: y } = drawn.axis_config ?? {};
  return h(
    "figure",
    { class: "block chart", data: { chart: drawn.type } },
    h("figcaption", {}, h("strong", {}, title), [x, y].some(Boolean) ? h("small", {}, [x, y].filter(Boolean).join(" · ")) : null),
    h(
      "dl",
      {},
      rows.map((row) => bar(row, most)),
    ),
  );
}

function ofSlices(segments) {
  const all = segments.reduce((sum, { value }) => sum + value, 0);
  return segments.map(({ label, value }) => ({ label, value, words: `${value} (${Math.round((value / all) * 100)}%)` }));
}

function ofSeries({ series, axis_config: { categories } }) {
  const one = series.length === 1;
  return categories.flatMap((category) =>
    series.map(({ name, data }, at) => {
      const { value } = data.find(({ label }) => label === category);
      return { label: one ? category : `${category} · ${name}`, value, words: String(value), at };
    }),
  );
}

function bar({ label, value, words, at = 0 }, most) {
  const line = h("span", { class: `bar tone-${at % 6}${value < 0 ? " is-negative" : ""}`, "aria-hidden": "true" });
  line.style.inlineSize = `${(Math.abs(value) / most) * 100}%`;
  return h("div", { class: "chart-row" }, h("dt", {}, label), h("dd", {}, h("span", { class: "bar-track" }, line), words));
}
