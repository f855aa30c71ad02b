/** People: how they are called and drawn, and who is being acted as. */

import { h, icon, openMenu } from "./dom.js";
import { knows, t } from "./i18n.js";

const PALETTE = ["#2f7d6b", "#b4552d", "#6b5bb5", "#2c6fa8", "#a83c6b", "#7a7426"];

export const nameOf = (user) => user?.real_name || user?.name || t("people.unknown");

/** What somebody does here, in the page's language where it has words for it. */
function titleOf(user) {
  const key = `people.titles.${user.name}`;
  return knows(key) ? t(key) : user.title;
}

function initials(user) {
  const parts = nameOf(user).trim().split(/\s+/);
  return (
    [...parts[0]].slice(0, 1).join("").toUpperCase() +
    (/^[A-Za-z]/.test(parts[1] ?? "") ? parts[1][0].toUpperCase() : "")
  );
}

function toneOf(user) {
  const given = String(user?.color ?? "").replace(/^#?/, "#");
  if (/^#[0-9a-f]{6}$/i.test(given)) return given;
  const sum = [...String(user?.id ?? "")].reduce((total, letter) => total + letter.codePointAt(0), 0);
  return PALETTE[sum % PALETTE.length];
}

export function avatar(user, size = "") {
  const node = h(
    "span",
    { class: `avatar ${size} ${user?.is_bot ? "is-bot" : ""}`, "aria-hidden": "true" },
    user?.is_bot ? icon("chats") : initials(user),
  );
  node.style.setProperty("--tone", toneOf(user));
  return node;
}

const groupChips = (user) =>
  user.groups?.length
    ? user.groups.map((handle) => h("span", { class: "chip" }, `@${handle}`))
    : h("span", { class: "chip is-empty" }, t("people.no_groups"));

/** The button that says who one is, and lets one be somebody else. */
export function actAs(me, users, choose) {
  const button = h(
    "button",
    {
      type: "button",
      class: "act-as",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      "aria-label": t("people.acting_as", { name: nameOf(me) }),
      data: { role: "act-as" },
    },
    avatar(me),
    h("span", { class: "act-as-words" }, h("strong", {}, nameOf(me)), h("small", {}, titleOf(me))),
    icon("down"),
  );
  button.addEventListener("click", () =>
    openMenu(
      button,
      users
        .filter((user) => !user.is_bot)
        .map((user) => ({
          label: nameOf(user),
          lead: avatar(user),
          detail: h(
            "span",
            { class: "person-detail" },
            h("small", {}, titleOf(user)),
            h("span", { class: "chips" }, groupChips(user)),
          ),
          checked: user.id === me.id,
          choose: () => user.id !== me.id && choose(user.id),
        })),
      { label: t("people.act_as") },
    ),
  );
  return button;
}
