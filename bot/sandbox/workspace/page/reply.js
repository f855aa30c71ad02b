/** Answering from a phone: one line under its screen. */

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { refusalWords } from "./sandbox.js";

const MAX_TEXT = 500;

/** What is half written stays with its phone. `sent(reply)` hears of each reply that went out. */
export class ReplyBox {
  #phone = null;
  #isSending = false;
  #drafts = new Map();

  constructor({ sandbox, sent }) {
    Object.assign(this, { sandbox, sent });
    this.field = h("input", {
      class: "reply-field",
      type: "text",
      maxlength: MAX_TEXT,
      autocomplete: "off",
      placeholder: t("reply.placeholder"),
      "aria-describedby": "reply-fault",
      data: { role: "reply" },
      on: { input: () => this.#tell(null) },
    });
    this.button = h("button", { type: "submit", class: "reply-send" }, t("reply.send"));
    this.fault = h("p", { class: "field-error", id: "reply-fault", role: "alert", hidden: true });
    this.node = h(
      "form",
      { class: "reply-box", hidden: true, on: { submit: (event) => (event.preventDefault(), this.#send()) } },
      h("div", { class: "reply-line" }, this.field, this.button),
      this.fault,
    );
  }

  /** Belongs to `phone` from now on; where nothing came in there is nothing to answer. */
  turnTo(phone, spokenNumber) {
    if (this.#phone?.number !== phone.number) {
      if (this.#phone) this.#drafts.set(this.#phone.number, this.field.value);
      this.field.value = this.#drafts.get(phone.number) ?? "";
      this.#tell(null);
    }
    this.#phone = phone;
    this.field.setAttribute("aria-label", t("reply.label", { number: spokenNumber }));
    this.node.hidden = phone.messages.length === 0;
  }

  async #send() {
    const text = this.field.value.trim();
    if (!text || this.#isSending) return;
    const { number, messages } = this.#phone;
    this.#isSending = true;
    const answer = await this.sandbox.reply(number, { text, sign: messages.at(-1).sign });
    this.#isSending = false;
    if (answer.error) {
      if (this.#phone.number === number) this.#tell(refusalWords(answer, "reply"));
      return;
    }
    this.#forget(number, text);
    if (this.button === document.activeElement) this.field.focus();
    this.sent(answer);
  }

  /** One may have turned to another phone, or written on, while it was on its way. */
  #forget(number, text) {
    if (this.#phone.number !== number) this.#drafts.delete(number);
    else if (this.field.value.trim() === text) this.field.value = "";
  }

  #tell(fault) {
    this.fault.hidden = fault === null;
    this.fault.textContent = fault ?? "";
    this.field.setAttribute("aria-invalid", String(fault !== null));
  }
}
