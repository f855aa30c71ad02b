/** What speaks over the page: toasts, the confirm dialog, the emoji picker. */

import { fill, h, icon, iconButton, openPopover, refill } from "./dom.js";
import { findEmoji } from "./emoji.js";
import { t } from "./i18n.js";
import { plain, textOf } from "./mrkdwn.js";

const TOAST_MS = 7000;
const shelf = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
const crier = h("div", { class: "unseen", role: "log", "aria-live": "polite", data: { role: "announcer" } });

export function mountPopups() {
  document.body.append(shelf, crier);
}

export function toast(words, kind = "notice") {
  const node = h("div", { class: `toast is-${kind}` }, icon(kind === "fault" ? "alert" : "check"), h("p", {}, words));
  const leave = () => node.remove();
  node.append(iconButton("close", t("common.close"), leave));
  // An open modal makes the rest of the page inert, and hides it behind its backdrop.
  ([...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body).append(shelf);
  shelf.append(node);
  setTimeout(leave, TOAST_MS);
}

/** Says `words` to a screen reader, without showing them. */
export function announce(words) {
  crier.append(h("p", {}, words));
  while (crier.childElementCount > 5) crier.firstChild.remove();
}

/** Asks with a Block Kit confirm object; resolves to true or false. */
export function ask(confirm, names) {
  return new Promise((resolve) => {
    const answer = (value) => () => {
      resolve(value);
      dialog.close();
    };
    const dialog = h(
      "dialog",
      {
        class: "dialog is-small",
        "aria-labelledby": "confirm-title",
        on: { close: () => (resolve(false), dialog.remove()) },
      },
      h("header", { class: "dialog-head" }, h("h2", { id: "confirm-title" }, textOf(confirm.title, names))),
      h("div", { class: "dialog-body" }, h("p", { class: "text" }, textOf(confirm.text, names))),
      h(
        "footer",
        { class: "dialog-foot" },
        h(
          "button",
          { type: "button", class: "button", on: { click: answer(false) } },
          confirm.deny ? plain(confirm.deny.text) : t("common.cancel"),
        ),
        h(
          "button",
          {
            type: "button",
            class: `button is-${confirm.style === "danger" ? "danger" : "primary"}`,
            autofocus: true,
            on: { click: answer(true) },
          },
          confirm.confirm ? plain(confirm.confirm.text) : t("common.yes"),
        ),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function pickEmoji(anchor, choose) {
  const grid = h("div", { class: "emoji-grid" });
  const show = (typed) => {
    const found = findEmoji(typed);
    refill(
      grid,
      found.map(([name, character]) =>
        h(
          "button",
          {
            type: "button",
            title: `:${name}:`,
            "aria-label": name.replaceAll("_", " "),
            on: { click: () => (picker.close(), choose(name)) },
          },
          character,
        ),
      ),
    );
    if (!found.length) fill(grid, [h("p", { class: "quiet" }, t("emoji.none"))]);
  };
  const search = h("input", {
    type: "search",
    class: "field",
    placeholder: t("emoji.search"),
    "aria-label": t("emoji.search"),
    on: {
      input: () => show(search.value),
      keydown: (event) => event.key === "Enter" && grid.querySelector("button")?.click(),
    },
  });
  show("");
  const picker = openPopover(anchor, h("div", { class: "emoji-picker" }, search, grid), {
    label: t("emoji.title"),
    alignEnd: true,
  });
  picker?.node.querySelector("input").focus();
}
