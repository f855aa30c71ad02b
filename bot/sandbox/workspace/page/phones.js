/** The phones beside the conversation: test numbers, and the messages that reach them. */

import { h, icon, refill } from "./dom.js";
import { ago, clock, knows, t, wholeTime } from "./i18n.js";
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
  #front = null;
  #frontSince = 0;
  #unread = new Map();
  #stop = () => {};

  constructor({ url, api, insert, arrived, changed, isSeen }) {
    Object.assign(this, { url, api, insert, arrived, changed, isSeen });
    this.frame = h("div", { class: "phone" });
    this.list = h("ul", { class: "phone-list" });
    this.node = h(
      "aside",
      { class: "phones", id: "phones", "aria-label": t("phones.title") },
      h("header", { class: "pane-head" }, icon("phone"), h("h2", {}, t("phones.title"))),
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
      `${this.url}/_sandbox/events`,
      (event) => event.type === "sms" && this.#receive(event.number, event.message),
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

  async #load() {
    const found = await this.api.phones(this.url);
    if (!found.phones) return;
    this.phones = found.phones;
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
        ? phone.messages.map((message) => bubble(message, message.serial === fresh))
        : h("p", { class: "phone-empty" }, t("phones.empty")),
    );
    refill(
      this.frame,
      h("div", { class: "phone-bar" }, h("strong", {}, spaced(phone.number)), h("small", {}, kindOf(phone))),
      screen,
    );
    screen.scrollTop = screen.scrollHeight;
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

function bubble(message, isFresh) {
  const signed = message.sign ? `【${message.sign.replace(/^【|】$/g, "")}】` : "";
  const text = String(message.text ?? "");
  return h(
    "div",
    { class: `bubble${isFresh ? " is-fresh" : ""}`, data: { serial: message.serial } },
    h(
      "p",
      {},
      signed ? h("strong", {}, signed) : null,
      signed && text.startsWith(signed) ? text.slice(signed.length) : text,
    ),
    h(
      "time",
      { title: wholeTime(message.received_at_ms) },
      `${clock(message.received_at_ms)} · ${ago(message.received_at_ms)}`,
    ),
  );
}
