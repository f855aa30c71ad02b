/** What stands on a phone's screen: messages, replies and calls, in the order of time. */

import { endOf, speechOf } from "./calls.js";
import { h, icon } from "./dom.js";
import { ago, clock, t, wholeTime } from "./i18n.js";
import { spaced } from "./numbers.js";

/** The node of each, the newest last; those whose key is in `fresh` arrive before one's eyes. */
export function drawTalk({ messages, replies, calls }, fresh) {
  const said = [
    ...messages.map((each) => ({ key: each.serial, ms: each.received_at_ms, draw: () => received(each) })),
    ...replies.map((each) => ({ key: `reply ${each.reply_id}`, ms: each.at_ms, draw: () => replied(each) })),
    ...calls.map((each) => ({ key: `call ${each.callid}`, ms: each.asked_at_ms, draw: () => called(each) })),
  ];
  return said
    .sort((one, other) => one.ms - other.ms)
    .map(({ key, ms, draw }) => {
      const node = draw();
      node.classList.toggle("is-fresh", fresh.has(key));
      node.dataset.key = key;
      node.append(h("time", { title: wholeTime(ms) }, `${clock(ms)} · ${ago(ms)}`));
      return node;
    });
}

function received({ sign, text }) {
  const signed = sign ? `【${sign.replace(/^【|】$/g, "")}】` : "";
  const words = String(text ?? "");
  const rest = signed && words.startsWith(signed) ? words.slice(signed.length) : words;
  return h("div", { class: "bubble" }, h("p", {}, signed ? h("strong", {}, signed) : null, rest));
}

function replied({ text }) {
  return h("div", { class: "bubble is-own" }, h("p", {}, h("span", { class: "unseen" }, t("reply.said")), text));
}

function called(call) {
  const wasHeard = call.answered_at_ms !== null;
  return h(
    "div",
    { class: `call-line${wasHeard ? "" : " is-missed"}` },
    h("p", {}, icon("call"), h("span", {}, endOf(call))),
    h("p", { class: "call-said" }, spaced(call.caller)),
    wasHeard ? h("p", { class: "call-said" }, speechOf(call)) : null,
    call.keys ? h("p", { class: "call-said" }, t("calls.pressed", { keys: [...call.keys].join(" ") })) : null,
  );
}
