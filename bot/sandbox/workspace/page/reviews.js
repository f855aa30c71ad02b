/** The reviewer's desk of the simulator: what waits for a verdict, and giving one. */

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { announce } from "./popups.js";
import { ReviewCard } from "./review_card.js";
import { refusalWords } from "./sandbox.js";
import { Watched } from "./watching.js";

export class Reviews extends Watched {
  #cards = new Map();

  constructor({ sandbox }) {
    super();
    this.sandbox = sandbox;
    this.list = h("ul", { class: "reviews-list" });
    this.heading = h("h2", { class: "unseen", tabindex: "-1" }, t("reviews.title"));
    this.fault = h("p", { class: "panel-fault", role: "status", hidden: true });
    this.empty = h("div", { class: "panel-empty", hidden: true }, icon("check"), h("p", {}, t("reviews.empty")));
    this.node = h(
      "section",
      { class: "reviews panel-part", "aria-label": t("reviews.title") },
      this.heading,
      h("p", { class: "ours" }, t("reviews.ours")),
      this.fault,
      this.list,
      this.empty,
    );
  }

  /** Something on the desk changed: looked at once, if anybody sees it. */
  hear() {
    if (this.node.checkVisibility()) this.look();
  }

  async look() {
    const found = await this.sandbox.reviews();
    this.fault.hidden = !found.error;
    this.fault.textContent = found.error ? refusalWords(found, "reviews") : "";
    if (found.error) return;
    const rows = [
      ...found.templates.map((row) => ({ ...row, kind: "templates", id: row.template_id })),
      ...found.signatures.map((row) => ({ ...row, kind: "signatures", id: row.signature_id })),
    ];
    this.#show(rows.sort((one, other) => one.created_at_ms - other.created_at_ms));
  }

  /** Cards stay where they are: a reason half written must survive every look. */
  #show(rows) {
    const keys = new Set(rows.map(keyOf));
    [...this.#cards.keys()].filter((key) => !keys.has(key)).forEach((key) => this.#drop(key));
    for (const row of rows) {
      if (!this.#cards.has(keyOf(row))) this.#add(row);
      this.#cards.get(keyOf(row)).show(row);
    }
    this.empty.hidden = rows.length > 0;
  }

  #add(row) {
    const card = new ReviewCard({ judge: (body) => this.#judge(row, body) });
    this.#cards.set(keyOf(row), card);
    this.list.append(card.node);
  }

  #drop(key) {
    const { node } = this.#cards.get(key);
    const hadFocus = node.contains(document.activeElement);
    const neighbour = node.nextElementSibling ?? node.previousElementSibling;
    node.remove();
    this.#cards.delete(key);
    if (hadFocus) (neighbour?.querySelector("button") ?? this.heading).focus();
  }

  /** The fault in words, or null once the verdict is given. */
  async #judge({ kind, id, name }, body) {
    const answer = await this.sandbox.judge(kind, id, body);
    if (answer.error) return refusalWords(answer, "reviews");
    announce(t(`reviews.done.${body.verdict}`, { name }));
    await this.look();
    return null;
  }
}

const keyOf = ({ kind, id }) => `${kind} ${id}`;
