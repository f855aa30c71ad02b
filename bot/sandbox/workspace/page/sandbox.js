/** The SMS sandbox's admin API, as far as the page uses it. Every answer is JSON; a fault is a value. */

import { ask } from "./api.js";
import { knows, t } from "./i18n.js";

const ofApp = (app) => (app ? `?${new URLSearchParams({ app })}` : "");

/** The doors of the sandbox at `url`. */
export function sandboxAt(url) {
  const path = (rest) => `${url}/_sandbox/${rest}`;
  const get = (rest) => ask("GET", path(rest));
  const post = (rest, body) => ask("POST", path(rest), body);
  const put = (rest, body) => ask("PUT", path(rest), body);
  const remove = (rest) => ask("DELETE", path(rest));
  return {
    events: path("events"),
    phones: () => get("phones"),
    calls: () => get("calls"),
    call: (callid, deed, body = {}) => post(`calls/${encodeURIComponent(callid)}/${deed}`, body),
    reply: (number, body) => post(`phones/${encodeURIComponent(number)}/reply`, body),
    reviews: () => get("reviews"),
    judge: (kind, id, body) => post(`reviews/${kind}/${id}`, body),
    /** A page of the console; one of an application is that of `app`. */
    console: (page, app) => get(`console/${page}${ofApp(app)}`),
    setConsole: (page, body, app) => put(`console/${page}${ofApp(app)}`, body),
    addApp: (body) => post("console/apps", body),
    removeApp: (app) => remove(`console/apps/${encodeURIComponent(app)}`),
    addPackage: (body) => post("package", body),
    putQualification: (body) => post("qualifications", body),
    reviewPace: () => get("reviews/pace"),
    setReviewPace: (body) => put("reviews/pace", body),
    voice: () => get("voice"),
    setVoice: (body) => put("voice", body),
    faults: () => get("faults"),
    orderFault: (body) => post("faults", body),
    forgetFaults: () => remove("faults"),
    state: () => get("state"),
    load: (body) => post("state", body),
    reset: () => post("reset", {}),
    requests: () => get("requests"),
    requestsAddress: path("requests"),
  };
}

/** Why the sandbox refused, in words: it names the field at fault before a colon. */
export function refusalWords({ error = "?" }, area) {
  const key = `${area}.faults.${error.split(":")[0].toLowerCase().replaceAll(" ", "_")}`;
  if (error === "unreachable") return t("panel.unreachable");
  return knows(key) ? t(key) : t("faults.other", { error });
}
