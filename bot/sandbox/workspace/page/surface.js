/**
 * What a message, a modal or a home has in common: who is asked when something in it is used, and
 * what its fields hold. Values survive a redraw where block_id and action_id stay the same.
 */

const TYPING_PAUSE_MS = 300;
/** What the workspace says of an element or a view that is there no more. */
const GONE = new Set(["unknown_action", "not_found"]);

export class Surface {
  #former = {};
  #typing = new Map();
  values = {};

  /**
   * `where` names it to the server: {channel, message_ts} or {view_id}. `tell(fault)` shows a
   * refusal. `values` are what was filled in before the page was loaded.
   */
  constructor({ api, me, where, names, directory, tell, values = {} }) {
    Object.assign(this, { api, me, where, names, directory, tell, values });
  }

  beginDrawing() {
    this.#former = this.values;
    this.values = {};
  }

  /** A block that is not drawn again keeps what its fields hold. */
  keep(blockId) {
    if (this.#former[blockId]) this.values[blockId] = this.#former[blockId];
  }

  /** The value kept from the last drawing, else `initial`; stored either way. */
  start(blockId, actionId, initial) {
    const former = this.#former[blockId]?.[actionId];
    const value = former?.type === initial.type ? former : initial;
    this.set(blockId, actionId, value);
    return value;
  }

  set(blockId, actionId, value) {
    (this.values[blockId] ??= {})[actionId] = value;
  }

  /** Calls `tell` once nothing has been typed into that field for a moment. */
  afterTyping(blockId, actionId, tell) {
    const field = `${blockId} ${actionId}`;
    clearTimeout(this.#typing.get(field));
    this.#typing.set(field, setTimeout(tell, TYPING_PAUSE_MS));
  }

  /** What still waits for a pause is not told any more. */
  stopTyping() {
    this.#typing.forEach(clearTimeout);
    this.#typing.clear();
  }

  get state() {
    return { values: this.values };
  }

  #asked(more) {
    return { user: this.me.id, ...this.where, state: this.state, ...more };
  }

  async act(action) {
    const answer = await this.api.act(this.#asked({ action }));
    // A view may be replaced while the act is under way: then there is nothing left to mend.
    const isLate = this.where.view_id && GONE.has(answer.error);
    if (!answer.ok && !isLate) this.tell(answer);
    return answer;
  }

  suggest(blockId, actionId, value) {
    return this.api.suggest(this.#asked({ block_id: blockId, action_id: actionId, value }));
  }
}
