/** Standard Markdown, as the `markdown` block and AI answers use it: the parts that show in a chat. */

import { h } from "./dom.js";
import { link, plain } from "./mrkdwn.js";

const INLINE = /`([^`]+)`|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|\*([^\s*](?:.*?[^\s*])?)\*|\[([^\]]+)\]\(([^)\s]+)\)/;

function inline(text) {
  const found = INLINE.exec(text);
  if (!found) return plain(text);
  const [whole, code, bold, strong, strike, italic, label, url] = found;
  return [
    plain(text.slice(0, found.index)),
    drawn({ code, bold: bold ?? strong, strike, italic, label, url }),
    inline(text.slice(found.index + whole.length)),
  ];
}

function drawn({ code, bold, strike, italic, label, url }) {
  if (code) return h("code", {}, code);
  if (bold) return h("strong", {}, inline(bold));
  if (strike) return h("s", {}, inline(strike));
  if (italic) return h("em", {}, inline(italic));
  return link(url, inline(label));
}

/** How a kind of line is drawn; lines of one kind that follow each other share an element. */
const KINDS = [
  [/^#{1,6} +(.*)$/, (lines) => lines.map((line) => h("p", {}, h("strong", {}, inline(line))))],
  [
    /^ *[-*+] +(.*)$/,
    (lines) =>
      h(
        "ul",
        {},
        lines.map((line) => h("li", {}, inline(line))),
      ),
  ],
  [
    /^ *\d+[.)] +(.*)$/,
    (lines) =>
      h(
        "ol",
        {},
        lines.map((line) => h("li", {}, inline(line))),
      ),
  ],
  [
    /^> ?(.*)$/,
    (lines) =>
      h(
        "blockquote",
        {},
        lines.map((line) => h("p", {}, inline(line))),
      ),
  ],
  [/^(.*)$/, (lines) => lines.map((line) => (line.trim() ? h("p", {}, inline(line)) : h("br")))],
];

function lines(text) {
  const runs = [];
  for (const line of text.split("\n")) {
    const at = KINDS.findIndex(([pattern]) => pattern.test(line));
    const words = KINDS[at][0].exec(line)[1];
    if (runs.at(-1)?.at === at) runs.at(-1).lines.push(words);
    else runs.push({ at, lines: [words] });
  }
  return runs.map((run) => KINDS[run.at][1](run.lines));
}

/** Nodes of a Markdown text. */
export function markdown(text) {
  return text
    .split(/^```[^\n]*\n([^]*?)\n?```$/m)
    .map((part, at) => (at % 2 ? h("pre", {}, part) : part ? lines(part.replace(/^\n|\n$/g, "")) : []));
}
