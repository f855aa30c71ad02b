/** The simulator's own console: what an account has only its console for, and what only a simulator has. */

import { AccountPage, PackagesPage, QualificationsPage, UnsubscribesPage } from "./console_account.js";
import { ContactsPage, CountriesPage } from "./console_alerts.js";
import {
  ApplicationPage,
  CallbacksPage,
  ExemptPage,
  LimitsPage,
  StatisticsPage,
  ThresholdsPage,
} from "./console_app.js";
import { FaultsPage, PacePage, StatePage, VoicePage } from "./console_simulator.js";
import { ChannelsPage, PeoplePage, SlackFaultsPage } from "./console_workspace.js";
import { h } from "./dom.js";
import { selectField } from "./form_fields.js";
import { t } from "./i18n.js";
import { refusalWords } from "./sandbox.js";
import { Watched } from "./watching.js";

const GROUPS = {
  application: {
    app: ApplicationPage,
    limits: LimitsPage,
    exempt: ExemptPage,
    thresholds: ThresholdsPage,
    countries: CountriesPage,
    contacts: ContactsPage,
    callbacks: CallbacksPage,
    statistics: StatisticsPage,
  },
  account: {
    packages: PackagesPage,
    account: AccountPage,
    qualifications: QualificationsPage,
    unsubscribes: UnsubscribesPage,
  },
  workspace: { channels: ChannelsPage, people: PeoplePage, slack_faults: SlackFaultsPage },
  simulator: { pace: PacePage, faults_to_come: FaultsPage, voice: VoicePage, state: StatePage },
};

/** The application whose pages are shown, whoever one becomes; null until the first look. */
let chosenApp = null;

/** Every change is made at once; what is shown is what the sandbox answered. */
export class Console extends Watched {
  #restarted;

  apps = [];

  /**
   * `me` is who one acts as, `channels` are where. `restarted()` hears when the whole state of the
   * sandbox is another, `regrouped()` when people, groups or channels are.
   */
  constructor({ sandbox, me, channels, restarted, regrouped }) {
    super();
    Object.assign(this, { sandbox, me, channels, regrouped });
    this.#restarted = restarted;
    this.choice = selectField("app", t("console.application"), [], { changed: (app) => this.turnTo(app) });
    this.groups = Object.entries(GROUPS).map(([name, pages]) => ({
      name,
      pages: Object.entries(pages).map(([page, Page]) => new Page(this, page).build()),
    }));
    this.fault = h("p", { class: "panel-fault", role: "alert", hidden: true });
    this.settings = h(
      "div",
      { class: "console-settings", hidden: true },
      this.groups.map((group) => this.#drawGroup(group)),
    );
    this.node = h(
      "section",
      { class: "console panel-part", "aria-label": t("console.title") },
      h("h2", { class: "unseen" }, t("console.title")),
      h("p", { class: "ours" }, t("console.ours")),
      this.fault,
      this.settings,
    );
  }

  #drawGroup({ name, pages }) {
    return h(
      "section",
      { class: "console-group", data: { group: name } },
      h("h3", {}, t(`console.groups.${name}`)),
      name === "application" ? this.choice.node : null,
      pages.map((page) => page.node),
    );
  }

  /** The id of the application whose pages are shown. */
  app() {
    return chosenApp;
  }

  /** Shows the pages of another application. */
  async turnTo(app) {
    chosenApp = app;
    await this.#lookAtAll((page) => page.look());
  }

  async restarted() {
    this.#restarted();
    await this.#lookAtAll((page) => page.look());
  }

  look() {
    return this.#lookAtAll((page) => page.glance());
  }

  async #lookAtAll(look) {
    const { apps, error } = await this.sandbox.console("apps");
    if (apps) this.#offer(apps);
    const pages = this.groups.flatMap((group) => group.pages);
    const faults = error ? [error] : await Promise.all(pages.map(look));
    const fault = faults.find(Boolean);
    this.fault.hidden = !fault;
    this.fault.textContent = fault ? refusalWords({ error: fault }, "console") : "";
    if (!fault) this.settings.hidden = false;
  }

  /** An application that is gone is not shown any more. */
  #offer(apps) {
    this.apps = apps;
    if (!apps.some((app) => app.sdk_app_id === chosenApp)) chosenApp = apps[0].sdk_app_id;
    const words = (app) => t(app.enabled ? "console.app.named" : "console.app.named_off", app);
    this.choice.offer(apps.map((app) => [app.sdk_app_id, words(app)]));
    this.choice.show(chosenApp);
  }
}
