/** Live updates: one event stream that comes back by itself, and says when it was away. */

const WAITS_MS = [500, 1000, 2000, 5000];

/**
 * Opens `url` and hands every event's JSON to `heard`. `changed(true)` on every connect,
 * `changed(false)` on every loss. Returns a function that closes it for good.
 */
export function listen(url, heard, changed) {
  let source;
  let timer;
  let failures = 0;
  function connect() {
    source = new EventSource(url);
    source.onopen = () => {
      failures = 0;
      changed(true);
    };
    source.onmessage = (event) => heard(JSON.parse(event.data));
    source.onerror = () => {
      changed(false);
      // The browser retries a broken connection by itself, but never one that was answered with an error.
      if (source.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(connect, WAITS_MS[Math.min(failures++, WAITS_MS.length - 1)]);
    };
  }
  connect();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}
