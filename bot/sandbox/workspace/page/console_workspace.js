/** The console's pages of the workspace: what an administrator does there, and what goes wrong at Slack. */

import { api } from "./api.js";
import { ConsolePage } from "./console_page.js";
import { h, refill } from "./dom.js";
import { numberField, selectField, textField, toggle } from "./form_fields.js";
import { knows, t } from "./i18n.js";
import { nameOf } from "./people.js";
import { Rows } from "./rows.js";
import { Sheet } from "./sheet.js";

const STANDINGS = ["member", "guest", "stranger", "neighbour", "deactivated"];
const EVERYTHING = "*";
const ANYWHERE = "";
/** Which kinds of fault take which field beside how often. */
const DETAILS = { retry_after_s: "rate_limited", delay_s: "slow", error: "refused" };

/** Pages that ask the workspace who and what is there. */
class PeoplePages extends ConsolePage {
  read() {
    return api.people(this.desk.me.id);
  }

  /** Has an administrator do something; whoever shows people hears of it. */
  administer(deed, body) {
    return this.say(this.change(() => api.administer(deed, body)).then((fault) => (this.desk.regrouped(), fault)));
  }
}

export class ChannelsPage extends PeoplePages {
  draw() {
    this.list = h("ul", { class: "rows" });
    this.drawn = new Map();
    return [h("p", { class: "quiet" }, t("console.channels.hint")), this.list];
  }

  #drawChannel({ id, name }, bot) {
    const archived = toggle(t("console.channels.archived"), null, (isOn) =>
      this.administer("archive", { channel: id, archived: isOn }),
    );
    const present = toggle(t("console.channels.app_is_in"), null, (isOn) =>
      this.administer("member", { channel: id, member: bot, present: isOn }),
    );
    this.list.append(
      h(
        "li",
        { class: "row", role: "group", "aria-label": `#${name}`, data: { key: id } },
        h("div", { class: "row-words" }, h("strong", {}, `#${name}`), archived.node, bot ? present.node : null),
      ),
    );
    return { archived, present };
  }

  show({ channels, users }) {
    const bot = users.find((user) => user.is_bot)?.id;
    for (const channel of channels) {
      const { archived, present } = this.drawn.get(channel.id) ?? this.#drawChannel(channel, bot);
      this.drawn.set(channel.id, { archived, present });
      archived.show(channel.is_archived);
      present.show(channel.members.includes(bot));
    }
    return String(channels.length);
  }
}

export class PeoplePage extends PeoplePages {
  draw() {
    this.list = h("ul", { class: "rows" });
    return [h("p", { class: "quiet" }, t("console.people.hint")), this.list];
  }

  #drawPerson(user) {
    const standing = selectField(
      "standing",
      t("console.people.standing"),
      STANDINGS.map((name) => [name, t(`console.people.standings.${name}`)]),
      { changed: (wanted) => this.administer("standing", { person: user.id, standing: wanted }) },
    );
    standing.show(user.standing);
    return h(
      "li",
      { class: "row", role: "group", "aria-label": nameOf(user), data: { key: user.id } },
      h(
        "div",
        { class: "row-words" },
        h("strong", {}, nameOf(user)),
        standing.node,
        this.groups.map((group) => this.#drawGroup(user, group)),
      ),
    );
  }

  #drawGroup(user, { id, handle, members }) {
    const box = toggle(`@${handle}`, null, (isIn) => {
      const others = members.filter((each) => each !== user.id);
      return this.administer("group", { group: id, members: isIn ? [...others, user.id] : others });
    });
    box.show(members.includes(user.id));
    return box.node;
  }

  /** Drawn again only when something is another, and then the focus stays where it was. */
  show({ users, groups }) {
    const people = users.filter((user) => !user.is_bot);
    const shown = JSON.stringify([people, groups]);
    if (shown !== this.shown) {
      const controls = () => [...this.list.querySelectorAll("input, select")];
      const at = controls().indexOf(document.activeElement);
      this.groups = groups;
      refill(
        this.list,
        people.map((user) => this.#drawPerson(user)),
      );
      controls()[at]?.focus();
    }
    this.shown = shown;
    return String(people.length);
  }
}

export class SlackFaultsPage extends ConsolePage {
  read() {
    return api.faults();
  }

  draw() {
    this.revoked = toggle(t("console.slack_faults.revoked"), t("console.slack_faults.revoked_hint"), (revoked) =>
      this.say(this.change(() => api.administer("token", { revoked }))),
    );
    this.rows = new Rows({
      label: t("console.slack_faults.waiting"),
      empty: t("console.slack_faults.empty"),
      draw: drawFault,
      keyOf: (fault) => fault.id,
      nameOf: (fault) => fault.target,
      remove: (fault) => this.say(this.change(() => api.removeFault(fault.id))),
    });
    return [
      h("p", { class: "quiet" }, t("console.slack_faults.hint")),
      this.revoked.node,
      this.#drawForm().node,
      h("h5", {}, t("console.slack_faults.waiting")),
      this.rows.node,
    ];
  }

  #drawForm() {
    const words = (name) => t(`console.slack_faults.${name}`);
    this.target = selectField("target", words("target"), [], { changed: () => this.#offerKinds() });
    this.kind = selectField("kind", words("kind"), [], { changed: () => this.#offerDetails() });
    this.where = selectField("channel", words("channel"), []);
    this.details = {
      retry_after_s: numberField("retry_after_s", words("retry_after_s"), { least: 1, most: 600, isOptional: false }),
      delay_s: numberField("delay_s", words("delay_s"), { most: 600, isOptional: false }),
      error: textField("error", words("error"), { most: 60 }),
    };
    const times = numberField("times", words("times"), { least: 1, most: 10_000 });
    return new Sheet({
      fields: [this.target, this.kind, times, this.where, ...Object.values(this.details)],
      words: t("console.slack_faults.order"),
      adds: true,
      grid: true,
      start: { times: 1, retry_after_s: 1, delay_s: 4, error: "internal_error" },
      save: (row) => this.change(() => api.addFault({ ...row, channel: row.channel || null })),
    });
  }

  #offerKinds() {
    const side = this.found.events.targets.includes(this.target.read()) ? "events" : "calls";
    this.kind.offer(this.found[side].kinds.map((kind) => [kind, kindOf(kind)]));
    this.#offerDetails();
  }

  #offerDetails() {
    for (const [name, kind] of Object.entries(DETAILS)) this.details[name].node.hidden = this.kind.read() !== kind;
  }

  show(found) {
    const isFirst = !this.found;
    this.found = found;
    const places = this.desk.channels.map((channel) => [channel.id, `#${channel.name}`]);
    this.where.offer([[ANYWHERE, t("console.slack_faults.anywhere")], ...places]);
    if (isFirst) {
      this.target.offer([...found.calls.targets, ...found.events.targets].map((name) => [name, targetOf(name)]));
      this.#offerKinds();
    }
    this.revoked.show(found.token_revoked);
    this.rows.show(found.faults);
    return found.token_revoked ? t("console.slack_faults.now_revoked") : String(found.faults.length);
  }
}

const targetOf = (name) => (name === EVERYTHING ? t("console.slack_faults.any") : name);
const kindOf = (kind) => (knows(`console.slack_faults.kinds.${kind}`) ? t(`console.slack_faults.kinds.${kind}`) : kind);

function drawFault({ target, kind, channel, left, retry_after_s: retry, delay_s: delay, error }) {
  const detail = { rate_limited: `Retry-After ${retry}`, slow: `${delay} s`, refused: error }[kind];
  const often = left === null ? t("console.slack_faults.always") : t("console.slack_faults.left", { times: left });
  return [
    h("strong", {}, targetOf(target)),
    h("span", {}, kindOf(kind)),
    h("small", {}, [often, detail, channel].filter(Boolean).join(" · ")),
  ];
}
