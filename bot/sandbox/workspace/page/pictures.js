/** Pictures in blocks: from an address, or one that was uploaded here. */

import { h, icon } from "./dom.js";

/** Slack's own address of a file asks for the app's token; the page asks under its own. */
function addressOf({ image_url: url, slack_file: file }, me) {
  if (!file) return url;
  const id = file.id ?? /-(F[A-Z0-9]+)\//.exec(file.url ?? "")?.[1] ?? "";
  return `/ui/file/${encodeURIComponent(id)}?${new URLSearchParams({ user: me.id })}`;
}

/** The picture of a block or element as class `name`; its words where it cannot be shown. */
export function picture(one, name, surface) {
  const alt = one.alt_text;
  const lost = () =>
    node.replaceWith(
      h("span", { class: `${name} picture-lost`, role: "img", "aria-label": alt }, icon("eye"), h("span", {}, alt)),
    );
  const node = h("img", { class: name, alt, src: addressOf(one, surface.me), loading: "lazy", on: { error: lost } });
  return node;
}
