/** One page of the console: a heading that says how things stand, and what can be changed below. */

import { h } from "./dom.js";
import { t } from "./i18n.js";
import { announce } from "./popups.js";
import { refusalWords } from "./sandbox.js";

/** The pages one has opened stay open, whoever one becomes. */
const opened = new Set(["limits", "packages"]);

/**
 * Every page draws itself once (`draw()` gives its nodes), and shows what the sandbox answers
 * (`show(found)` gives the few words beside the title).
 */
export class ConsolePage {
  #isKnown = false;
  #changes = 0;

  /** `desk` is the console: {sandbox, apps, app(), turnTo(app), look(), restarted(), …}. */
  constructor(desk, name) {
    Object.assign(this, { desk, name, sandbox: desk.sandbox });
    this.now = h("span", { class: "page-now" });
    this.fault = h("p", { class: "panel-fault", role: "alert", hidden: true });
  }

  /** Draws it, once. */
  build() {
    const { name } = this;
    this.node = h(
      "details",
      { class: "setting", data: { page: name }, open: opened.has(name), on: { toggle: () => this.#toggled() } },
      h("summary", {}, h("h4", {}, t(`console.${name}.title`)), this.now),
      h("div", { class: "setting-body" }, this.draw(), this.fault),
    );
    return this;
  }

  read() {
    return this.sandbox.console(this.name);
  }

  put(row) {
    return this.sandbox.setConsole(this.name, row);
  }

  #toggled() {
    if (this.node.open === opened.has(this.name)) return;
    if (this.node.open) opened.add(this.name);
    else opened.delete(this.name);
    if (this.node.open) this.look();
  }

  /** What a closed page shows is read but once. */
  glance() {
    return this.node.open || !this.#isKnown ? this.look() : null;
  }

  /** Reads and shows; the fault, or null. What is read while something changes is older than that. */
  async look() {
    const changes = this.#changes;
    const found = await this.read();
    if (found.error) return found.error;
    if (changes !== this.#changes) return null;
    this.#isKnown = true;
    this.now.textContent = this.show(found);
    return null;
  }

  /** Does `act` and shows what has become of it; the fault in words, or null. */
  async change(act) {
    this.#changes += 1;
    const answer = await act();
    this.#changes += 1;
    await this.look();
    if (answer.error) return refusalWords(answer, "console");
    announce(t("console.done"));
    return null;
  }

  /** As `change`, for the fields of a form. */
  save(row) {
    return this.change(() => this.put(row));
  }

  /** As `change`, for a list the sandbox takes only as a whole: `next(rows)` gives the new one. */
  replace(list, next) {
    return this.change(async () => {
      const found = await this.read();
      return found.error ? found : this.put({ [list]: next(found[list]) });
    });
  }

  /** Says what became of something that has no place of its own to say it. */
  async say(change) {
    const fault = await change;
    this.fault.hidden = fault === null;
    this.fault.textContent = fault ?? "";
    return fault === null;
  }
}

/** A page that every application has its own of. */
export class AppPage extends ConsolePage {
  read() {
    return this.sandbox.console(this.name, this.desk.app());
  }

  put(row) {
    return this.sandbox.setConsole(this.name, row, this.desk.app());
  }
}

/** The rows without the one of this key, and with `added` at the end where there is one. */
export function without(rows, key, value, added) {
  const others = rows.filter((row) => row[key] !== value);
  return added ? [...others, added] : others;
}
