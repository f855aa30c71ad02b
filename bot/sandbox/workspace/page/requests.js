/** Every request to the two simulators, and from them: who asked what, and how it was answered. */

import { api } from "./api.js";
import { h, refill } from "./dom.js";
import { t, wholeTime, writeDate } from "./i18n.js";
import { refusalWords } from "./sandbox.js";
import { Watched } from "./watching.js";

const SIDES = ["all", "slack", "tencent"];
const SHOWN = 100;

let chosenSide = "all";

export class Requests extends Watched {
  #rows = new Map();
  #found = [];

  constructor({ sandbox }) {
    super();
    this.sandbox = sandbox;
    this.fault = h("p", { class: "panel-fault", role: "alert", hidden: true });
    this.list = h("ul", { class: "requests-list" });
    this.search = h("input", {
      class: "field",
      type: "search",
      "aria-label": t("requests.search"),
      placeholder: t("requests.search"),
      on: { input: () => this.#show() },
    });
    this.sides = h("div", { class: "segmented", role: "group", "aria-label": t("requests.sides.title") });
    this.node = h(
      "section",
      { class: "requests panel-part", "aria-label": t("requests.title") },
      h("h2", { class: "unseen" }, t("requests.title")),
      h("p", { class: "quiet" }, t("requests.hint"), " ", wholeOf("/ui/trace", "slack"), " · ", this.#wholeSandbox()),
      this.sides,
      this.search,
      this.fault,
      this.list,
    );
    this.#turnTo(chosenSide);
  }

  #wholeSandbox() {
    return wholeOf(this.sandbox.requestsAddress, "tencent");
  }

  #turnTo(side) {
    chosenSide = side;
    const hadFocus = this.sides.contains(document.activeElement);
    refill(
      this.sides,
      SIDES.map((name) =>
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(name === side),
            data: { side: name },
            on: { click: () => this.#turnTo(name) },
          },
          t(`requests.sides.${name}`),
        ),
      ),
    );
    if (hadFocus) this.sides.querySelector(`[data-side=${side}]`).focus();
    this.#show();
  }

  async look() {
    const [slack, tencent] = await Promise.all([api.trace(SHOWN), this.sandbox.requests()]);
    const error = slack.error ?? tencent.error;
    this.fault.hidden = !error;
    this.fault.textContent = error ? refusalWords({ error }, "requests") : "";
    const found = [...(slack.exchanges ?? []).map(ofSlack), ...(tencent.requests ?? []).map(ofTencent)];
    this.#found = numbered(found).sort((one, other) => other.ms - one.ms);
    this.#show();
  }

  /** Rows stay what they are: one may be open, or have the focus. */
  #show() {
    const wanted = this.search.value.trim().toLowerCase();
    const shown = this.#found
      .filter((each) => chosenSide === "all" || each.side === chosenSide)
      .filter((each) => !wanted || `${each.name} ${each.result}`.toLowerCase().includes(wanted))
      .slice(0, SHOWN);
    const former = this.#rows;
    this.#rows = new Map(shown.map((each) => [each.key, former.get(each.key) ?? drawRequest(each)]));
    former.forEach((node, key) => this.#rows.has(key) || node.remove());
    [...this.#rows.values()].forEach((node, at) => {
      if (this.list.children[at] !== node) this.list.insertBefore(node, this.list.children[at] ?? null);
    });
    this.list.dataset.empty = String(shown.length === 0);
  }
}

const wholeOf = (href, side) =>
  h("a", { class: "link", href, target: "_blank", rel: "noopener" }, t(`requests.whole.${side}`));

/** The same thing may be asked twice in a millisecond. */
function numbered(found) {
  const counts = new Map();
  return found.map((each) => {
    const stem = `${each.side} ${each.ms} ${each.name}`;
    counts.set(stem, (counts.get(stem) ?? 0) + 1);
    return { ...each, key: `${stem} ${counts.get(stem)}` };
  });
}

function ofSlack({ at_ms: ms, direction, what, status, request, answer }) {
  const isRefused = answer?.ok === false;
  const result = isRefused ? answer.error : status === 200 ? "ok" : String(status || answer);
  const way = direction === "out" ? "slack_out" : "slack_in";
  return { side: "slack", ms, way, name: what, result, body: { request, answer } };
}

function ofTencent({ at_ms: ms, method, path, action, outcome, ...rest }) {
  const body = { method, path, ...rest };
  return { side: "tencent", ms, way: "tencent_in", name: action || path, result: outcome, body };
}

function drawRequest({ key, side, ms, way, name, result, body }) {
  const isFine = ["ok", "Ok"].includes(result);
  const pre = h("pre", { tabindex: "0", "aria-label": t("requests.body") });
  return h(
    "li",
    { data: { key, side } },
    h(
      "details",
      { class: "request", on: { toggle: () => (pre.textContent = JSON.stringify(body, null, 2)) } },
      h(
        "summary",
        {},
        h(
          "span",
          {},
          h("span", { class: "request-name" }, name),
          h("time", { title: wholeTime(ms) }, writeDate(ms / 1000, "{time_secs}")),
        ),
        h(
          "span",
          {},
          h("span", { class: "request-way" }, t(`requests.ways.${way}`)),
          h("span", { class: `request-result${isFine ? "" : " is-fault"}` }, result),
        ),
      ),
      pre,
    ),
  );
}
