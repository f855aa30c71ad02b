/** The SMS sandbox's admin API, as far as the page uses it. Every answer is JSON; a fault is a value. */

import { ask } from "./api.js";
import { knows, t } from "./i18n.js";

/** The doors of the sandbox at `url`. */
export function sandboxAt(url) {
  const path = (rest) => `${url}/_sandbox/${rest}`;
  const get = (rest) => ask("GET", path(rest));
  const post = (rest, body) => ask("POST", path(rest), body);
  const put = (rest, body) => ask("PUT", path(rest), body);
  return {
    events: path("events"),
    phones: () => get("phones"),
    /** The book of phones holds what came in; only the whole state remembers what was answered. */
    replies: async () => (await get("state")).account?.replies ?? [],
    reply: (number, body) => post(`phones/${encodeURIComponent(number)}/reply`, body),
    reviews: () => get("reviews"),
    judge: (kind, id, body) => post(`reviews/${kind}/${id}`, body),
    console: (page) => get(`console/${page}`),
    setConsole: (page, body) => put(`console/${page}`, body),
    addPackage: (body) => post("package", body),
  };
}

/** Why the sandbox refused, in words: it names the field at fault before a colon. */
export function refusalWords({ error = "?" }, area) {
  const key = `${area}.faults.${error.split(":")[0].toLowerCase().replaceAll(" ", "_")}`;
  if (error === "unreachable") return t("panel.unreachable");
  return knows(key) ? t(key) : t("faults.other", { error });
}
