/** The phones beside the conversation: test numbers, the messages that reach them, the replies. */

import { h, icon, refill } from "./dom.js";
import { ago, clock, knows, t, wholeTime } from "./i18n.js";
import { ReplyBox } from "./reply.js";
import { listen } from "./stream.js";

const KEEP_FRONT_MS = 4000;

/** `+8613800000001` as people read it. */
const spaced = (number) =>
  number.replace(/^(\+86)(\d{3})(\d{4})(\d{4})$/, "$1 $2 $3 $4").replace(/^(\+1)(\d{3})(\d{3})(\d{4})$/, "$1 $2 $3 $4");
const kindOf = (phone) => (knows(`phones.kinds.${phone.fate}`) ? t(`phones.kinds.${phone.fate}`) : phone.fate);

/**
 * `insert(number)` takes a number into the message being written; `arrived(phone, message)` hears
 * every SMS; `changed()` every change of `unread`.
 */
export class Phones {
  phones = [];
  #replies = new Map();
  #front = null;
  #frontSince = 0;
  #unread = new Map();
  #loads = 0;
  #waiting = null;
  #stop = () => {};

  constructor({ sandbox, insert, arrived, changed, isSeen }) {
    Object.assign(this, { sandbox, insert, arrived, changed, isSeen });
    this.glass = h("div", { class: "phone-glass" });
    this.replyBox = new ReplyBox({ sandbox, sent: (reply) => this.#hearReply(reply) });
    this.frame = h("div", { class: "phone", hidden: true }, this.glass, this.replyBox.node);
    this.list = h("ul", { class: "phone-list" });
    this.node = h(
      "section",
      { class: "phones", "aria-label": t("phones.title") },
      h("h2", { class: "unseen" }, t("phones.title")),
      this.frame,
      h(
        "div",
        { class: "phone-book" },
        h("h3", {}, t("phones.numbers")),
        h("p", { class: "quiet" }, t("phones.numbers_hint")),
        this.list,
      ),
    );
  }

  get unread() {
    return [...this.#unread.values()].reduce((sum, count) => sum + count, 0);
  }

  start() {
    this.#stop = listen(
      this.sandbox.events,
      (event) => this.#hear(event),
      (isOn) => isOn && this.#load(),
    );
  }

  stop() {
    this.#stop();
  }

  /** Everything on the front phone counts as read once it can be seen. */
  seen() {
    this.#unread.delete(this.#front);
    this.#draw();
  }

  #hear(event) {
    if (this.#waiting) this.#waiting.push(event);
    else if (event.type === "sms") this.#receive(event.number, event.message);
    else if (event.type === "reply") this.#hearReply(event.reply);
  }

  /** What is heard while loading may be newer than what is loaded, and is put on top of it. */
  async #load() {
    const load = (this.#loads += 1);
    this.#waiting ??= [];
    const [found, replies] = await Promise.all([this.sandbox.phones(), this.sandbox.replies()]);
    if (load !== this.#loads) return;
    if (found.phones) this.#take(found.phones, replies);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting.forEach((event) => this.#hear(event));
  }

  #take(phones, replies) {
    this.phones = phones;
    this.#replies = new Map(replies.map((reply) => [reply.reply_id, reply]));
    this.#front ??= this.#latest()?.number ?? null;
    this.#draw();
  }

  #latest() {
    const when = (phone) => phone.messages.at(-1)?.received_at_ms ?? 0;
    return this.phones.reduce((best, phone) => (when(phone) > when(best) ? phone : best), this.phones[0]);
  }

  #receive(number, message) {
    let phone = this.phones.find((one) => one.number === number);
    if (!phone) this.phones.push((phone = { number, fate: "ordinary", messages: [] }));
    if (phone.messages.some((one) => one.serial === message.serial)) return;
    phone.messages.push(message);
    const isFree = this.#front === number || Date.now() - this.#frontSince > KEEP_FRONT_MS;
    if (isFree) this.#bring(number);
    if (!isFree || !this.isSeen()) this.#unread.set(number, (this.#unread.get(number) ?? 0) + 1);
    this.#draw(message.serial);
    this.arrived(phone, message);
  }

  /** It comes twice: as the answer to sending it, and with the stream. */
  #hearReply(reply) {
    if (this.#replies.has(reply.reply_id)) return;
    this.#replies.set(reply.reply_id, reply);
    this.#draw(`reply ${reply.reply_id}`);
  }

  #bring(number) {
    this.#front = number;
    this.#frontSince = Date.now();
  }

  #pick(number) {
    this.#bring(number);
    this.#unread.delete(number);
    this.#draw();
  }

  #draw(fresh) {
    const front = this.phones.find((phone) => phone.number === this.#front);
    if (front) this.#drawFrame(front, fresh);
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    refill(
      this.list,
      this.phones.map((phone) => this.#row(phone)),
    );
    if (focused) this.list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    this.changed();
  }

  #drawFrame(phone, fresh) {
    const screen = h(
      "div",
      {
        class: "phone-screen",
        tabindex: "0",
        role: "region",
        "aria-label": t("phones.messages_of", { number: spaced(phone.number) }),
      },
      phone.messages.length
        ? this.#talkOf(phone).map((said) => bubble(said, said.key === fresh))
        : h("p", { class: "phone-empty" }, t("phones.empty")),
    );
    refill(
      this.glass,
      h("div", { class: "phone-bar" }, h("strong", {}, spaced(phone.number)), h("small", {}, kindOf(phone))),
      screen,
    );
    this.frame.hidden = false;
    this.replyBox.turnTo(phone, spaced(phone.number));
    screen.scrollTop = screen.scrollHeight;
  }

  /** What came in and what was answered, in the order of time. */
  #talkOf(phone) {
    const received = phone.messages.map(({ serial, sign, text, received_at_ms: ms }) => ({
      key: serial,
      sign,
      text,
      ms,
    }));
    const replies = [...this.#replies.values()]
      .filter((reply) => reply.number === phone.number)
      .map(({ reply_id: id, text, at_ms: ms }) => ({ key: `reply ${id}`, text, ms, isOwn: true }));
    return [...received, ...replies].sort((one, other) => one.ms - other.ms);
  }

  #row(phone) {
    const unread = this.#unread.get(phone.number);
    return h(
      "li",
      { class: "phone-row", "aria-current": phone.number === this.#front ? "true" : null },
      h(
        "button",
        {
          type: "button",
          class: "phone-pick",
          data: { key: `pick ${phone.number}` },
          on: { click: () => this.#pick(phone.number) },
        },
        h("span", { class: "phone-kind" }, kindOf(phone)),
        unread
          ? h("span", { class: "count" }, h("span", { class: "unseen" }, t("phones.unread")), String(unread))
          : null,
      ),
      h(
        "button",
        {
          type: "button",
          class: "number",
          data: { key: `insert ${phone.number}` },
          title: t("phones.insert"),
          "aria-label": t("phones.insert_number", { number: spaced(phone.number) }),
          on: { click: () => this.insert(phone.number) },
        },
        spaced(phone.number),
        icon("plus"),
      ),
    );
  }
}

function bubble({ key, sign, text, ms, isOwn }, isFresh) {
  const signed = sign ? `【${sign.replace(/^【|】$/g, "")}】` : "";
  const words = String(text ?? "");
  return h(
    "div",
    { class: `bubble${isOwn ? " is-own" : ""}${isFresh ? " is-fresh" : ""}`, data: { key } },
    h(
      "p",
      {},
      isOwn ? h("span", { class: "unseen" }, t("reply.said")) : null,
      signed ? h("strong", {}, signed) : null,
      signed && words.startsWith(signed) ? words.slice(signed.length) : words,
    ),
    h("time", { title: wholeTime(ms) }, `${clock(ms)} · ${ago(ms)}`),
  );
}
