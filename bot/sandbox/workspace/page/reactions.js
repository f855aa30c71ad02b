/** Emoji under a message: who chose which, adding one, taking one's own back. */

import { fill, h, iconButton } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { t } from "./i18n.js";
import { nameOf } from "./people.js";
import { pickEmoji } from "./popups.js";

const QUICK = ["white_check_mark", "x", "eyes"];
const spoken = (name) => name.replaceAll("_", " ");

async function react({ api, me, tell }, { channel, ts }, name, add) {
  const answer = await api.react({ user: me.id, channel, ts, name, add });
  if (!answer.ok) tell(answer);
}

export function picker(desk, message, extra) {
  const choose = () => pickEmoji(button, (name) => react(desk, message, name, true));
  const button = iconButton("smile", t("reactions.add"), choose, { class: extra, "aria-haspopup": "dialog" });
  return button;
}

/** The row under a message, or null where nobody has reacted. */
export function reactionRow(desk, message) {
  if (!message.reactions?.length) return null;
  const row = h("div", { class: "reactions", role: "group", "aria-label": t("reactions.title") });
  return fill(row, [message.reactions.map((one) => chip(desk, message, one)), picker(desk, message, "reaction")]);
}

function chip(desk, message, { name, users }) {
  const isMine = users.includes(desk.me.id);
  const who = users.map((id) => nameOf(desk.users.get(id))).join(", ");
  return h(
    "button",
    {
      type: "button",
      class: "reaction",
      "aria-pressed": String(isMine),
      title: `${who} · :${name}:`,
      "aria-label": t("reactions.label", { name: spoken(name), count: users.length, who }),
      data: { action: `reaction ${name}` },
      on: { click: () => react(desk, message, name, !isMine) },
    },
    h("span", { class: "emoji" }, emojiOf(name) ?? `:${name}:`),
    h("span", {}, String(users.length)),
  );
}

/** One click for the answers people give most. */
export function quickReactions(desk, message) {
  return QUICK.map((name) =>
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        title: `:${name}:`,
        "aria-label": t("reactions.add_named", { name: spoken(name) }),
        on: { click: () => react(desk, message, name, true) },
      },
      emojiOf(name),
    ),
  );
}
