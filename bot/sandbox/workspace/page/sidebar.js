/** The places to go: channels and the conversation with the app, with what is unread in each. */

import { h, icon, moveFocus } from "./dom.js";
import { t } from "./i18n.js";
import { avatar, nameOf } from "./people.js";

/** `unread(channelId)` is a count; `choose(channelId)` goes there. */
export function sidebar({ channels, here, unread, choose, personOf }) {
  const entry = (channel) => {
    const count = channel.id === here ? 0 : unread(channel.id);
    const isDirect = channel.kind === "im";
    const person = isDirect ? personOf(channel) : null;
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: `place${count ? " is-unread" : ""}`,
          "aria-current": channel.id === here ? "page" : null,
          data: { channel: channel.id },
          on: { click: () => choose(channel.id) },
        },
        isDirect ? avatar(person, "is-small") : icon("hash"),
        h("span", { class: "place-name" }, isDirect ? nameOf(person) : channel.name),
        channel.is_archived ? h("span", { class: "badge" }, t("sidebar.archived")) : null,
        isDirect && person?.is_bot ? h("span", { class: "badge" }, t("messages.app")) : null,
        count
          ? h("span", { class: "count" }, String(count), h("span", { class: "unseen" }, ` ${t("sidebar.unread")}`))
          : null,
      ),
    );
  };
  const group = (title, list) => (list.length ? [h("h2", {}, title), h("ul", {}, list.map(entry))] : null);
  const nav = h(
    "nav",
    {
      class: "sidebar",
      "aria-label": t("sidebar.title"),
      on: { keydown: (event) => moveFocus(event, [...nav.querySelectorAll(".place")]) },
    },
    group(
      t("sidebar.channels"),
      channels.filter((channel) => channel.kind === "channel"),
    ),
    group(
      t("sidebar.direct"),
      channels.filter((channel) => channel.kind === "im"),
    ),
    h("p", { class: "sidebar-note" }, t("sidebar.note")),
  );
  return nav;
}
