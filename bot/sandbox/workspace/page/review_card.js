/** One template or signature that waits at the reviewer's desk. */

import { freshId, h, refill } from "./dom.js";
import { ago, clock, dayKey, t, until, wholeTime, writeDate } from "./i18n.js";

const MAX_REASON = 200;
const REVIEWING = 1;
const TYPES = { 1: "marketing", 2: "notice", 3: "otp" };
const SIDES = { 0: "mainland", 1: "international", 3: "both" };

/** `judge(body)` gives a verdict; it answers with the fault in words, or null. */
export class ReviewCard {
  #row = null;
  #shown = "";

  constructor({ judge }) {
    this.judge = judge;
    this.about = h("div", { class: "review-about" });
    this.time = h("time", { class: "quiet" });
    this.state = h("p", { class: "review-state" });
    this.verdicts = h("div", { class: "review-verdicts" });
    this.fault = h("p", { class: "field-error", id: freshId("review-fault"), role: "alert", hidden: true });
    this.rejection = this.#drawRejection();
    this.node = h("li", { class: "review" }, this.about, this.state, this.time, this.verdicts, this.rejection, this.fault);
  }

  /** Draws only what changed, so that nobody loses their place. */
  show(row) {
    this.#row = row;
    this.time.title = wholeTime(row.created_at_ms);
    this.time.textContent = t("reviews.asked", { ago: ago(row.created_at_ms), time: whenOf(row.created_at_ms) });
    this.state.textContent = stateOf(row);
    const shown = JSON.stringify(row);
    if (shown === this.#shown) return;
    const hadFocus = this.verdicts.contains(document.activeElement);
    this.#shown = shown;
    this.#drawAbout(row);
    this.#drawVerdicts(row);
    if (hadFocus) this.verdicts.querySelector("button").focus();
  }

  #drawAbout(row) {
    this.node.dataset.review = `${row.kind} ${row.id}`;
    refill(
      this.about,
      h(
        "p",
        { class: "chips" },
        [
          t(`reviews.kinds.${row.kind}`),
          wordOf("types", TYPES[row.sms_type]),
          wordOf("sides", SIDES[row.international]),
        ]
          .filter(Boolean)
          .map((word) => h("span", { class: "badge" }, word)),
      ),
      h("h3", {}, row.name, h("small", {}, String(row.id))),
      h("p", { class: "review-text" }, row.kind === "templates" ? row.content : `【${row.name}】`),
      row.remark ? h("p", { class: "quiet" }, t("reviews.remark", { remark: row.remark })) : null,
    );
  }

  /** Once it is approved, time or a second approval makes it usable. */
  #drawVerdicts(row) {
    const isNew = row.status === REVIEWING;
    const takesEffect = row.effective_at_ms !== null;
    const verdict = (name, extra = "") =>
      h(
        "button",
        {
          type: "button",
          class: `button ${extra}`,
          data: { verdict: name },
          on: { click: () => this.#give({ verdict: name }) },
        },
        t(`reviews.verdicts.${name}`),
      );
    this.rejectButton = h(
      "button",
      {
        type: "button",
        class: "button is-danger",
        "aria-expanded": String(!this.rejection.hidden),
        data: { verdict: "reject" },
        on: { click: () => this.#openRejection(this.rejection.hidden) },
      },
      t("reviews.verdicts.reject"),
    );
    refill(
      this.verdicts,
      isNew || !takesEffect ? verdict("approve", "is-primary") : null,
      this.rejectButton,
      isNew ? verdict("approve_unusable") : null,
    );
  }

  #drawRejection() {
    const id = freshId("review-reason");
    this.reason = h("input", {
      class: "field",
      id,
      type: "text",
      maxlength: MAX_REASON,
      autocomplete: "off",
      placeholder: t("reviews.reason_example"),
      "aria-describedby": this.fault.id,
      on: { input: () => this.#tell(null) },
    });
    const keydown = (event) => event.key === "Escape" && this.#openRejection(false);
    return h(
      "form",
      {
        class: "review-rejection",
        hidden: true,
        on: { keydown, submit: (event) => (event.preventDefault(), this.#reject()) },
      },
      h("label", { class: "label", for: id }, t("reviews.reason")),
      this.reason,
      h(
        "div",
        { class: "review-verdicts" },
        h("button", { type: "submit", class: "button is-danger" }, t("reviews.reject_now")),
        h(
          "button",
          { type: "button", class: "button is-quiet", on: { click: () => this.#openRejection(false) } },
          t("common.cancel"),
        ),
      ),
    );
  }

  #openRejection(isOpen) {
    this.rejection.hidden = !isOpen;
    this.rejectButton.setAttribute("aria-expanded", String(isOpen));
    this.#tell(null);
    (isOpen ? this.reason : this.rejectButton).focus();
  }

  #reject() {
    const reason = this.reason.value.trim();
    if (reason) return this.#give({ verdict: "reject", reason });
    this.#tell(t("reviews.faults.reason"));
    this.reason.focus();
  }

  async #give(body) {
    if (this.node.getAttribute("aria-busy") === "true") return;
    this.node.setAttribute("aria-busy", "true");
    this.#tell(await this.judge(body));
    this.node.setAttribute("aria-busy", "false");
  }

  #tell(fault) {
    this.fault.hidden = fault === null;
    this.fault.textContent = fault ?? "";
    this.reason?.setAttribute("aria-invalid", String(fault !== null && !this.rejection.hidden));
  }
}

const wordOf = (group, name) => (name ? t(`reviews.${group}.${name}`) : null);
const whenOf = (ms) => (dayKey(ms) === dayKey(Date.now()) ? clock(ms) : writeDate(ms / 1000, "{date_short}"));
const timeOf = (ms) => writeDate(ms / 1000, "{time_secs}");

function stateOf({ status, decide_at_ms: decideAt, effective_at_ms: effectiveAt }) {
  if (status === REVIEWING)
    return decideAt === null
      ? t("reviews.states.reviewing")
      : t("reviews.states.decides_itself", { until: until(decideAt), time: timeOf(decideAt) });
  return effectiveAt === null
    ? t("reviews.states.not_yet")
    : t("reviews.states.takes_effect", { time: timeOf(effectiveAt) });
}
