/** A list of the console: what is in it, and a button or two on each. */

import { h, iconButton, refill } from "./dom.js";
import { t } from "./i18n.js";

export class Rows {
  #shown = null;

  /**
   * `draw(row)` gives what is to be read of a row, `keyOf(row)` tells rows apart, `empty` stands where
   * there is none. `remove(row)` takes one away; `nameOf(row)` is what it is called then.
   */
  constructor({ label, empty, draw, keyOf, nameOf = keyOf, remove }) {
    Object.assign(this, { empty, draw, keyOf, nameOf, remove });
    this.node = h("ul", { class: "rows", "aria-label": label, tabindex: "-1" });
  }

  /** Draws only what changed; the focus stays, or goes to the next in the place of what is gone. */
  show(rows) {
    const shown = JSON.stringify(rows);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const at = [...this.node.querySelectorAll("button")].indexOf(document.activeElement);
    refill(
      this.node,
      rows.length ? rows.map((row) => this.#row(row)) : h("li", { class: "rows-empty quiet" }, this.empty),
    );
    if (at < 0) return;
    const buttons = [...this.node.querySelectorAll("button")];
    (buttons[Math.min(at, buttons.length - 1)] ?? this.node).focus();
  }

  #row(row) {
    const words = t("console.remove", { name: this.nameOf(row) });
    return h(
      "li",
      { class: "row", data: { key: String(this.keyOf(row)) } },
      h("div", { class: "row-words" }, this.draw(row)),
      this.remove ? iconButton("close", words, () => this.remove(row), { data: { deed: "remove" } }) : null,
    );
  }
}
