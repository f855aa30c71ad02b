/** The workspace's UI API and the SMS sandbox's phones. Every answer is JSON; a fault is a value. */

async function send(method, path, body) {
  try {
    const answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json", "X-Workspace-Page": "1" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const found = await answer.json();
    return answer.ok ? found : { ok: false, error: `http_${answer.status}`, ...found };
  } catch {
    return { ok: false, error: "unreachable" };
  }
}

const get = (path, query) => send("GET", `${path}?${new URLSearchParams(query)}`);
const post = (path, body) => send("POST", path, body);

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
  phones: (sandboxUrl) => send("GET", `${sandboxUrl}/_sandbox/phones`),
};
