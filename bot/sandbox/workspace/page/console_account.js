/** The console's pages of the account: who it belongs to, what is paid for, who wants no more. */

import { ConsolePage, without } from "./console_page.js";
import { h } from "./dom.js";
import { choices, numberField, selectField, textField, toggle } from "./form_fields.js";
import { t, writeDate } from "./i18n.js";
import { spaced } from "./numbers.js";
import { Rows } from "./rows.js";
import { Sheet } from "./sheet.js";

const KINDS = ["enterprise", "individual"];
const SWITCHES = ["arrears", "pulls_enabled", "conversion_enabled", "sub_account"];
const DAY_MS = 86_400_000;
const GIFT = 0;
const BOUGHT = 1;
const PENDING = [0, 4];
/** QualificationStatusCode, and what a verdict makes of it: a change that is refused is another refusal. */
const QUALIFIED = ["pending", "passed", "refused", "incomplete", "change_pending", "change_refused"];
const PASSED = 1;
const REFUSED = { 0: 2, 4: 5 };
const TYPES = { 1: "marketing", 2: "notice", 3: "otp" };

export class AccountPage extends ConsolePage {
  draw() {
    this.kinds = choices("console.account", KINDS, (kind) => this.#set({ kind }));
    this.switches = SWITCHES.map((name) => [
      name,
      toggle(t(`console.account.${name}`), t(`console.account.${name}_hint`), (isOn) => this.#set({ [name]: isOn })),
    ]);
    const words = t("console.account.international_daily_segments");
    this.form = new Sheet({
      fields: [numberField("international_daily_segments", words)],
      save: (row) => this.save(row),
    });
    return [this.kinds.node, this.switches.map(([, each]) => each.node), this.form.node];
  }

  #set(row) {
    return this.say(this.save(row));
  }

  show(account) {
    this.kinds.choose(account.kind);
    this.switches.forEach(([name, each]) => each.show(account[name]));
    this.form.show(account);
    return t(account.arrears ? "console.account.now_arrears" : `console.account.${account.kind}`);
  }
}

export class PackagesPage extends ConsolePage {
  draw() {
    this.rows = new Rows({
      label: t("console.packages.title"),
      empty: t("console.packages.empty"),
      draw: drawPackage,
      keyOf: (each) => each.package_id,
      remove: ({ package_id: id }) => this.say(this.replace("packages", (all) => without(all, "package_id", id))),
    });
    const kinds = [BOUGHT, GIFT].map((kind) => [String(kind), t(`console.packages.kinds.${kind}`)]);
    const form = new Sheet({
      fields: [
        numberField("amount", t("console.packages.amount"), { least: 1, isOptional: false }),
        numberField("days", t("console.packages.days"), { least: 1, most: 36_500, isOptional: false }),
        selectField("kind", t("console.packages.kind"), kinds),
      ],
      words: t("console.packages.add"),
      adds: true,
      grid: true,
      start: { amount: 1000, days: 730, kind: String(BOUGHT) },
      save: (row) => this.change(() => this.#add(row)),
    });
    return [h("p", { class: "quiet" }, t("console.packages.hint")), this.rows.node, form.node];
  }

  async #add({ amount, days, kind }) {
    const { packages, error } = await this.read();
    if (error) return { error };
    const id = Math.max(0, ...packages.map((each) => each.package_id)) + 1;
    const expires = Date.now() + days * DAY_MS;
    return this.sandbox.addPackage({
      package_id: id,
      amount_segments: amount,
      expires_at_ms: expires,
      kind: Number(kind),
    });
  }

  /** In the order they pay: a gift before what was bought, then what expires first. */
  show({ packages }) {
    const turn = (one, other) => (one.kind === GIFT ? 0 : 1) - (other.kind === GIFT ? 0 : 1);
    const inTurn = [...packages].sort(
      (one, other) => isOver(one) - isOver(other) || turn(one, other) || one.expires_at_ms - other.expires_at_ms,
    );
    this.rows.show(inTurn.map((each) => ({ ...each, isOver: isOver(each) })));
    return t("console.packages.left", { count: packages.reduce((sum, each) => sum + leftOf(each), 0) });
  }
}

/** Segments a package can still pay for. */
function leftOf({ amount_segments: amount, used_segments: used, effective_at_ms: from, expires_at_ms: until }) {
  const now = Date.now();
  return from <= now && now < until ? Math.max(0, amount - used) : 0;
}

const isOver = (each) => leftOf(each) === 0;

function drawPackage(each) {
  const { package_id: id, amount_segments: amount, used_segments: used, expires_at_ms: until } = each;
  const words = Date.now() < until ? "console.packages.expires" : "console.packages.expired";
  const bar = h("progress", { max: amount, value: used, "aria-label": t("console.packages.used_share") });
  return [
    h("strong", {}, t("console.packages.used", { used, amount })),
    bar,
    h("small", {}, `${id} · ${t(`console.packages.kinds.${each.kind}`)} · `, t(words, { date: dateOf(until) })),
  ];
}

const dateOf = (ms) => writeDate(ms / 1000, "{date_short}");

export class QualificationsPage extends ConsolePage {
  async read() {
    return this.sandbox.reviews();
  }

  draw() {
    this.rows = new Rows({
      label: t("console.qualifications.title"),
      empty: t("console.qualifications.empty"),
      draw: (row) => this.#drawRow(row),
      keyOf: (row) => row.qualification_id,
    });
    const form = new Sheet({
      fields: [textField("name", t("console.qualifications.name"), { most: 50 })],
      words: t("console.qualifications.apply"),
      adds: true,
      save: ({ name }) => this.change(() => this.#apply(name)),
    });
    return [h("p", { class: "quiet" }, t("console.qualifications.hint")), this.rows.node, form.node];
  }

  #drawRow({ qualification_id: id, name, status }) {
    const judge = (verdict, next) =>
      h(
        "button",
        {
          type: "button",
          class: `button${verdict === "approve" ? " is-primary" : " is-danger"}`,
          data: { verdict },
          on: {
            click: () =>
              this.say(this.change(() => this.sandbox.putQualification({ qualification_id: id, status: next }))),
          },
        },
        t(`console.qualifications.${verdict}`),
      );
    const isPending = PENDING.includes(status);
    return [
      h("strong", {}, name),
      h("small", {}, `${id} · ${t(`console.qualifications.states.${QUALIFIED[status]}`)}`),
      isPending
        ? h("div", { class: "review-verdicts" }, judge("approve", PASSED), judge("refuse", REFUSED[status]))
        : null,
    ];
  }

  async #apply(name) {
    const { qualifications, error } = await this.read();
    if (error) return { error };
    const id = Math.max(6000, ...qualifications.map((each) => each.qualification_id)) + 1;
    return this.sandbox.putQualification({ qualification_id: id, name });
  }

  show({ qualifications }) {
    this.rows.show(qualifications);
    const waiting = qualifications.filter((each) => PENDING.includes(each.status)).length;
    return waiting ? t("console.qualifications.now", { count: waiting }) : String(qualifications.length);
  }
}

export class UnsubscribesPage extends ConsolePage {
  draw() {
    const others = (key) => (rows) => rows.filter((row) => keyOf(row) !== key);
    this.rows = new Rows({
      label: t("console.unsubscribes.title"),
      empty: t("console.unsubscribes.empty"),
      draw: (row) => [
        h("strong", {}, spaced(row.number)),
        h("small", {}, `【${row.sign}】 · ${t(`reviews.types.${TYPES[row.sms_type]}`)}`),
      ],
      keyOf,
      nameOf: (row) => spaced(row.number),
      remove: (row) => this.say(this.replace("unsubscribes", others(keyOf(row)))),
    });
    return [h("p", { class: "quiet" }, t("console.unsubscribes.hint")), this.rows.node];
  }

  show({ unsubscribes }) {
    this.rows.show(unsubscribes);
    return String(unsubscribes.length);
  }
}

const keyOf = (row) => `${row.number} ${row.sign} ${row.sms_type}`;
