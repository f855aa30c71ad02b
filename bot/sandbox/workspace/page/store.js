/** What one person can read: messages by channel, and how far they have read. */

const MARKS = "workspace.read";
const FIRST_VISIT = "workspace.first-visit";

const isTop = (message) => !message.thread_ts || message.thread_ts === message.ts;
const inOrder = (messages) => [...messages.values()].sort((one, other) => (one.ts < other.ts ? -1 : 1));

export class Store {
  #channels = new Map();
  #threads = new Map();
  #marks;

  constructor(me, api) {
    Object.assign(this, { me, api });
    this.#marks = JSON.parse(localStorage.getItem(MARKS) ?? "{}")[me.id] ?? {};
    if (!localStorage.getItem(FIRST_VISIT)) localStorage.setItem(FIRST_VISIT, String(Date.now() / 1000));
  }

  async load(channel) {
    const { messages } = await this.api.messages(this.me.id, channel);
    if (messages) this.#channels.set(channel, new Map(messages.map((message) => [message.ts, message])));
  }

  async loadThread(channel, root) {
    const { messages } = await this.api.thread(this.me.id, channel, root);
    if (messages) this.#threads.set(root, new Map(messages.map((message) => [message.ts, message])));
  }

  messages(channel) {
    return inOrder(this.#channels.get(channel) ?? new Map());
  }

  thread(root) {
    return inOrder(this.#threads.get(root) ?? new Map());
  }

  /** Takes a new or changed message to every list it belongs in. */
  put(message) {
    const channel = this.#channels.get(message.channel);
    if (isTop(message) || channel?.has(message.ts)) channel?.set(message.ts, message);
    const thread = this.#threads.get(message.thread_ts ?? message.ts);
    if (thread) thread.set(message.ts, message);
  }

  remove(channel, ts) {
    for (const list of [this.#channels.get(channel), ...this.#threads.values()]) list?.delete(ts);
  }

  react(channel, ts, reactions) {
    for (const list of [this.#channels.get(channel), ...this.#threads.values()]) {
      const message = list?.get(ts);
      if (message) list.set(ts, { ...message, reactions });
    }
  }

  unread(channel) {
    const since = Number(this.#marks[channel] ?? localStorage.getItem(FIRST_VISIT));
    return this.messages(channel).filter((message) => message.user !== this.me.id && Number(message.ts) > since).length;
  }

  markRead(channel) {
    const last = this.messages(channel).at(-1)?.ts;
    if (!last || last === this.#marks[channel]) return;
    this.#marks[channel] = last;
    const all = JSON.parse(localStorage.getItem(MARKS) ?? "{}");
    localStorage.setItem(MARKS, JSON.stringify({ ...all, [this.me.id]: this.#marks }));
  }
}
