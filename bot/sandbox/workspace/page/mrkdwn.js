/** Slack's text markup: text → tokens → nodes. Tokens hold plain text; only `h` makes elements. */

import { h } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { writeDate } from "./i18n.js";

const SAFE_LINK = /^(https?:\/\/|mailto:|tel:)/i;
const BARE_LINK = /^https?:\/\/[!#-&(-;=?-{}~]+/; // an address is ASCII: 请打开https://a.cn，谢谢
const EMOJI = /^:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/;
const WORD = /[\p{L}\p{N}]/u;
const STYLES = { "*": "strong", _: "em", "~": "s" };

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const decodeEntities = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

/** Tokens of a whole text: `pre` and `quote` blocks, `break`s, and what `tokenizeLine` finds. */
function tokenize(text) {
  const fenced = text.split(/```([^]*?[^`\s][^]*?)```/);
  return fenced.flatMap((part, index) =>
    index % 2
      ? [{ type: "pre", children: literal(part.replace(/^\n|\n$/g, "")) }]
      : part
        ? tokenizeLines(part, index > 0)
        : [],
  );
}

function tokenizeLines(text, followsPre) {
  const tokens = [];
  const lines = (followsPre ? text.replace(/^\n/, "") : text).split("\n");
  for (const [index, line] of lines.entries()) {
    const quoted = /^(?:>|&gt;) ?(.*)$/.exec(line);
    const previous = tokens.at(-1);
    if (quoted && previous?.type === "quote") previous.children.push({ type: "break" }, ...tokenizeLine(quoted[1]));
    else if (quoted) tokens.push({ type: "quote", children: tokenizeLine(quoted[1]) });
    else {
      if (index > 0 && previous?.type !== "quote") tokens.push({ type: "break" });
      tokens.push(...tokenizeLine(line));
    }
  }
  return tokens;
}

/** Tokens of one line: text, strong, em, s, code, emoji, link, user, channel, group, broadcast, date. */
function tokenizeLine(line) {
  const tokens = [];
  let text = "";
  let at = 0;
  const flush = () => {
    if (text) tokens.push({ type: "text", text: decodeEntities(text) });
    text = "";
  };
  while (at < line.length) {
    const found = tokenAt(line, at);
    if (found) {
      flush();
      tokens.push(found.token);
      at += found.length;
    } else {
      text += line[at];
      at += 1;
    }
  }
  flush();
  return tokens;
}

function tokenAt(line, at) {
  const sign = line[at];
  if (sign === "<") return angleAt(line, at);
  if (sign === "`") return codeAt(line, at);
  if (sign === ":") return emojiAt(line, at);
  if (sign in STYLES) return styleAt(line, at);
  if (sign === "h" && !WORD.test(line[at - 1] ?? " ")) return bareLinkAt(line, at);
  return null;
}

function codeAt(line, at) {
  const end = line.indexOf("`", at + 1);
  if (end <= at + 1) return null;
  return { token: { type: "code", children: literal(line.slice(at + 1, end)) }, length: end + 1 - at };
}

function emojiAt(line, at) {
  const match = EMOJI.exec(line.slice(at, at + 80));
  const character = match && emojiOf(match[1]);
  return character ? { token: { type: "emoji", name: match[1], character }, length: match[0].length } : null;
}

function bareLinkAt(line, at) {
  const match = BARE_LINK.exec(line.slice(at));
  if (!match) return null;
  const url = match[0].replace(/[.,;:!?)*_~`]+$/, "");
  const words = decodeEntities(url);
  return { token: { type: "link", url: words, label: words, isBare: true }, length: url.length };
}

/** A style opens at a word's edge before something, and closes after something at a word's edge. */
function styleAt(line, at) {
  const sign = line[at];
  if (
    WORD.test(line[at - 1] ?? " ") ||
    line[at - 1] === sign ||
    /^(?:\s|$)/.test(line.slice(at + 1)) ||
    line[at + 1] === sign
  )
    return null;
  for (let end = at + 1; end < line.length; end += 1) {
    const skipped = line[end] === "<" ? angleAt(line, end) : line[end] === "`" ? codeAt(line, end) : null;
    if (skipped) end += skipped.length - 1;
    else if (
      line[end] === sign &&
      !/\s/.test(line[end - 1]) &&
      !WORD.test(line[end + 1] ?? " ") &&
      line[end + 1] !== sign
    )
      return { token: { type: STYLES[sign], children: tokenizeLine(line.slice(at + 1, end)) }, length: end + 1 - at };
  }
  return null;
}

/** Code and preformatted text: only `<…>` means something there. */
function literal(text) {
  const tokens = [];
  let rest = text;
  while (rest) {
    const open = rest.indexOf("<");
    const found = open < 0 ? null : angleAt(rest, open);
    const end = open < 0 ? rest.length : found ? open : open + 1;
    if (end) tokens.push({ type: "text", text: decodeEntities(rest.slice(0, end)) });
    if (found) tokens.push(found.token);
    rest = rest.slice(found ? open + found.length : end);
  }
  return tokens;
}

function angleAt(line, at) {
  const end = line.indexOf(">", at);
  if (end < 0) return null;
  const token = angleToken(line.slice(at + 1, end));
  return token && { token, length: end + 1 - at };
}

function angleToken(inside) {
  const bar = inside.indexOf("|");
  const target = decodeEntities(bar < 0 ? inside : inside.slice(0, bar));
  const label = bar < 0 ? null : decodeEntities(inside.slice(bar + 1));
  if (/^@[UW]\w+$/.test(target)) return { type: "user", id: target.slice(1), label };
  if (/^#C\w+$/.test(target)) return { type: "channel", id: target.slice(1), label };
  if (/^!subteam\^\w+$/.test(target)) return { type: "group", id: target.slice(9), label };
  if (/^!(here|channel|everyone)$/.test(target)) return { type: "broadcast", name: target.slice(1) };
  const date = /^!date\^(-?\d+)\^([^^]*)(?:\^(.*))?$/.exec(target);
  if (date) return { type: "date", seconds: Number(date[1]), pattern: date[2], url: date[3] ?? null, label };
  if (SAFE_LINK.test(target))
    return { type: "link", url: target, label: label || target.replace(/^(mailto|tel):/i, "") };
  return null;
}

/** A link, or only its words where the address is of another kind (javascript:, data:, …). */
export function link(url, ...words) {
  if (!SAFE_LINK.test(url)) return h("span", {}, words);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", class: "link" }, words);
}

const mention = (sign, name, extra = "") => h("span", { class: `mention ${extra}` }, sign + name);

/** How each token looks; `names` resolves ids to what people are called. */
const DRAW = {
  text: (token) => token.text,
  break: () => h("br"),
  emoji: (token) =>
    h(
      "span",
      { class: "emoji", role: "img", "aria-label": `:${token.name}:`, title: `:${token.name}:` },
      token.character,
    ),
  link: (token) => link(token.url, token.label),
  user: (token, names) =>
    mention("@", names.user(token.id) ?? token.label ?? token.id, names.isMe(token.id) ? "is-me" : ""),
  channel: (token, names) => mention("#", names.channel(token.id) ?? token.label ?? token.id),
  group: (token, names) => mention("@", (token.label ?? names.group(token.id) ?? token.id).replace(/^@/, "")),
  broadcast: (token) => mention("@", token.name, "is-me"),
  date: (token) => {
    const time = h("time", { datetime: isoOf(token.seconds), title: token.label }, dateWords(token));
    return token.url ? link(token.url, time) : time;
  },
};

function isoOf(seconds) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

function dateWords(token) {
  return isoOf(token.seconds) ? writeDate(token.seconds, token.pattern) : (token.label ?? token.pattern);
}

export function draw(tokens, names) {
  return tokens.map((token) => {
    const drawn = DRAW[token.type];
    if (drawn) return drawn(token, names);
    const tag = { pre: "pre", quote: "blockquote" }[token.type] ?? token.type;
    return h(tag, {}, draw(token.children, names));
  });
}

/** Nodes of marked-up text. */
export const mrkdwn = (text, names) => draw(tokenize(String(text ?? "")), names);

/** Nodes of plain text: emoji names are drawn, nothing else means anything. */
export function plain(text, withEmoji = true) {
  const whole = String(text ?? "");
  if (!withEmoji) return [whole];
  return whole.split(/(:[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:)/).map((part) => {
    const character = /^:.+:$/.test(part) ? emojiOf(part.slice(1, -1)) : null;
    return character ? DRAW.emoji({ name: part.slice(1, -1), character }) : part;
  });
}

/** The same tokens, with the addresses that nobody marked as links as words. */
const unlinked = (tokens) =>
  tokens.map((token) => {
    if (token.isBare) return { type: "text", text: token.label };
    return token.children ? { ...token, children: unlinked(token.children) } : token;
  });

/** Nodes of a Block Kit text object; a `verbatim` one has no links but those marked as such. */
export function textOf(object, names) {
  if (!object) return [];
  if (object.type !== "mrkdwn") return plain(object.text, object.emoji !== false);
  const tokens = tokenize(String(object.text ?? ""));
  return draw(object.verbatim ? unlinked(tokens) : tokens, names);
}

/** What a text says, in one line: for labels and announcements. */
export function wordsOf(text, names) {
  const line = document.createElement("span");
  line.append(...mrkdwn(text, names));
  return line.textContent.replace(/\s+/g, " ").trim();
}
