/** A thread, beside the conversation it belongs to. */

import { composer } from "./composer.js";
import { h, icon, iconButton, refill } from "./dom.js";
import { t } from "./i18n.js";
import { MessageList } from "./messages.js";

export class Thread {
  /** The `ts` of the message it hangs on, or null while closed. */
  root = null;

  /** `send(text, files, root)` replies; `closed()` is called when the person closes it. */
  constructor({ desk, people, send, closed }) {
    Object.assign(this, { desk, people, send, closed });
    this.node = h("aside", { class: "thread", "aria-label": t("thread.title"), hidden: true });
  }

  open(root) {
    this.root = root;
    this.list = new MessageList({ desk: this.desk, label: t("thread.title"), name: "thread-messages" });
    this.talk = composer({
      name: "thread-composer",
      label: t("thread.reply"),
      placeholder: t("thread.placeholder"),
      commands: [],
      people: this.people,
      past: [],
      desk: this.desk,
      send: (text, files) => this.send(text, files, root),
    });
    const close = iconButton("close", t("thread.close"), () => (this.close(), this.closed()));
    refill(
      this.node,
      h("header", { class: "pane-head" }, icon("reply"), h("h2", {}, t("thread.title")), close),
      this.list.node,
      h("div", { class: "composer-dock" }, this.talk.node),
    );
    this.node.hidden = false;
    this.talk.focus();
  }

  close() {
    this.root = null;
    this.node.hidden = true;
  }
}
