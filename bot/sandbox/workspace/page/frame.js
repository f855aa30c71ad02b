/** What surrounds the conversation: the bar on top, and the tabs of a small screen. */

import { h, icon } from "./dom.js";
import { language, t } from "./i18n.js";
import { actAs } from "./people.js";

/** `become(userId)` acts as somebody else; `speak(language)` changes the words only. */
export function topBar({ me, users, become, speak }) {
  const other = language() === "en" ? "zh_CN" : "en";
  const toggle = { type: "button", class: "button is-quiet", lang: other === "en" ? "en" : "zh-CN" };
  return [
    h(
      "div",
      { class: "brand" },
      h("img", { src: "mark.svg", alt: "", width: 26, height: 26 }),
      h("strong", {}, t("top.name")),
      h("span", { class: "badge" }, t("top.simulator")),
    ),
    h(
      "button",
      { ...toggle, data: { role: "language" }, on: { click: () => speak(other) } },
      { en: "English", zh_CN: "中文" }[other],
    ),
    h("span", { class: "acting", "aria-hidden": "true" }, t("people.acting")),
    actAs(me, users, become),
  ];
}

/** `unread` counts by tab; a tab it does not name is not there. */
export function tabBar({ here, unread, choose }) {
  const tabs = [
    ["side", "chats", t("tabs.places")],
    ["talk", "reply", t("tabs.talk")],
    ["panel", "phone", t("tabs.panel")],
  ];
  return tabs
    .filter(([name]) => name in unread)
    .map(([name, iconName, words]) =>
      h(
        "button",
        {
          type: "button",
          "aria-current": name === here ? "page" : null,
          data: { tab: name },
          on: { click: () => choose(name) },
        },
        icon(iconName),
        h("span", {}, words),
        unread[name] ? h("span", { class: "count" }, String(unread[name])) : null,
      ),
    );
}
