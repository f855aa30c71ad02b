/** The workspace's UI API. Every answer is JSON; a fault is a value. */

/** One request; `more` are headers beside that of the JSON body. */
export function ask(method, path, body, more = {}) {
  const json = { headers: { "Content-Type": "application/json", ...more }, body: JSON.stringify(body) };
  return fetched(path, { method, ...(body === undefined ? {} : json) });
}

async function fetched(path, request) {
  try {
    const answer = await fetch(path, request);
    const found = await answer.json();
    return answer.ok ? found : { ok: false, error: `http_${answer.status}`, ...found };
  } catch {
    return { ok: false, error: "unreachable" };
  }
}

const get = (path, query) => ask("GET", `${path}?${new URLSearchParams(query)}`);
const OURS = { "X-Workspace-Page": "1" };
const post = (path, body) => ask("POST", path, body, OURS);

export const api = {
  catalogue: (locale) => get("/ui/catalogue", { locale }),
  boot: (user) => get("/ui/boot", user ? { user } : {}),
  messages: (user, channel) => get("/ui/messages", { user, channel }),
  thread: (user, channel, ts) => get("/ui/thread", { user, channel, ts }),
  trace: (last) => get("/ui/trace", { last }),
  say: (body) => post("/ui/say", body),
  act: (body) => post("/ui/action", body),
  suggest: (body) => post("/ui/suggest", body),
  submitView: (body) => post("/ui/view/submit", body),
  closeView: (body) => post("/ui/view/close", body),
  react: (body) => post("/ui/react", body),
  shortcut: (body) => post("/ui/shortcut", body),
  upload: (user, file) =>
    fetched(`/ui/upload?${new URLSearchParams({ user, name: file.name })}`, {
      method: "POST",
      headers: { ...OURS, "Content-Type": "application/octet-stream" },
      body: file,
    }),
  people: (user) => get("/ui/people", { user }),
  administer: (deed, body) => post(`/ui/admin/${deed}`, body),
  faults: () => get("/ui/faults", {}),
  addFault: (body) => post("/ui/faults/add", body),
  removeFault: (id) => post("/ui/faults/remove", { id }),
  clearFaults: () => post("/ui/faults/clear", {}),
  home: (user) => post("/ui/home", { user }),
};
