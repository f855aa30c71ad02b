/** A form of the console: what is half written is kept, whatever is read meanwhile. */

import { freshId, h } from "./dom.js";
import { t } from "./i18n.js";

export class Sheet {
  #isDirty = false;
  #isBusy = false;
  #shown = {};

  /**
   * `save(row)` takes what the fields hold and answers with the fault in words, or null. With
   * `adds`, the form makes something new each time, and then begins with `start` again.
   */
  constructor({ fields, save, words, adds = false, grid = false, start = {} }) {
    Object.assign(this, { fields, save, adds });
    this.fault = h("p", { class: "field-error", id: freshId("sheet-fault"), role: "alert", hidden: true });
    this.foot = h(
      "div",
      { class: "sheet-foot", hidden: !adds },
      h("button", { type: "submit", class: `button${adds ? "" : " is-primary"}` }, words ?? t("console.save")),
      adds
        ? null
        : h(
            "button",
            { type: "button", class: "button is-quiet", on: { click: () => this.#undo() } },
            t("console.undo"),
          ),
    );
    this.node = h(
      "form",
      {
        class: "sheet",
        novalidate: true,
        on: {
          input: () => this.#touched(),
          keydown: (event) => event.key === "Escape" && this.#undo(),
          submit: (event) => (event.preventDefault(), this.#submit()),
        },
      },
      h("div", { class: `sheet-fields${grid ? " is-grid" : ""}` }, fields.map((field) => field.node)),
      this.fault,
      this.foot,
    );
    if (adds) this.show(start);
  }

  /** What stands in the sandbox now. */
  show(row) {
    this.#shown = row;
    if (!this.#isDirty) this.fields.forEach((field) => field.show(row[field.name]));
  }

  #touched() {
    this.#isDirty = true;
    this.foot.hidden = false;
    this.#tell(null);
  }

  #undo() {
    const hadFocus = this.foot.contains(document.activeElement);
    this.#settle();
    this.fields.forEach((field) => field.show(this.#shown[field.name]));
    if (hadFocus) this.fields[0].input.focus();
  }

  #settle() {
    this.#isDirty = false;
    this.foot.hidden = !this.adds;
    this.#tell(null);
  }

  async #submit() {
    const wrong = this.fields.find((field) => field.read() === undefined);
    if (wrong) return this.#tell(wrong.fault, wrong);
    if (this.#isBusy) return null;
    this.#isBusy = true;
    const fault = await this.save(Object.fromEntries(this.fields.map((field) => [field.name, field.read()])));
    this.#isBusy = false;
    if (fault) return this.#tell(fault);
    return this.#saved();
  }

  #saved() {
    const hadFocus = this.node.contains(document.activeElement);
    this.#settle();
    if (this.adds) this.show(this.#shown);
    if (hadFocus) this.fields[0].input.focus();
  }

  #tell(fault, field) {
    this.fault.hidden = fault === null;
    this.fault.textContent = fault ?? "";
    for (const each of this.fields) each.input.setAttribute("aria-invalid", String(each === field));
    field?.input.setAttribute("aria-errormessage", this.fault.id);
    field?.input.focus();
  }
}
