/** One place: a channel or the conversation with the app, its messages, its composer, its home tab. */

import { composer } from "./composer.js";
import { h, icon } from "./dom.js";
import { Home } from "./home.js";
import { knows, t } from "./i18n.js";
import { MessageList, welcome } from "./messages.js";
import { avatar, nameOf } from "./people.js";

export class Place {
  isHome = false;

  /**
   * `person` is the other one of a direct conversation; `past` the lines written before; `send` and
   * `openThread` are done, `returned()` is called when the messages are seen again.
   */
  constructor({ channel, person, desk, boot, past, send, openThread, returned }) {
    Object.assign(this, { channel, person, boot, returned });
    this.name = person ? nameOf(person) : `#${channel.name}`;
    this.list = new MessageList({
      desk,
      label: t("messages.in", { place: this.name }),
      name: "messages",
      openThread,
      empty: () => this.#welcome(),
    });
    this.talk = composer({
      name: "composer",
      label: t("composer.label", { place: this.name }),
      placeholder: t("composer.placeholder", { place: this.name }),
      commands: boot.commands,
      people: boot.users,
      past,
      send,
      desk,
      shortcuts: desk.shortcuts.filter((shortcut) => shortcut.is_global),
    });
    this.home = new Home(desk);
    this.dock = h("div", { class: "composer-dock" }, this.talk.node, h("p", { class: "keys" }, t("composer.keys")));
    this.isReadOnly = Boolean(person?.is_bot && boot.app?.messages_read_only);
    const why = t(this.isReadOnly ? "place.read_only" : "place.archived");
    this.closed = h("p", { class: "archived", role: "status" }, why);
    this.body = h("div", { class: "place-body" }, this.list.node, this.dock, this.closed);
    this.showArchived(channel.is_archived);
    this.tabs = person?.is_bot && boot.app?.home_tab ? this.#drawTabs() : null;
    this.nodes = [this.#head(), this.body];
  }

  #head() {
    const { channel, person } = this;
    const topicKey = `topics.${channel.name}`;
    return h(
      "header",
      { class: "pane-head" },
      person ? avatar(person, "is-small") : icon("hash"),
      h("h1", {}, person ? this.name : channel.name),
      channel.topic ? h("p", { class: "topic" }, knows(topicKey) ? t(topicKey) : channel.topic) : null,
      this.tabs,
    );
  }

  /** In an archived channel one can read, but nobody says anything; nor where the app wants no answers. */
  showArchived(isArchived) {
    const isClosed = Boolean(isArchived || this.isReadOnly);
    this.dock.hidden = isClosed;
    this.closed.hidden = !isClosed;
  }

  #drawTabs() {
    const tab = (isHome, role, words) =>
      h(
        "button",
        { type: "button", "aria-pressed": String(!isHome), data: { role }, on: { click: () => this.show(isHome) } },
        words,
      );
    return h(
      "div",
      { class: "segmented", role: "group", "aria-label": t("home.tabs") },
      tab(false, "messages-tab", t("home.messages")),
      tab(true, "home-tab", t("home.title")),
    );
  }

  /** Shows the home tab, or the messages again. */
  show(isHome) {
    if (isHome === this.isHome) return;
    this.isHome = isHome;
    for (const tab of this.tabs.children)
      tab.setAttribute("aria-pressed", String((tab.dataset.role === "home-tab") === isHome));
    (isHome ? this.body : this.home.node).replaceWith(isHome ? this.home.node : this.body);
    if (isHome) this.home.open();
    else this.returned();
  }

  #welcome() {
    const text = t(this.boot.commands.length ? "welcome.text" : "welcome.no_app");
    const title = t("welcome.title", { place: this.name });
    return welcome({ title, text }, this.boot.commands, (command) => this.talk.write(command));
  }
}
