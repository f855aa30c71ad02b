/** Looking again every few seconds at what the simulator does not tell by itself. */

const LOOK_MS = 3000;

/** A part with a `node` and a `look()`: it looks at once and then gently, but only while it is seen. */
export class Watched {
  #timer;

  start() {
    const glance = () => document.visibilityState === "visible" && this.node.checkVisibility() && this.look();
    this.#timer = setInterval(glance, LOOK_MS);
    glance();
  }

  stop() {
    clearInterval(this.#timer);
  }

  seen() {
    this.look();
  }
}
