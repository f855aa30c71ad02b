/** The simulator's own switches: what an account has only its console for. */

import { freshId, h } from "./dom.js";
import { t } from "./i18n.js";
import { announce } from "./popups.js";
import { refusalWords } from "./sandbox.js";
import { watchWhileSeen } from "./watching.js";

const PAGES = ["limits", "account", "packages"];
const MAX_TOP_UP = 1_000_000;
const BASE = { thirty_seconds: null, hour: null, same_content: 1, same_content_window_s: 30 };
const PROFILES = { classic: { ...BASE, day: 10 }, 2025: { ...BASE, day: 2 } };
const KINDS = ["enterprise", "individual"];

/** Every change is made at once; what is shown is what the sandbox answered. */
export class Console {
  #stop = () => {};
  #changes = 0;
  #isLost = false;

  constructor({ sandbox }) {
    this.sandbox = sandbox;
    this.profiles = choices("console.limits", ["classic", "2025"], (profile) => this.#change("limits", { profile }));
    this.rules = h("p", { class: "quiet" });
    this.kinds = choices("console.kind", KINDS, (kind) => this.#change("account", { kind }));
    this.arrears = h("input", {
      type: "checkbox",
      role: "switch",
      on: { change: () => this.#change("account", { arrears: this.arrears.checked }) },
    });
    this.balance = h("p", { class: "console-balance" });
    this.fault = h("p", { class: "panel-fault", role: "alert", hidden: true });
    this.settings = h("div", { class: "console-settings", hidden: true }, this.#drawSettings());
    this.node = h(
      "section",
      { class: "console panel-part", "aria-label": t("console.title") },
      h("h2", { class: "unseen" }, t("console.title")),
      h("p", { class: "ours" }, t("console.ours")),
      this.fault,
      this.settings,
    );
  }

  start() {
    this.#stop = watchWhileSeen(this.node, () => this.#look());
  }

  stop() {
    this.#stop();
  }

  seen() {
    this.#look();
  }

  #drawSettings() {
    return [
      h("div", { class: "setting" }, this.profiles.node, this.rules),
      h("div", { class: "setting" }, h("h3", {}, t("console.package.title")), this.balance, this.#drawTopUp()),
      h(
        "div",
        { class: "setting" },
        h("h3", {}, t("console.arrears.title")),
        labelled(this.arrears, t("console.arrears.label"), t("console.arrears.hint")),
      ),
      h("div", { class: "setting" }, this.kinds.node),
    ];
  }

  #drawTopUp() {
    const id = freshId("top-up");
    this.amount = h("input", { class: "field", id, inputmode: "numeric", autocomplete: "off", value: "1000" });
    return h(
      "form",
      { class: "top-up", on: { submit: (event) => (event.preventDefault(), this.#topUp()) } },
      h("label", { class: "unseen", for: id }, t("console.package.amount")),
      this.amount,
      h("button", { type: "submit", class: "button" }, t("console.package.add")),
    );
  }

  /** What is read while something is being changed is older than the change. */
  async #look() {
    const changes = this.#changes;
    const [limits, account, { packages, error }] = await Promise.all(PAGES.map((page) => this.sandbox.console(page)));
    const fault = limits.error ?? account.error ?? error;
    if (changes !== this.#changes) return;
    if (fault || this.#isLost) this.#tell(fault ? refusalWords({ error: fault }, "console") : null);
    this.#isLost = Boolean(fault);
    if (fault) return;
    this.#show(limits, account, packages);
  }

  #show(limits, account, packages) {
    this.profiles.choose(Object.keys(PROFILES).find((name) => isSame(PROFILES[name], limits)));
    this.profiles.allow(account.kind === "enterprise");
    this.rules.textContent = t(account.kind === "enterprise" ? "console.limits.now" : "console.limits.locked", {
      day: limits.day ?? t("console.limits.none"),
      same: limits.same_content ?? t("console.limits.none"),
      seconds: limits.same_content_window_s,
    });
    this.kinds.choose(account.kind);
    this.arrears.checked = account.arrears;
    this.balance.textContent = t("console.package.left", { count: leftOf(packages) });
    this.settings.hidden = false;
  }

  async #change(page, body) {
    this.#changes += 1;
    await this.#after(await this.sandbox.setConsole(page, body));
  }

  async #topUp() {
    const amount = Number(this.amount.value);
    if (!Number.isInteger(amount) || amount < 1 || amount > MAX_TOP_UP) {
      this.#tell(t("console.faults.amount_segments"));
      this.amount.setAttribute("aria-invalid", "true");
      this.amount.focus();
      return;
    }
    this.amount.setAttribute("aria-invalid", "false");
    const found = await this.sandbox.console("packages");
    this.#changes += 1;
    const id = Math.max(0, ...(found.packages ?? []).map((each) => each.package_id)) + 1;
    await this.#after(found.error ? found : await this.sandbox.addPackage({ package_id: id, amount_segments: amount }));
  }

  async #after(answer) {
    this.#changes += 1;
    await this.#look();
    if (!this.#isLost) this.#tell(answer.error ? refusalWords(answer, "console") : null);
    if (!answer.error) announce(t("console.done"));
  }

  #tell(fault) {
    this.fault.hidden = fault === null;
    this.fault.textContent = fault ?? "";
  }
}

/** A group of radio buttons; the words are under `area`. */
function choices(area, names, chosen) {
  const group = freshId("choices");
  const radios = new Map(
    names.map((name) => [
      name,
      h("input", { type: "radio", name: group, value: name, on: { change: () => chosen(name) } }),
    ]),
  );
  const node = h(
    "fieldset",
    { class: "choices" },
    h("legend", {}, t(`${area}.title`)),
    [...radios].map(([name, radio]) => labelled(radio, t(`${area}.${name}`), t(`${area}.${name}_hint`))),
  );
  return {
    node,
    choose: (wanted) => radios.forEach((radio, name) => (radio.checked = name === wanted)),
    allow: (isAllowed) => (node.disabled = !isAllowed),
  };
}

function labelled(input, words, hint) {
  return h("label", { class: "choice" }, input, h("span", {}, words, h("small", {}, hint)));
}

const isSame = (profile, rules) => Object.entries(profile).every(([name, value]) => rules[name] === value);

/** Segments the packages in effect can still pay for. */
function leftOf(packages) {
  const now = Date.now();
  return packages
    .filter((each) => each.effective_at_ms <= now && now < each.expires_at_ms)
    .reduce((sum, each) => sum + Math.max(0, each.amount_segments - each.used_segments), 0);
}
