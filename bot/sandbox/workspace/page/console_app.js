/** The console's pages of one application: itself, its rules, where its reports go. */

import { AppPage } from "./console_page.js";
import { h, refill } from "./dom.js";
import { choices, numberField, textField, toggle } from "./form_fields.js";
import { t } from "./i18n.js";
import { spaced } from "./numbers.js";
import { Rows } from "./rows.js";
import { Sheet } from "./sheet.js";

const BASE = { thirty_seconds: null, hour: null, same_content: 1, same_content_window_s: 30 };
const PROFILES = { classic: { ...BASE, day: 10 }, 2025: { ...BASE, day: 2 } };
const WINDOWS = ["thirty_seconds", "hour", "day", "same_content"];
const THRESHOLDS = ["mainland_reminder", "mainland_stop", "international_reminder", "international_stop"];
const ADDRESSES = ["status_url", "reply_url", "voice_url"];
const FIGURES = ["requested", "accepted", "fee_segments", "reported", "delivered", "undelivered"];

export class ApplicationPage extends AppPage {
  draw() {
    this.keys = h("p", { class: "quiet" });
    this.form = new Sheet({
      fields: [textField("name", t("console.app.name"), { most: 30 })],
      save: (row) => this.#changed(this.save(row)),
    });
    this.enabled = toggle(t("console.app.enabled"), t("console.app.enabled_hint"), (enabled) =>
      this.say(this.#changed(this.save({ enabled }))),
    );
    this.removal = h(
      "button",
      { type: "button", class: "button is-danger", on: { click: () => this.#remove() } },
      t("console.app.delete"),
    );
    return [this.keys, this.form.node, this.enabled.node, this.removal, this.#drawNew()];
  }

  /** A new application is turned to at once. */
  #drawNew() {
    const make = async (row) => {
      const made = await this.sandbox.addApp(row);
      if (!made.error) await this.desk.turnTo(made.sdk_app_id);
      return made;
    };
    const form = new Sheet({
      fields: [textField("name", t("console.app.new_name"), { most: 30 })],
      words: t("console.app.create"),
      adds: true,
      save: (row) => this.change(() => make(row)),
    });
    return h("div", { class: "setting-more" }, form.node);
  }

  #remove() {
    const { sdk_app_id: app } = this.shown;
    return this.say(this.#changed(this.change(() => this.sandbox.removeApp(app))));
  }

  /** The choice above names every application, and says which are off. */
  async #changed(change) {
    const fault = await change;
    await this.desk.look();
    return fault;
  }

  show(app) {
    this.shown = app;
    this.keys.textContent = t("console.app.keys", app);
    this.form.show(app);
    this.enabled.show(app.enabled);
    this.removal.hidden = app.is_default || app.enabled;
    return t(app.enabled ? "console.on" : "console.off");
  }
}

export class LimitsPage extends AppPage {
  draw() {
    this.profiles = choices("console.limits", Object.keys(PROFILES).sort().reverse(), (profile) =>
      this.say(this.save({ profile })),
    );
    const seconds = { least: 1, isOptional: false };
    this.form = new Sheet({
      fields: [
        ...WINDOWS.map((name) => numberField(name, t(`console.limits.${name}`))),
        numberField("same_content_window_s", t("console.limits.same_content_window_s"), seconds),
      ],
      grid: true,
      save: (row) => this.save(row),
    });
    return [this.profiles.node, this.form.node];
  }

  show(limits) {
    const isSame = (profile) => Object.entries(profile).every(([name, value]) => limits[name] === value);
    this.profiles.choose(Object.keys(PROFILES).find((name) => isSame(PROFILES[name])));
    this.form.show(limits);
    return t("console.limits.now", { day: limits.day ?? t("console.none") });
  }
}

export class ExemptPage extends AppPage {
  draw() {
    const others = (number) => (numbers) => numbers.filter((each) => each !== number);
    this.rows = new Rows({
      label: t("console.exempt.title"),
      empty: t("console.exempt.empty"),
      draw: (number) => spaced(number),
      keyOf: (number) => number,
      nameOf: spaced,
      remove: (number) => this.say(this.replace("numbers", others(number))),
    });
    const form = new Sheet({
      fields: [textField("number", t("console.exempt.number"), { most: 20, type: "tel", example: "+8613800000001" })],
      words: t("console.add"),
      adds: true,
      save: ({ number }) => this.replace("numbers", (numbers) => [...others(number)(numbers), number]),
    });
    return [h("p", { class: "quiet" }, t("console.exempt.hint")), this.rows.node, form.node];
  }

  show({ numbers }) {
    this.rows.show(numbers);
    return String(numbers.length);
  }
}

export class ThresholdsPage extends AppPage {
  draw() {
    this.form = new Sheet({
      fields: THRESHOLDS.map((name) => numberField(name, t(`console.thresholds.${name}`))),
      grid: true,
      save: (row) => this.save(row),
    });
    return [h("p", { class: "quiet" }, t("console.thresholds.hint")), this.form.node];
  }

  show(found) {
    this.form.show(found);
    return t(THRESHOLDS.some((name) => found[name] !== null) ? "console.on" : "console.off");
  }
}

export class CallbacksPage extends AppPage {
  draw() {
    const how = { most: 2000, isOptional: true, example: t("console.callbacks.nowhere") };
    this.form = new Sheet({
      fields: ADDRESSES.map((name) => textField(name, t(`console.callbacks.${name}`), how)),
      save: (row) => this.save(row),
    });
    return [h("p", { class: "quiet" }, t("console.callbacks.hint")), this.form.node];
  }

  show(found) {
    this.form.show(found);
    return t("console.callbacks.now", { count: ADDRESSES.filter((name) => found[name]).length });
  }
}

export class StatisticsPage extends AppPage {
  draw() {
    this.list = h("dl", { class: "figures" });
    return [h("p", { class: "quiet" }, t("console.statistics.hint")), this.list];
  }

  show(found) {
    const figure = (name) => [
      h("dt", {}, t(`console.statistics.${name}`)),
      h("dd", { data: { figure: name } }, String(found[name])),
    ];
    refill(this.list, FIGURES.map(figure));
    return t("console.statistics.now", { count: found.accepted });
  }
}
