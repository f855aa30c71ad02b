/** The app's home tab. */

import { drawBlocks } from "./blocks.js";
import { h, icon, refill } from "./dom.js";
import { t } from "./i18n.js";
import { Surface } from "./surface.js";

export class Home {
  #surface = null;
  #shown = 0;

  constructor(desk) {
    this.desk = desk;
    this.body = h("div", { class: "home-body" });
    this.node = h(
      "div",
      { class: "scroller home", tabindex: "0", role: "region", "aria-label": t("home.title"), data: { role: "home" } },
      this.body,
    );
  }

  /** Asks the app for its home, which tells it that the tab was opened. */
  async open() {
    const shown = this.#shown;
    const { view } = await this.desk.api.home(this.desk.me.id);
    // The app may have published a newer one before the answer came.
    if (shown === this.#shown) this.show(view);
  }

  show(view) {
    this.#shown += 1;
    if (!view) {
      refill(
        this.body,
        h("div", { class: "welcome" }, h("div", { class: "welcome-mark" }, icon("home")), h("p", {}, t("home.empty"))),
      );
      return;
    }
    if (this.#surface?.where.view_id !== view.id)
      this.#surface = new Surface({ ...this.desk, where: { view_id: view.id } });
    refill(this.body, drawBlocks(view.blocks, this.#surface));
  }
}
