/** The workspace's UI API. Every answer is JSON; a fault is a value. */

/** One request; `more` are headers beside that of the JSON body. */
export async function ask(method, path, body, more = {}) {
  try {
    const answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json", ...more },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const found = await answer.json();
    return answer.ok ? found : { ok: false, error: `http_${answer.status}`, ...found };
  } catch {
    return { ok: false, error: "unreachable" };
  }
}

const get = (path, query) => ask("GET", `${path}?${new URLSearchParams(query)}`);
const post = (path, body) => ask("POST", path, body, { "X-Workspace-Page": "1" });

export const api = {
  catalogue: (locale) => get("/ui/catalogue", { locale }),
  boot: (user) => get("/ui/boot", user ? { user } : {}),
  messages: (user, channel) => get("/ui/messages", { user, channel }),
  thread: (user, channel, ts) => get("/ui/thread", { user, channel, ts }),
  say: (body) => post("/ui/say", body),
  act: (body) => post("/ui/action", body),
  suggest: (body) => post("/ui/suggest", body),
  submitView: (body) => post("/ui/view/submit", body),
  closeView: (body) => post("/ui/view/close", body),
  react: (body) => post("/ui/react", body),
  home: (user) => post("/ui/home", { user }),
};
