/** The console's pages of an application that concern people and countries: alerts, where it may send. */

import { AppPage, without } from "./console_page.js";
import { h } from "./dom.js";
import { manyField, numberField, textField } from "./form_fields.js";
import { ago, clock, listed, t } from "./i18n.js";
import { Rows } from "./rows.js";
import { Sheet } from "./sheet.js";

const ALERTS = ["over_volume", "frequency_limit", "review", "package_balance"];
const SHOWN_ALERTS = 5;

const kindOf = (kind) => t(`console.alerts.${kind}`);

export class ContactsPage extends AppPage {
  draw() {
    this.rows = new Rows({
      label: t("console.contacts.title"),
      empty: t("console.contacts.empty"),
      draw: drawContact,
      keyOf: (contact) => contact.name,
      remove: ({ name }) => this.say(this.replace("contacts", (all) => without(all, "name", name))),
    });
    this.told = new Rows({
      label: t("console.contacts.told"),
      empty: t("console.contacts.nothing_told"),
      draw: drawAlert,
      keyOf: ({ at_ms: ms, kind, subject }) => `${ms} ${kind} ${subject}`,
    });
    return [this.rows.node, this.#drawForm().node, h("h5", {}, t("console.contacts.told")), this.told.node];
  }

  #drawForm() {
    const optional = { most: 100, isOptional: true };
    return new Sheet({
      fields: [
        textField("name", t("console.contacts.name"), { most: 30 }),
        textField("mobile", t("console.contacts.mobile"), { ...optional, type: "tel" }),
        textField("email", t("console.contacts.email"), optional),
        manyField(
          "events",
          t("console.contacts.events"),
          ALERTS.map((kind) => [kind, kindOf(kind)]),
        ),
      ],
      words: t("console.add"),
      adds: true,
      start: { events: ALERTS },
      save: ({ name, mobile, email, events }) => {
        const contact = { name, mobile: mobile ?? "", email: email ?? "", events };
        return this.replace("contacts", (all) => without(all, "name", name, contact));
      },
    });
  }

  show({ contacts, alerts }) {
    this.rows.show(contacts);
    this.told.show(alerts.slice(-SHOWN_ALERTS).reverse());
    return String(contacts.length);
  }
}

function drawContact({ name, mobile, email, events }) {
  return [
    h("strong", {}, name),
    h("small", {}, [mobile, email, listed(events.map(kindOf))].filter(Boolean).join(" · ")),
  ];
}

function drawAlert({ at_ms: ms, kind, subject, contacts }) {
  return [
    h("span", {}, t("console.contacts.alert", { kind: kindOf(kind), subject })),
    h("small", {}, `${clock(ms)} · ${ago(ms)} · ${listed(contacts)}`),
  ];
}

export class CountriesPage extends AppPage {
  draw() {
    const words = { example: t("console.countries.all"), hint: t("console.countries.hint") };
    this.form = new Sheet({
      fields: [textField("allowed", t("console.countries.allowed"), { most: 2000, isOptional: true, ...words })],
      save: ({ allowed }) => this.save({ allowed: allowed && codesIn(allowed) }),
    });
    this.caps = new Rows({
      label: t("console.countries.caps"),
      empty: t("console.countries.no_caps"),
      draw: (cap) => t("console.countries.cap", cap),
      keyOf: (cap) => cap.iso_code,
      remove: ({ iso_code: code }) => this.say(this.replace("caps", (all) => without(all, "iso_code", code))),
    });
    return [this.form.node, h("h5", {}, t("console.countries.caps")), this.caps.node, this.#drawNewCap().node];
  }

  #drawNewCap() {
    return new Sheet({
      fields: [
        textField("iso_code", t("console.countries.iso_code"), { most: 3, example: "US" }),
        numberField("per_day", t("console.countries.per_day"), { isOptional: false }),
      ],
      words: t("console.add"),
      adds: true,
      grid: true,
      save: ({ iso_code: typed, per_day }) => {
        const cap = { iso_code: typed.toUpperCase(), per_day };
        return this.replace("caps", (all) => without(all, "iso_code", cap.iso_code, cap));
      },
    });
  }

  show({ allowed, caps }) {
    this.form.show({ allowed: allowed?.join(", ") ?? null });
    this.caps.show(caps);
    return allowed ? String(allowed.length) : t("console.countries.all");
  }
}

const codesIn = (text) =>
  text
    .toUpperCase()
    .split(/[\s,，、;；]+/)
    .filter(Boolean);
