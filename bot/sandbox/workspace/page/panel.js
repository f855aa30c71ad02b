/** The panel on the right: everything of the SMS sandbox, one part at a time. */

import { h, refill } from "./dom.js";
import { t } from "./i18n.js";

let lastShown = "phones";

/**
 * `parts` by name: each has a `node`, `start()` and `stop()`, `seen()` for when it comes into sight,
 * and maybe a number `unread`. Whoever one acts as, the part shown last is shown.
 */
export class Panel {
  constructor(parts) {
    this.parts = parts;
    this.tabs = h("div", { class: "segmented", role: "group", "aria-label": t("panel.parts") });
    this.unreached = h("p", { class: "unreached", role: "status", hidden: true }, t("panel.unreachable"));
    this.node = h(
      "aside",
      { class: "panel", "aria-label": t("panel.title") },
      h("header", { class: "pane-head" }, this.tabs),
      this.unreached,
      Object.values(parts).map((part) => part.node),
    );
    this.#turnTo(lastShown);
  }

  start() {
    Object.values(this.parts).forEach((part) => part.start());
  }

  stop() {
    Object.values(this.parts).forEach((part) => part.stop());
  }

  show(name) {
    this.#turnTo(name);
    this.seen();
  }

  /** Says so while the simulator cannot be reached. */
  reach(isOn) {
    this.unreached.hidden = isOn;
  }

  /** What is shown can be seen now. */
  seen() {
    this.parts[lastShown].seen();
  }

  #turnTo(name) {
    lastShown = name;
    for (const [key, part] of Object.entries(this.parts)) part.node.hidden = key !== name;
    this.draw();
  }

  /** Draws the tabs again, with what is unread behind each. */
  draw() {
    const focused = this.tabs.contains(document.activeElement) ? document.activeElement.dataset.part : null;
    refill(
      this.tabs,
      Object.entries(this.parts).map(([name, part]) => this.#tab(name, part.unread ?? 0)),
    );
    if (focused) this.tabs.querySelector(`[data-part="${focused}"]`).focus();
  }

  #tab(name, unread) {
    return h(
      "button",
      {
        type: "button",
        "aria-pressed": String(name === lastShown),
        data: { part: name },
        on: { click: () => this.show(name) },
      },
      t(`panel.tabs.${name}`),
      unread ? h("span", { class: "count" }, h("span", { class: "unseen" }, t("phones.unread")), String(unread)) : null,
    );
  }
}
