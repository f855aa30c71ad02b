/** The phones beside the conversation: what reaches them, what is answered, which one rings. */

import { Calls } from "./calls.js";
import { CallScreen } from "./call_screen.js";
import { h, icon, refill } from "./dom.js";
import { t } from "./i18n.js";
import { spaced } from "./numbers.js";
import { isOther, kindOf, ORDINARY, PhoneBook } from "./phone_book.js";
import { drawTalk } from "./phone_talk.js";
import { ReplyBox } from "./reply.js";
import { listen } from "./stream.js";

const KEEP_FRONT_MS = 4000;
const lastOf = (phone) => phone.messages.at(-1)?.received_at_ms ?? 0;

/**
 * `insert(number)` takes a number into the message being written; `arrived(phone, message)` hears
 * every SMS; `changed()` every change of `unread`; `heard(event)` what is no matter of a phone;
 * `reached(isOn)` whether the simulator can be reached.
 */
export class Phones {
  /** By number: the test numbers first, then the others, those last written to at the end. */
  #phones = new Map();
  #calls = new Calls();
  #front = null;
  #frontSince = 0;
  #unread = new Map();
  #loads = 0;
  #waiting = null;
  #fresh = new Set();
  #frame = null;
  #stop = () => {};

  constructor({ sandbox, insert, arrived, changed, isSeen, heard, reached }) {
    Object.assign(this, { sandbox, arrived, changed, isSeen, heard, reached });
    this.bar = h("div", { class: "phone-bar" });
    this.screen = h("div", { class: "phone-screen", tabindex: "0", role: "region" });
    this.replyBox = new ReplyBox({ sandbox, sent: (reply) => this.#hearReply(reply) });
    this.callScreen = new CallScreen({ sandbox, changed: (call) => this.#hearCall(call) });
    const parts = [this.bar, this.callScreen.node, this.screen, this.replyBox.node];
    this.frame = h("div", { class: "phone", hidden: true }, h("div", { class: "phone-glass" }, parts));
    this.elsewhere = h("div", { class: "rings-elsewhere" });
    this.book = new PhoneBook({ pick: (number) => this.#pick(number), insert });
    this.node = h(
      "section",
      { class: "phones", "aria-label": t("phones.title"), "aria-busy": "true" },
      h("h2", { class: "unseen" }, t("phones.title")),
      this.elsewhere,
      this.frame,
      this.book.node,
    );
  }

  get unread() {
    return [...this.#unread.values()].reduce((sum, count) => sum + count, 0);
  }

  start() {
    this.#stop = listen(
      this.sandbox.events,
      (event) => this.#hear(event),
      (isOn) => {
        this.reached(isOn);
        if (isOn) this.load();
      },
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
    else if (event.type === "call") this.#hearCall(event.call);
    else this.heard(event);
  }

  /** What is heard while loading may be newer than what is loaded, and is put on top of it. */
  async load() {
    this.node.ariaBusy = "true";
    const load = (this.#loads += 1);
    this.#waiting ??= [];
    const [found, calls] = await Promise.all([this.sandbox.phones(), this.sandbox.calls()]);
    if (load !== this.#loads) return;
    if (found.phones) this.#take(found.phones, calls);
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting.forEach((event) => this.#hear(event));
    this.node.ariaBusy = "false";
  }

  #take(phones, calls) {
    this.#phones = new Map(phones.map((phone) => [phone.number, phone]));
    for (const phone of phones.filter(isOther).sort((one, other) => lastOf(one) - lastOf(other))) this.#moveLast(phone);
    this.#calls.take(calls);
    for (const { number } of this.#calls.called.map((each) => this.#phone(each))) {
      const call = this.#calls.ongoing(number);
      if (call) this.#calls.announce(call);
    }
    this.#front ??= this.#latest()?.number ?? null;
    this.#draw();
  }

  /** The phone with this number, from now on in the book. */
  #phone(number) {
    let phone = this.#phones.get(number);
    if (!phone) this.#phones.set(number, (phone = { number, fate: ORDINARY, messages: [], replies: [] }));
    return phone;
  }

  #moveLast(phone) {
    this.#phones.delete(phone.number);
    this.#phones.set(phone.number, phone);
  }

  /** The one that rings, or else was last written to. */
  #latest() {
    const phones = [...this.#phones.values()];
    return (
      phones.find((phone) => this.#calls.ongoing(phone.number)) ??
      phones.reduce((best, phone) => (lastOf(phone) > lastOf(best) ? phone : best), phones[0])
    );
  }

  #receive(number, message) {
    const phone = this.#phone(number);
    if (phone.messages.some((one) => one.serial === message.serial)) return;
    phone.messages.push(message);
    if (isOther(phone)) this.#moveLast(phone);
    this.#come(number, Date.now() - this.#frontSince > KEEP_FRONT_MS && !this.#calls.ongoing(this.#front));
    this.#draw(message.serial);
    this.arrived(phone, message);
  }

  /** It comes twice: as the answer to sending it, and with the stream. */
  #hearReply(reply) {
    const { replies } = this.#phone(reply.number);
    if (replies.some((one) => one.reply_id === reply.reply_id)) return;
    replies.push(reply);
    this.#draw(`reply ${reply.reply_id}`);
  }

  /** A phone that rings comes to the front at once, unless one is busy with another. */
  #hearCall(call) {
    if (!this.#calls.put(call)) return;
    this.#phone(call.number);
    if (call.stage === "ringing" && this.#calls.rings(call)) {
      const isBusy = this.frame.contains(document.activeElement) || this.#calls.ongoing(this.#front);
      this.#come(call.number, !isBusy);
    }
    this.#draw(`call ${call.callid}`);
    this.#calls.announce(call);
  }

  /** Something came to `number`: in front if it may be, else counted as unread. */
  #come(number, mayBeFront) {
    const isFront = this.#front === number || mayBeFront;
    if (isFront) this.#bring(number);
    if (!isFront || !this.isSeen()) this.#unread.set(number, (this.#unread.get(number) ?? 0) + 1);
  }

  #bring(number) {
    this.#front = number;
    this.#frontSince = Date.now();
  }

  #pick(number) {
    this.#phone(number);
    this.#bring(number);
    this.#unread.delete(number);
    this.#draw();
  }

  /** At most once a frame, whatever comes meanwhile: a large send brings thousands of messages. */
  #draw(fresh) {
    if (fresh) this.#fresh.add(fresh);
    this.#frame ??= requestAnimationFrame(() => this.#drawNow());
  }

  #drawNow() {
    this.#frame = null;
    const front = this.#phones.get(this.#front);
    if (front) this.#drawFrame(front);
    this.#fresh.clear();
    this.#drawElsewhere();
    this.book.show([...this.#phones.values()], this.#calls.numbers, (number) => ({
      isFront: number === this.#front,
      rings: this.#ringsAt(number),
      unread: this.#unread.get(number),
    }));
    this.changed();
  }

  #ringsAt(number) {
    return this.#calls.ongoing(number)?.stage === "ringing";
  }

  /** Phones that ring behind the one in front. */
  #drawElsewhere() {
    const others = this.#calls.called.filter((number) => number !== this.#front);
    refill(
      this.elsewhere,
      others
        .filter((number) => this.#ringsAt(number))
        .map((number) =>
          h(
            "button",
            { type: "button", class: "button is-ringing", on: { click: () => this.#pick(number) } },
            icon("call"),
            t("calls.elsewhere", { number: spaced(number) }),
          ),
        ),
    );
  }

  #drawFrame(phone) {
    const number = spaced(phone.number);
    const said = drawTalk({ ...phone, calls: this.#calls.ended(phone.number) }, this.#fresh);
    refill(this.bar, h("strong", {}, number), h("small", {}, kindOf(phone)));
    refill(this.screen, said.length ? said : h("p", { class: "phone-empty" }, t("phones.empty")));
    this.screen.setAttribute("aria-label", t("phones.messages_of", { number }));
    this.frame.hidden = false;
    this.replyBox.turnTo(phone, number);
    this.#showCall(this.#calls.ongoing(phone.number));
    this.screen.scrollTop = this.screen.scrollHeight;
  }

  /** While one talks there is nothing else on the phone; whoever hung up goes back to its messages. */
  #showCall(call) {
    const hadFocus = this.callScreen.node.contains(document.activeElement);
    this.frame.classList.toggle("is-ringing", call?.stage === "ringing");
    this.frame.classList.toggle("is-talking", call?.stage === "talking");
    this.callScreen.show(call);
    if (hadFocus && !call) this.screen.focus();
  }
}
