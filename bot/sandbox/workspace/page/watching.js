/** Looking again every few seconds at what the sandbox does not tell by itself. */

const LOOK_MS = 3000;

/** Calls `look()` at once and then gently, but only while `node` can be seen; `stop()` ends it. */
export function watchWhileSeen(node, look) {
  const glance = () => document.visibilityState === "visible" && node.checkVisibility() && look();
  const timer = setInterval(glance, LOOK_MS);
  glance();
  return () => clearInterval(timer);
}
