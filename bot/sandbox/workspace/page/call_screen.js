/** A call on the phone in front: it rings, one answers, listens and presses keys. */

import { speechOf } from "./calls.js";
import { freshId, h, icon, refill } from "./dom.js";
import { t } from "./i18n.js";
import { spaced } from "./numbers.js";

const KEYS = [..."123456789*0#"];
const FAULTS = { "too many keys": "calls.faults.too_many", unreachable: "panel.unreachable" };

export class CallScreen {
  #call = null;

  /** `changed(call)` hears what has become of the call after something was done. */
  constructor({ sandbox, changed }) {
    Object.assign(this, { sandbox, changed });
    this.fault = h("p", { class: "field-error", role: "alert", hidden: true });
    this.body = h("div", { class: "call-body" });
    this.node = h(
      "section",
      { class: "call", hidden: true, on: { keydown: (event) => this.#typed(event) } },
      this.body,
      this.fault,
    );
  }

  /** Draws anew only what is another call or another stage, so that nobody loses their place. */
  show(call) {
    const former = this.#call;
    this.#call = call;
    this.node.hidden = call === null;
    if (call === null) return;
    if (former?.callid !== call.callid || former.stage !== call.stage) this.#draw(call);
    if (call.stage === "talking") this.#showKeys(call.keys);
  }

  #draw(call) {
    const hadFocus = this.node.contains(document.activeElement);
    this.#tell(null);
    this.node.className = `call is-${call.stage}`;
    this.node.setAttribute("aria-label", t("calls.label", { number: spaced(call.number) }));
    refill(this.body, this.#drawCaller(call), call.stage === "ringing" ? this.#drawRinging() : this.#drawTalking(call));
    if (hadFocus) this.body.querySelector("button").focus();
  }

  #drawCaller(call) {
    return h(
      "div",
      { class: "call-who" },
      h("span", { class: "call-mark" }, icon("call")),
      h("p", {}, h("strong", {}, spaced(call.caller)), h("small", {}, t(`calls.stages.${call.stage}`))),
    );
  }

  #drawRinging() {
    return h(
      "div",
      { class: "call-deeds" },
      this.#deed("answer", "is-primary", () => this.#do("answer")),
      this.#deed("decline", "is-danger", () => this.#do("decline")),
    );
  }

  #drawTalking(call) {
    const id = freshId("pressed");
    this.pressed = h("output", { class: "call-pressed", id });
    return [
      h("p", { class: "call-speech", tabindex: "0" }, speechOf(call)),
      this.pressed,
      h(
        "div",
        { class: "keypad", role: "group", "aria-label": t("calls.keypad"), "aria-describedby": id },
        KEYS.map((key) => this.#key(key)),
      ),
      this.#deed("hang_up", "is-danger", () => this.#do("hang_up")),
    ];
  }

  #deed(name, look, click) {
    return h(
      "button",
      { type: "button", class: `button ${look}`, data: { call: name }, on: { click } },
      t(`calls.deeds.${name}`),
    );
  }

  #key(key) {
    const label = { "*": t("calls.star"), "#": t("calls.pound") }[key] ?? key;
    return h(
      "button",
      { type: "button", class: "key", "aria-label": label, data: { key }, on: { click: () => this.#press(key) } },
      key,
    );
  }

  #showKeys(keys) {
    const words = keys ? t("calls.pressed", { keys: [...keys].join(" ") }) : t("calls.nothing_pressed");
    if (this.pressed.textContent !== words) this.pressed.textContent = words;
  }

  /** The keyboard's own digits, wherever in the call one is. */
  #typed(event) {
    if (this.#call?.stage !== "talking" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!KEYS.includes(event.key)) return;
    event.preventDefault();
    this.body.querySelector(`[data-key="${event.key}"]`).focus();
    this.#press(event.key);
  }

  #press(key) {
    return this.#do("press", { key });
  }

  /** One may be too late: the call went on by itself meanwhile, and the stream tells how. */
  async #do(deed, body) {
    const { callid } = this.#call;
    const answer = await this.sandbox.call(callid, deed, body);
    if (answer.error && this.#call?.callid === callid) this.#tell(t(FAULTS[answer.error] ?? "calls.faults.over"));
    if (!answer.error) this.changed(answer);
  }

  #tell(fault) {
    this.fault.hidden = fault === null;
    this.fault.textContent = fault ?? "";
  }
}
