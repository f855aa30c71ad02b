/** A list of messages: drawn once each, redrawn only when they change, so focus and fields stay. */

import { drawAttachments, drawBlocks } from "./blocks.js";
import { FOCUSABLE, h, icon, iconButton, openMenu } from "./dom.js";
import { drawFiles } from "./files.js";
import { ago, clock, dayKey, dayName, msOf, t, tn, wholeTime } from "./i18n.js";
import { mrkdwn } from "./mrkdwn.js";
import { avatar, nameOf } from "./people.js";
import { picker, quickReactions, reactionRow } from "./reactions.js";
import { Surface } from "./surface.js";

const GROUPED_MS = 5 * 60_000;
const NEAR_END_PX = 80;

export class MessageList {
  #drawn = new Map();
  #surfaces = new Map();
  #shown = [];
  #grown;
  #sticks = true;

  /**
   * `desk`: {api, me, users, app, names, directory, tell}. `openThread(message)` is left out inside
   * a thread. `empty` is shown where there is no message.
   */
  constructor({ desk, label, openThread, empty, name }) {
    Object.assign(this, { desk, openThread, empty });
    this.rows = h("div", { class: "messages" });
    this.newer = h(
      "button",
      { type: "button", class: "newer", hidden: true, on: { click: () => this.toEnd() } },
      t("messages.newer"),
      icon("down"),
    );
    this.scroller = h(
      "div",
      {
        class: "scroller",
        tabindex: "0",
        role: "region",
        "aria-label": label,
        data: { role: name },
        on: { scroll: () => this.#scrolled(), keydown: (event) => this.#step(event) },
      },
      this.rows,
    );
    this.node = h("div", { class: "message-pane" }, this.scroller, this.newer);
    // Pictures and fonts come later and push the end away.
    this.#grown = new ResizeObserver(() => this.#sticks && this.toEnd());
    this.#grown.observe(this.rows);
    this.#grown.observe(this.scroller);
  }

  show(messages) {
    const last = this.#shown.at(-1);
    const hasMore = messages.length > 0 && messages.at(-1).ts !== last?.ts;
    this.#shown = messages;
    this.#reconcile(messages);
    if (this.#sticks || !last || messages.at(-1)?.user === this.desk.me.id) this.toEnd();
    else if (hasMore) this.newer.hidden = false;
  }

  #scrolled() {
    this.#sticks = this.#isNearEnd;
    if (this.#sticks) this.newer.hidden = true;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.newer.hidden = true;
  }

  get #isNearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  /** Times grow old: redraws the relative ones. */
  tick() {
    for (const time of this.rows.querySelectorAll("time[data-ms]"))
      time.title = `${wholeTime(Number(time.dataset.ms))} · ${ago(Number(time.dataset.ms))}`;
  }

  #reconcile(messages) {
    const before = this.#drawn;
    this.#drawn = new Map();
    const nodes = [];
    let previous = null;
    for (const message of messages) {
      const isNewDay = !previous || dayKey(msOf(previous.ts)) !== dayKey(msOf(message.ts));
      if (isNewDay && this.openThread)
        nodes.push(this.#kept(before, `day ${dayKey(msOf(message.ts))}`, "", () => divider(message)));
      const isHead = isNewDay || !continues(previous, message);
      nodes.push(this.#kept(before, message.ts, JSON.stringify([message, isHead]), () => this.#draw(message, isHead)));
      previous = message;
    }
    if (!messages.length && this.empty) nodes.push(this.empty());
    this.#replace(nodes);
  }

  #kept(before, key, mark, make) {
    const old = before.get(key);
    const entry = old?.mark === mark ? old : { mark, node: make() };
    this.#drawn.set(key, entry);
    return entry.node;
  }

  /** Puts `nodes` in place without moving those that stay: moving a node takes the focus from it. */
  #replace(nodes) {
    const focused = this.rows.contains(document.activeElement) ? document.activeElement : null;
    const wanted = new Set(nodes);
    for (const child of [...this.rows.children]) if (!wanted.has(child)) child.remove();
    nodes.forEach(
      (node, at) => this.rows.children[at] !== node && this.rows.insertBefore(node, this.rows.children[at] ?? null),
    );
    if (focused && !focused.isConnected) this.#refocus(focused);
  }

  #refocus(lost) {
    const ts = lost.closest("[data-ts]")?.dataset.ts;
    const row = ts && this.rows.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
    const action = lost.closest("[data-action]")?.dataset.action;
    const same = action && row?.querySelector(`[data-action="${CSS.escape(action)}"]`);
    (same?.querySelector(FOCUSABLE) ?? same ?? row ?? this.scroller).focus({ preventScroll: true });
  }

  #author(message) {
    const known = this.desk.users.get(message.user);
    return message.username
      ? { ...known, id: message.user, is_bot: true, real_name: message.username }
      : (known ?? { id: message.user });
  }

  #surface(message) {
    if (!this.#surfaces.has(message.ts))
      this.#surfaces.set(
        message.ts,
        new Surface({ ...this.desk, where: { channel: message.channel, message_ts: message.ts } }),
      );
    return this.#surfaces.get(message.ts);
  }

  #draw(message, isHead) {
    const author = this.#author(message);
    const ms = msOf(message.ts);
    const time = h(
      "time",
      { datetime: new Date(ms).toISOString(), title: `${wholeTime(ms)} · ${ago(ms)}`, data: { ms: String(ms) } },
      clock(ms),
    );
    const head = h(
      "p",
      { class: "message-head" },
      h("strong", {}, nameOf(author)),
      author.is_bot ? h("span", { class: "badge" }, t("messages.app")) : null,
      time,
    );
    return h(
      "article",
      {
        class: `message${isHead ? " is-head" : ""}${message.ephemeral ? " is-ephemeral" : ""}`,
        tabindex: "-1",
        "aria-label": `${nameOf(author)}, ${clock(ms)}`,
        data: { ts: message.ts },
      },
      h("div", { class: "gutter" }, isHead ? avatar(author) : time.cloneNode(true)),
      h(
        "div",
        { class: "message-body" },
        message.ephemeral ? h("p", { class: "only-you" }, icon("eye"), t("messages.only_you")) : null,
        isHead ? head : null,
        this.#content(message),
        reactionRow(this.desk, message),
        this.#threadLink(message),
      ),
      message.ephemeral ? null : this.#toolbar(message),
    );
  }

  #content(message) {
    const edited = message.edited
      ? h("span", { class: "edited", title: wholeTime(msOf(message.edited.ts)) }, ` ${t("messages.edited")}`)
      : null;
    const surface = this.#surface(message);
    const blocks = drawBlocks(message.blocks, surface);
    return h(
      "div",
      { class: "content" },
      blocks.length ? blocks : this.#words(message, edited),
      drawAttachments(message.attachments, surface),
      drawFiles(message.files, this.desk.me),
      blocks.length ? edited : null,
    );
  }

  /** A message with files may have nothing else to say. */
  #words(message, edited) {
    if (!message.text && message.files?.length) return edited;
    return h("div", { class: "text" }, mrkdwn(message.text, this.desk.names), edited);
  }

  #threadLink(message) {
    if (!this.openThread || !message.reply_count) return null;
    return h(
      "button",
      {
        type: "button",
        class: "thread-link",
        data: { action: "thread" },
        on: { click: () => this.openThread(message) },
      },
      icon("reply"),
      tn("thread.replies", message.reply_count),
    );
  }

  #toolbar(message) {
    const thread = this.openThread ? iconButton("reply", t("thread.reply"), () => this.openThread(message)) : null;
    return h(
      "div",
      { class: "toolbar", role: "group", "aria-label": t("messages.toolbar") },
      quickReactions(this.desk, message),
      picker(this.desk, message),
      thread,
      this.#shortcuts(message),
    );
  }

  /** What the app offers to do with a message. */
  #shortcuts(message) {
    const own = this.desk.shortcuts.filter((shortcut) => !shortcut.is_global);
    if (!own.length) return null;
    const { channel, ts: message_ts } = message;
    const use = ({ callback_id }) => this.desk.shortcut({ callback_id, channel, message_ts });
    const button = iconButton("dots", t("messages.shortcuts"), () => openMenu(button, shortcutMenu(own, use)), {
      "aria-haspopup": "menu",
      "aria-expanded": "false",
    });
    return button;
  }

  /** Up and down go from message to message while none of a message's controls has the focus. */
  #step(event) {
    const rows = [...this.rows.querySelectorAll(".message")];
    if (!rows.length || (event.target !== this.scroller && !rows.includes(event.target))) return;
    const at = rows.indexOf(event.target);
    const target = { ArrowUp: at < 0 ? rows.length - 1 : at - 1, ArrowDown: at < 0 ? rows.length - 1 : at + 1 }[
      event.key
    ];
    if (!rows[target]) return;
    event.preventDefault();
    rows[target].focus();
  }
}

/** The rows of a menu of shortcuts; `use(shortcut)` uses one. */
export const shortcutMenu = (shortcuts, use) =>
  shortcuts.map((shortcut) => ({
    label: shortcut.name,
    detail: shortcut.description ? h("small", {}, shortcut.description) : null,
    choose: () => use(shortcut),
  }));

function continues(previous, message) {
  return (
    previous.user === message.user &&
    previous.username === message.username &&
    !previous.ephemeral &&
    !message.ephemeral &&
    msOf(message.ts) - msOf(previous.ts) < GROUPED_MS
  );
}

const divider = (message) => h("div", { class: "day", role: "separator" }, h("span", {}, dayName(msOf(message.ts))));

/** What an empty place says, with the commands to start from. */
export function welcome(words, commands, choose) {
  return h(
    "div",
    { class: "welcome" },
    h("div", { class: "welcome-mark" }, icon("chats")),
    h("h3", {}, words.title),
    h("p", {}, words.text),
    h(
      "p",
      { class: "chips" },
      commands.map(({ command }) =>
        h(
          "button",
          { type: "button", class: "button", on: { click: () => choose(`${command} `) } },
          h("code", {}, command),
        ),
      ),
    ),
  );
}
