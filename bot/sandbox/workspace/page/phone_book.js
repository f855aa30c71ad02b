/** The test numbers under the phone: what happens to a message, and to a call, at each of them. */

import { h, icon, refill } from "./dom.js";
import { knows, t, tn } from "./i18n.js";
import { spaced } from "./numbers.js";

const wordOf = (area, fate) => (knows(`${area}.${fate}`) ? t(`${area}.${fate}`) : fate);

/** The fate at every number that is no test number. */
export const ORDINARY = "ordinary";
/** So many of the numbers that are no test numbers are listed. */
const OTHERS_MAX = 50;

export const isOther = (phone) => phone.fate === ORDINARY;

/** What becomes of a message to a phone. */
export const kindOf = (phone) => wordOf("phones.kinds", phone.fate);

export class PhoneBook {
  /** `pick(number)` brings a phone to the front; `insert(number)` puts its number into the message. */
  constructor({ pick, insert }) {
    Object.assign(this, { pick, insert });
    this.list = h("ul");
    this.more = h("p", { class: "quiet", hidden: true });
    this.callList = h("ul");
    this.node = h(
      "div",
      { class: "phone-book" },
      h(
        "details",
        { class: "call-book" },
        h("summary", {}, t("calls.numbers")),
        h("p", { class: "quiet" }, t("calls.numbers_hint")),
        this.callList,
      ),
      h("h3", {}, t("phones.numbers")),
      h("p", { class: "quiet" }, t("phones.numbers_hint")),
      this.list,
      this.more,
    );
  }

  /**
   * `marksOf(number)`: {isFront, rings, unread}. Of the numbers that are no test numbers the last
   * ones are listed, the latest first; a line says how many more there are.
   */
  show(phones, callNumbers, marksOf) {
    const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const others = phones.filter(isOther);
    const listed = [...phones.filter((phone) => !isOther(phone)), ...others.slice(-OTHERS_MAX).reverse()];
    const left = Math.max(0, others.length - OTHERS_MAX);
    this.more.hidden = left === 0;
    this.more.textContent = left ? tn("phones.more", left) : "";
    refill(
      this.list,
      listed.map((phone) => this.#row(phone.number, kindOf(phone), marksOf(phone.number), "phone")),
    );
    refill(
      this.callList,
      callNumbers.map(({ number, fate }) => this.#row(number, wordOf("calls.kinds", fate), {}, "call")),
    );
    if (focused) this.node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  /** `list` is "phone" or "call". */
  #row(number, kind, { isFront, rings, unread }, list) {
    const pick = {
      type: "button",
      class: `book-pick ${list}-pick`,
      data: { key: `${list} pick ${number}` },
      on: { click: () => this.pick(number) },
    };
    const mark = unread
      ? h("span", { class: "count" }, h("span", { class: "unseen" }, t("phones.unread")), String(unread))
      : null;
    return h(
      "li",
      { class: `book-row ${list}-row`, "aria-current": isFront ? "true" : null, data: { number } },
      h(
        "button",
        pick,
        h("span", { class: "phone-kind" }, kind),
        rings ? h("span", { class: "count is-ringing" }, t("calls.rings")) : mark,
      ),
      this.#number(number, list),
    );
  }

  #number(number, list) {
    return h(
      "button",
      {
        type: "button",
        class: "number",
        data: { key: `${list} insert ${number}` },
        title: t("phones.insert"),
        "aria-label": t("phones.insert_number", { number: spaced(number) }),
        on: { click: () => this.insert(number) },
      },
      spaced(number),
      icon("plus"),
    );
  }
}
