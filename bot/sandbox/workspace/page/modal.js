/** Modals: a stack of views, each a dialog of its own; errors beside the field they are about. */

import { drawBlocks } from "./blocks.js";
import { FOCUSABLE, h, iconButton, refill, refit } from "./dom.js";
import { t } from "./i18n.js";
import { plain } from "./mrkdwn.js";
import { Surface } from "./surface.js";

const DEEPEST = 3;

/** `desk` as for messages. A submission closes nothing by itself: the workspace says what becomes of it. */
export function modals(desk) {
  const stack = [];
  const find = (id) => stack.find((modal) => modal.view.id === id);

  function remove(modal) {
    stack.splice(stack.indexOf(modal), 1);
    modal.surface.stopTyping();
    modal.dialog.close();
    modal.dialog.remove();
  }

  function open(view) {
    if (find(view.id)) return update(view);
    // A view that stands on none replaces what was open.
    while (stack.length && (!view.previous_view_id || stack.length === DEEPEST)) remove(stack.at(-1));
    const modal = new Modal(view, desk, () => {
      if (!stack.includes(modal)) return;
      remove(modal);
      desk.api.closeView({ user: desk.me.id, view_id: modal.view.id });
    });
    stack.push(modal);
    document.body.append(modal.dialog);
    modal.dialog.showModal();
    modal.focusFirst();
  }

  function update(view) {
    const modal = find(view.id);
    if (modal) modal.update(view);
    else open(view);
  }

  return { open, update, close: (id) => find(id) && remove(find(id)), closeAll: () => [...stack].forEach(remove) };
}

/** What a block begins with counts once. */
const lasting = (key, value) => (key.startsWith("initial_") ? undefined : value);

class Modal {
  constructor(view, desk, leave) {
    Object.assign(this, { view, desk, inputs: new Map() });
    this.surface = new Surface({ ...desk, where: { view_id: view.id }, values: view.state?.values });
    this.title = h("h2", { id: `title-${view.id}` });
    this.body = h("div", { class: "dialog-body" });
    this.foot = h("footer", { class: "dialog-foot" });
    this.fault = h("p", { class: "dialog-fault", role: "alert", hidden: true });
    this.form = h(
      "form",
      {
        novalidate: true,
        on: { submit: (event) => (event.preventDefault(), this.#submit()), keydown: (event) => this.#pressed(event) },
      },
      h("header", { class: "dialog-head" }, this.title, iconButton("close", t("common.close"), leave)),
      this.body,
      this.fault,
      this.foot,
    );
    this.dialog = h(
      "dialog",
      {
        class: "dialog",
        "aria-labelledby": this.title.id,
        data: { callback: view.callback_id ?? "" },
        on: { close: (event) => event.target === this.dialog && leave() },
      },
      this.form,
    );
    this.leave = leave;
    this.#draw();
  }

  update(view) {
    const focused = this.dialog.contains(document.activeElement)
      ? document.activeElement.closest("[data-block-id]")?.dataset.blockId
      : null;
    if (view.callback_id !== this.view.callback_id) this.surface.stopTyping();
    this.view = view;
    this.#draw();
    if (this.dialog.contains(document.activeElement)) return;
    const again = focused && this.body.querySelector(`[data-block-id="${CSS.escape(focused)}"]`);
    if (again) again.querySelector(FOCUSABLE)?.focus();
    else this.focusFirst();
  }

  focusFirst() {
    const wanted =
      this.body.querySelector("[data-focus=yes]") ??
      this.body.querySelector(FOCUSABLE) ??
      this.foot.querySelector("[type=submit]") ??
      this.foot.querySelector("button");
    wanted?.focus();
  }

  #draw() {
    refill(this.title, plain(this.view.title?.text));
    refit(this.body, this.#blocks());
    this.#mark({});
    const needsSubmit = this.view.submit || this.view.blocks?.some((block) => block.type === "input");
    refill(
      this.foot,
      h(
        "button",
        { type: "button", class: "button", on: { click: this.leave } },
        this.view.close ? plain(this.view.close.text) : t("common.close"),
      ),
      needsSubmit
        ? h(
            "button",
            { type: "submit", class: "button is-primary" },
            this.view.submit ? plain(this.view.submit.text) : t("modal.submit"),
          )
        : null,
    );
    this.#busy(false);
    this.#say(null);
  }

  /**
   * The blocks' nodes. An input that is as it was stays the very node it was: drawn anew, it would lose
   * the caret, and the word an input method is still composing.
   */
  #blocks() {
    const former = this.inputs;
    const shape = (block) => (block.type === "input" ? JSON.stringify(block, lasting) : null);
    const nodes = drawBlocks(this.view.blocks, this.surface, (block, id) => {
      const known = former.get(id);
      return known && known.shape === shape(block) ? known.node : null;
    });
    this.inputs = new Map(
      (this.view.blocks ?? []).map((block, at) => [block.block_id, { shape: shape(block), node: nodes[at] }]),
    );
    this.inputs.forEach((one, id) => one.shape ?? this.inputs.delete(id));
    return nodes;
  }

  #busy(isBusy) {
    this.form.setAttribute("aria-busy", String(isBusy));
    const submit = this.foot.querySelector("[type=submit]");
    if (submit) submit.disabled = isBusy;
  }

  #say(words) {
    this.fault.hidden = !words;
    this.fault.textContent = words ?? "";
  }

  #pressed(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
  }

  async #submit() {
    if (this.form.getAttribute("aria-busy") === "true") return;
    this.#say(null);
    this.#mark({});
    this.#busy(true);
    const view = this.view;
    // The form carries what was typed last: told apart, it would come when the form is gone.
    this.surface.stopTyping();
    const answer = await this.desk.api.submitView({
      user: this.desk.me.id,
      view_id: view.id,
      state: this.surface.state,
    });
    if (this.view === view) this.#busy(false);
    if (answer.ok) return;
    if (!this.#mark(answer.errors ?? {})) this.#say(answer.message ?? t("modal.failed"));
  }

  /** Shows `errors` by block id and goes to the first; true if there are any. */
  #mark(errors) {
    for (const block of this.body.querySelectorAll(".block.input")) {
      const words = errors[block.dataset.blockId];
      const slot = block.querySelector(".field-error");
      slot.textContent = words ?? "";
      slot.hidden = !words;
      const control = block.querySelector(".field, .combo-input, .choices");
      if (words) control?.setAttribute("aria-invalid", "true");
      else control?.removeAttribute("aria-invalid");
    }
    const first = this.body.querySelector("[aria-invalid=true]");
    (first?.matches(".choices") ? first.querySelector("input") : first)?.focus();
    return Object.keys(errors).length > 0;
  }
}
