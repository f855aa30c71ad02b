/** What only a simulator has: how fast it reviews, what goes wrong, voice, its whole state. */

import { ConsolePage } from "./console_page.js";
import { h } from "./dom.js";
import { numberField, selectField, toggle } from "./form_fields.js";
import { knows, t } from "./i18n.js";
import { ask } from "./popups.js";
import { Rows } from "./rows.js";
import { Sheet } from "./sheet.js";

const MAX_DELAY_S = 86_400;
const MAX_LATENCY_MS = 120_000;
const ANY = "*";
/** Kinds of fault that take a time. */
const TIMED = new Set(["latency_ms", "delay", "reorder"]);

const plain = (words) => ({ type: "plain_text", text: words });

export class PacePage extends ConsolePage {
  read() {
    return this.sandbox.reviewPace();
  }

  put(row) {
    return this.sandbox.setReviewPace(row);
  }

  draw() {
    const never = { most: MAX_DELAY_S, hint: t("console.pace.never") };
    this.form = new Sheet({
      fields: [
        numberField("review_delay_s", t("console.pace.review_delay_s"), never),
        numberField("filing_delay_s", t("console.pace.filing_delay_s"), { most: MAX_DELAY_S, isOptional: false }),
      ],
      save: (row) => this.save(row),
    });
    return this.form.node;
  }

  show(pace) {
    this.form.show(pace);
    const { review_delay_s: seconds } = pace;
    return seconds === null ? t("console.pace.by_hand") : t("console.pace.seconds", { seconds });
  }
}

export class FaultsPage extends ConsolePage {
  read() {
    return this.sandbox.faults();
  }

  draw() {
    this.rows = new Rows({
      label: t("console.faults_to_come.waiting"),
      empty: t("console.faults_to_come.empty"),
      draw: drawFault,
      keyOf: (fault) => JSON.stringify(fault),
    });
    this.forget = h(
      "button",
      { type: "button", class: "button", hidden: true, on: { click: () => this.#forget() } },
      t("console.faults_to_come.forget"),
    );
    return [
      h("p", { class: "quiet" }, t("console.faults_to_come.hint")),
      this.#drawForm().node,
      h("h5", {}, t("console.faults_to_come.waiting")),
      this.rows.node,
      this.forget,
    ];
  }

  /** What can go wrong depends on what it befalls: a call of the API, or a callback. */
  #drawForm() {
    this.side = selectField(
      "side",
      t("console.faults_to_come.side"),
      ["calls", "callbacks"].map((side) => [side, t(`console.faults_to_come.sides.${side}`)]),
      { changed: () => this.#offer() },
    );
    this.action = selectField("action", t("console.faults_to_come.action"), []);
    this.kind = selectField("kind", t("console.faults_to_come.kind"), [], { changed: () => this.#offerTime() });
    this.latency = numberField("latency_ms", t("console.faults_to_come.latency_ms"), {
      least: 1,
      most: MAX_LATENCY_MS,
      isOptional: false,
    });
    this.whose = selectField("app", t("console.faults_to_come.app"), []);
    const times = numberField("times", t("console.faults_to_come.times"), { least: 1, isOptional: false });
    return new Sheet({
      fields: [this.side, this.action, this.kind, times, this.latency, this.whose],
      words: t("console.faults_to_come.order"),
      adds: true,
      grid: true,
      start: { times: 1, latency_ms: 1000 },
      save: (row) => this.change(() => this.#order(row)),
    });
  }

  #order({ action, kind, times, latency_ms, app }) {
    const time = TIMED.has(kind) ? { latency_ms } : {};
    return this.sandbox.orderFault({ action, kind, times, ...time, ...(app === ANY ? {} : { app }) });
  }

  #forget() {
    return this.say(this.change(() => this.sandbox.forgetFaults()));
  }

  #offer() {
    const side = this.side.read();
    const { kinds, actions } = this.found;
    this.action.offer(actions[side].map((name) => [name, name === ANY ? t("console.faults_to_come.any") : name]));
    this.kind.offer(kinds[side].map((kind) => [kind, kindOf(kind)]));
    this.#offerTime();
  }

  #offerTime() {
    this.latency.node.hidden = !TIMED.has(this.kind.read());
  }

  show(found) {
    const isFirst = !this.found;
    this.found = found;
    if (isFirst) this.#offer();
    const apps = this.desk.apps.map((app) => [app.sdk_app_id, app.sdk_app_id]);
    this.whose.offer([[ANY, t("console.faults_to_come.any_app")], ...apps]);
    this.rows.show(found.faults);
    this.forget.hidden = found.faults.length === 0;
    return String(found.faults.length);
  }
}

const kindOf = (kind) =>
  knows(`console.faults_to_come.kinds.${kind}`) ? t(`console.faults_to_come.kinds.${kind}`) : kind;

function drawFault({ action, kind, times, latency_ms: ms, app }) {
  const name = action === ANY ? t("console.faults_to_come.any") : action;
  const time = TIMED.has(kind) ? t("console.faults_to_come.ms", { ms }) : null;
  const words = [t("console.faults_to_come.left", { times }), time, app].filter(Boolean).join(" · ");
  return [h("strong", {}, name), h("span", {}, kindOf(kind)), h("small", {}, words)];
}

export class VoicePage extends ConsolePage {
  read() {
    return this.sandbox.voice();
  }

  put(row) {
    return this.sandbox.setVoice(row);
  }

  draw() {
    const words = t("console.voice.prompts_enabled");
    this.prompts = toggle(words, t("console.voice.prompts_hint"), (isOn) =>
      this.say(this.save({ prompts_enabled: isOn })),
    );
    this.form = new Sheet({
      fields: [numberField("minutes_left", t("console.voice.minutes_left"), { isOptional: false })],
      save: (row) => this.save(row),
    });
    return [this.form.node, this.prompts.node];
  }

  show(voice) {
    this.form.show(voice);
    this.prompts.show(voice.prompts_enabled);
    return t("console.voice.now", { minutes: voice.minutes_left });
  }
}

export class StatePage extends ConsolePage {
  /** Nothing is shown of it: it is read when it is saved. */
  read() {
    return {};
  }

  draw() {
    const button = (name, look, click) =>
      h(
        "button",
        { type: "button", class: `button${look}`, data: { state: name }, on: { click } },
        t(`console.state.${name}`),
      );
    this.file = h("input", {
      type: "file",
      accept: "application/json,.json",
      class: "unseen",
      tabindex: "-1",
      "aria-label": t("console.state.load"),
      on: { change: () => this.#load(this.file.files[0]) },
    });
    return [
      h("p", { class: "quiet" }, t("console.state.hint")),
      h(
        "div",
        { class: "review-verdicts" },
        button("save", "", () => this.#save()),
        button("load", "", () => this.file.click()),
        button("reset", " is-danger", () => this.#reset()),
        this.file,
      ),
    ];
  }

  async #save() {
    const state = await this.sandbox.state();
    if (state.error) return this.say(this.change(() => state));
    const url = URL.createObjectURL(new Blob([JSON.stringify(state)], { type: "application/json" }));
    h("a", { href: url, download: "tencent-sandbox.json" }).click();
    URL.revokeObjectURL(url);
    return true;
  }

  async #load(file) {
    if (!file) return;
    const text = await file.text();
    this.file.value = "";
    await this.#turnOver(() => this.sandbox.load(objectIn(text)));
  }

  async #reset() {
    const wanted = await ask({
      title: plain(t("console.state.reset")),
      text: plain(t("console.state.reset_asked")),
      confirm: plain(t("console.state.reset_now")),
      style: "danger",
    });
    if (wanted) await this.#turnOver(() => this.sandbox.reset());
  }

  async #turnOver(act) {
    if (await this.say(this.change(act))) await this.desk.restarted();
  }

  show() {
    return "";
  }
}

/** What is no JSON object is left to the sandbox to refuse, as a state of no known version. */
function objectIn(text) {
  try {
    const found = JSON.parse(text);
    return typeof found === "object" && !Array.isArray(found) ? (found ?? {}) : {};
  } catch {
    return {};
  }
}
