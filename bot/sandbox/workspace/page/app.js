/** The page: who is being acted as, where they are, and what happens when the workspace speaks. */

import { api } from "./api.js";
import { Console } from "./console.js";
import { deskOf, faultWords } from "./desk.js";
import { h, refill } from "./dom.js";
import { learnEmoji } from "./emoji.js";
import { tabBar, topBar } from "./frame.js";
import { language, languageOf, loadWords, speak, t } from "./i18n.js";
import { modals } from "./modal.js";
import { wordsOf } from "./mrkdwn.js";
import { nameOf } from "./people.js";
import { Panel } from "./panel.js";
import { Phones } from "./phones.js";
import { Place } from "./place.js";
import { announce, mountPopups, toast } from "./popups.js";
import { Requests } from "./requests.js";
import { Reviews } from "./reviews.js";
import { sandboxAt } from "./sandbox.js";
import { sidebar } from "./sidebar.js";
import { Store } from "./store.js";
import { listen } from "./stream.js";
import { Thread } from "./thread.js";

const LAST_USER = "workspace.user";
const TICK_MS = 30_000;
const root = h("div", { id: "page" });
const past = new Map();

class Page {
  #stops = [];
  #tab = "talk";
  #waiting = [];

  constructor(boot, here) {
    this.boot = boot;
    this.me = boot.me;
    this.users = new Map(boot.users.map((user) => [user.id, user]));
    if (boot.app && !this.users.has(boot.app.bot_user_id))
      this.users.set(boot.app.bot_user_id, { id: boot.app.bot_user_id, name: boot.app.name, is_bot: true });
    this.channels = new Map(boot.channels.map((channel) => [channel.id, channel]));
    this.here = placeLike(here, boot.channels).id;
    this.store = new Store(this.me, api);
    this.desk = deskOf(boot, this.users, (channel) => this.#personOf(channel));
    this.modals = modals(this.desk);
  }

  /** The other one in a direct conversation. */
  #personOf(channel) {
    const other = channel.members?.find?.((id) => id !== this.me.id);
    return this.users.get(other) ?? this.users.get(this.boot.app?.bot_user_id);
  }

  start() {
    this.#build();
    const stopListening = listen(
      `/ui/events?user=${encodeURIComponent(this.me.id)}`,
      (event) => this.#hear(event),
      (isOn) => this.#connected(isOn),
    );
    const timer = setInterval(() => this.place.list.tick(), TICK_MS);
    const looked = () => this.#refresh();
    document.addEventListener("visibilitychange", looked);
    this.#stops.push(
      stopListening,
      () => clearInterval(timer),
      () => document.removeEventListener("visibilitychange", looked),
    );
    this.panel?.start();
    this.#stops.push(() => this.panel?.stop());
    this.place.talk.focus();
    this.boot.views?.forEach((view) => this.modals.open(view));
  }

  stop() {
    this.#stops.forEach((stop) => stop());
    this.modals.closeAll();
  }

  /** What is heard while loading may be newer than what is loaded, and is put on top of it. */
  async #load() {
    this.#waiting = [];
    await Promise.all([...this.channels.keys()].map((id) => this.store.load(id)));
    if (this.thread.root) await this.store.loadThread(this.here, this.thread.root);
    const waiting = this.#waiting;
    this.#waiting = null;
    this.#refresh();
    waiting.forEach((event) => this.#hear(event));
  }

  #build() {
    const become = { become: (id) => switchTo(id), speak: (wanted) => switchTo(this.me.id, wanted) };
    this.top = h("header", { class: "top" }, topBar({ me: this.me, users: this.boot.users, ...become }));
    this.side = h("div", { class: "side" });
    this.main = h("main", { class: "talk-pane", id: "talk" });
    this.thread = new Thread({
      desk: this.desk,
      people: this.boot.users,
      send: (text, files, root) => this.#say(text, files, root),
      closed: () => this.#threadClosed(),
    });
    this.tabs = h("nav", { class: "tabs", "aria-label": t("tabs.title") });
    this.lost = h("p", { class: "lost", role: "status", hidden: true }, t("stream.lost"));
    if (this.boot.sandbox_url) this.panel = this.#buildPanel(sandboxAt(this.boot.sandbox_url));
    this.shell = h(
      "div",
      { class: `shell${this.panel ? " has-panel" : ""}`, data: { tab: this.#tab } },
      this.side,
      this.main,
      this.thread.node,
      this.panel?.node,
    );
    refill(
      root,
      h(
        "a",
        { class: "skip", href: "#talk", on: { click: (event) => (event.preventDefault(), this.place.talk.focus()) } },
        t("common.skip"),
      ),
      this.top,
      this.lost,
      this.shell,
      this.tabs,
    );
    this.#drawMain();
    this.#drawTabs();
  }

  #buildPanel(sandbox) {
    this.phones = new Phones({
      sandbox,
      insert: (number) => this.#insert(number),
      arrived: (phone, message) => announce(t("phones.arrived", { number: phone.number, text: message.text })),
      changed: () => (this.panel.draw(), this.#drawTabs()),
      isSeen: () => this.phones.node.checkVisibility(),
      heard: ({ type }) => type === "review" && this.reviews.hear(),
      reached: (isOn) => this.panel.reach(isOn),
    });
    this.reviews = new Reviews({ sandbox });
    return new Panel({
      phones: this.phones,
      reviews: this.reviews,
      console: new Console({
        sandbox,
        me: this.me,
        channels: this.boot.channels.filter((channel) => channel.kind === "channel"),
        restarted: () => this.phones.load(),
        regrouped: () => this.#meetAgain(),
      }),
      requests: new Requests({ sandbox }),
    });
  }

  /** People may be in other groups now. */
  async #meetAgain() {
    const { users } = await api.people(this.me.id);
    users?.forEach((user) => Object.assign(this.users.get(user.id) ?? {}, user));
  }

  #drawMain() {
    const channel = this.channels.get(this.here);
    this.place = new Place({
      channel,
      person: channel.kind === "im" ? this.#personOf(channel) : null,
      desk: this.desk,
      boot: this.boot,
      past: pastOf(this.me.id),
      send: (text, files) => this.#say(text, files),
      openThread: (message) => this.#openThread(message.ts),
      returned: () => this.#refresh(),
    });
    refill(this.main, this.place.nodes);
  }

  #drawSide() {
    const focused = this.side.contains(document.activeElement) ? document.activeElement.dataset.channel : null;
    refill(
      this.side,
      sidebar({
        channels: [...this.channels.values()],
        here: this.here,
        unread: (id) => this.store.unread(id),
        choose: (id) => this.go(id),
        personOf: (channel) => this.#personOf(channel),
      }),
    );
    if (focused) this.side.querySelector(`[data-channel="${focused}"]`)?.focus();
  }

  #unread(ids) {
    return ids.reduce((sum, id) => sum + this.store.unread(id), 0);
  }

  #drawTabs() {
    const elsewhere = [...this.channels.keys()].filter((id) => id !== this.here);
    const unread = { side: this.#unread(elsewhere), talk: 0, ...(this.phones ? { panel: this.phones.unread } : {}) };
    refill(this.tabs, tabBar({ here: this.#tab, unread, choose: (name) => this.#showTab(name) }));
  }

  #showTab(name) {
    if (this.#tab !== name || this.shell.dataset.tab !== name) {
      this.#tab = name;
      this.shell.dataset.tab = name;
      this.#drawTabs();
    }
    if (name === "panel") this.panel.seen();
  }

  #refresh() {
    const isLooking = !this.place.isHome && document.visibilityState === "visible";
    if (isLooking) this.store.markRead(this.here);
    this.place.list.show(this.store.messages(this.here));
    if (this.thread.root) this.thread.list.show(this.store.thread(this.thread.root));
    this.#drawSide();
    this.#drawTabs();
    const unread = this.#unread([...this.channels.keys()]);
    document.title = `${unread ? `(${unread}) ` : ""}${this.place.name} · ${t("top.name")}`;
  }

  go(channelId) {
    this.thread.close();
    this.shell.classList.remove("has-thread");
    this.here = channelId;
    this.#drawMain();
    this.#showTab("talk");
    this.#refresh();
    this.place.list.toEnd();
    this.place.talk.focus();
  }

  async #openThread(ts) {
    this.thread.open(ts);
    this.shell.classList.add("has-thread");
    await this.store.loadThread(this.here, ts);
    this.#refresh();
  }

  #threadClosed() {
    this.shell.classList.remove("has-thread");
    this.place.talk.focus();
  }

  async #say(text, files, threadTs) {
    // Whoever says something looks at what is answered.
    if (!threadTs) this.place.list.toEnd();
    const answer = await api.say({
      user: this.me.id,
      channel: this.here,
      text,
      ...(files.length ? { files: files.map((file) => file.id) } : {}),
      ...(threadTs ? { thread_ts: threadTs } : {}),
    });
    if (!answer.ok) this.desk.tell(answer);
    return answer.ok;
  }

  #insert(number) {
    if (this.place.isHome) this.place.show(false);
    this.#showTab("talk");
    this.place.talk.insert(number);
  }

  async #connected(isOn) {
    const wasLost = !this.lost.hidden;
    this.lost.hidden = isOn;
    if (isOn && wasLost && (await this.#isOutdated())) switchTo(this.me.id, language());
    else if (isOn) this.#load();
  }

  /** Whether the workspace came back as another one: with an app, or other commands. */
  async #isOutdated() {
    const parts = ({ app, commands, shortcuts, channels, sandbox_url: url }) =>
      JSON.stringify([app, commands, shortcuts, channels.map((channel) => channel.id), url]);
    const now = await api.boot(this.me.id);
    return Boolean(now.me) && parts(now) !== parts(this.boot);
  }

  #hear(event) {
    if (this.#waiting) {
      this.#waiting.push(event);
      return;
    }
    HEARD[event.type]?.(this, event);
    if (event.type.startsWith("message") || event.type === "reaction") this.#refresh();
  }

  /** Only how a channel is changes, never which there are. */
  changeChannel(channel) {
    Object.assign(this.channels.get(channel.id) ?? {}, channel);
    if (channel.id === this.here) this.place.showArchived(channel.is_archived);
    this.#drawSide();
  }

  sayAloud(message) {
    if (message.channel !== this.here || message.user === this.me.id) return;
    announce(`${nameOf(this.users.get(message.user))}: ${wordsOf(message.text, this.desk.names)}`);
  }
}

/** What each kind of event changes. */
const HEARD = {
  message: (page, { message }) => {
    page.store.put(message);
    page.sayAloud(message);
  },
  message_changed: (page, { message }) => page.store.put(message),
  message_deleted: (page, { channel, ts }) => page.store.remove(channel, ts),
  reaction: (page, { channel, ts, reactions }) => page.store.react(channel, ts, reactions),
  view_opened: (page, { view }) => page.modals.open(view),
  view_updated: (page, { view }) => (view.type === "home" ? page.place.home.show(view) : page.modals.update(view)),
  view_closed: (page, { view_id: id }) => page.modals.close(id),
  channel_changed: (page, { channel }) => page.changeChannel(channel),
  home: (page, { view }) => page.place.home.show(view),
  notice: (page, { text, text_key: key }) => toast(key ? t(key) : text),
};

/** The same place as before; everybody has a direct conversation of their own. */
function placeLike(former, channels) {
  const isDirect = former?.startsWith("D");
  return channels.find((channel) => (isDirect ? channel.kind === "im" : channel.id === former)) ?? channels[0];
}

function pastOf(user) {
  if (!past.has(user)) past.set(user, []);
  return past.get(user);
}

let page = null;

/** Becomes `user`, in the place one was, in their language unless another is asked for. */
async function switchTo(user, wantedLanguage) {
  let boot = await api.boot(user);
  if (boot.error === "user_not_found") boot = await api.boot();
  if (!boot.me) {
    refill(root, h("p", { class: "down", role: "alert" }, faultWords(boot.error)));
    return;
  }
  const here = page?.here;
  page?.stop();
  localStorage.setItem(LAST_USER, boot.me.id);
  learnEmoji(boot.emoji);
  speak(wantedLanguage ?? languageOf(boot.me.locale), boot.me);
  page = new Page(boot, here);
  page.start();
}

/** On a first visit: the first person who has the browser's language. */
async function likelyPerson() {
  const { users } = await api.boot();
  const language = navigator.language.slice(0, 2);
  return users?.find((user) => !user.is_bot && user.locale.startsWith(language))?.id;
}

await loadWords(api.catalogue);
document.body.append(root);
mountPopups();
const asked = new URLSearchParams(location.search).get("as") ?? localStorage.getItem(LAST_USER);
await switchTo(asked ?? (await likelyPerson()));
