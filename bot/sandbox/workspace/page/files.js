/** Files: those a message shows, and those somebody puts into a message or a form. */

import { h, icon, iconButton, refill } from "./dom.js";
import { t } from "./i18n.js";

const PICTURES = new Set(["image/gif", "image/jpeg", "image/png"]);
const UNITS = [
  [1_000_000, "MB"],
  [1_000, "kB"],
];

/** `1234567` as `1.2 MB`. */
function sizeOf(bytes) {
  const [unit, name] = UNITS.find(([least]) => bytes >= least) ?? [1, "B"];
  const figure = bytes / unit;
  return `${figure < 10 && unit > 1 ? figure.toFixed(1) : Math.round(figure)} ${name}`;
}

const addressOf = (me, { id }, more = {}) =>
  `/ui/file/${encodeURIComponent(id)}?${new URLSearchParams({ user: me.id, ...more })}`;

/** What a message shows of its files; pictures are there to be looked at, all may be saved. */
export function drawFiles(files, me) {
  return files?.length ? h("div", { class: "files" }, files.map((file) => drawFile(file, me))) : null;
}

function drawFile(file, me) {
  if (file.gone) return h("p", { class: "file is-gone" }, icon("file"), t("files.gone"));
  const words = h("span", { class: "file-words" }, h("strong", {}, file.title), h("small", {}, detailOf(file)));
  const save = { class: "file", href: addressOf(me, file, { download: "1" }), download: file.name };
  const link = h("a", { ...save, data: { file: file.id } }, icon("file"), words);
  if (!PICTURES.has(file.mimetype)) return link;
  const alt = file.alt || file.title;
  const picture = h("img", { class: "picture", src: addressOf(me, file), alt, loading: "lazy" });
  return h("figure", { class: "figure" }, picture, h("figcaption", {}, link));
}

const detailOf = ({ pretty_type: kind, size }) => `${kind} · ${sizeOf(size)}`;

/** Files that are chosen, uploaded at once, and wait to go with something. */
export class ChosenFiles {
  #files = [];
  #uploading = 0;

  /**
   * `desk`: {api, me, tell}. `changed(files)` hears when there is another file, or one less; `kinds`
   * are the ends of names that may be chosen, `most` how many.
   */
  constructor({ desk, files = [], kinds = [], most = 10, changed = () => {} }) {
    Object.assign(this, { desk, most, changed });
    this.#files = files;
    this.input = h("input", {
      type: "file",
      class: "unseen",
      tabindex: "-1",
      "aria-hidden": "true",
      multiple: most > 1,
      accept: kinds.length ? kinds.map((kind) => `.${kind}`).join(",") : null,
      on: { change: () => this.#choose() },
    });
    this.list = h("ul", { class: "chosen-files" });
    this.node = h("div", { class: "chosen" }, this.list, this.input);
    this.#draw();
  }

  get files() {
    return this.#files;
  }

  /** Lets the person choose from their disk. */
  open() {
    this.input.click();
  }

  #choose() {
    const chosen = [...this.input.files];
    this.input.value = "";
    return this.add(chosen);
  }

  /** Uploads files, dropped or pasted ones too. */
  async add(chosen) {
    const { api, me, tell } = this.desk;
    this.#uploading += chosen.length;
    this.#draw();
    for (const file of chosen) {
      const answer = await api.upload(me.id, file);
      this.#uploading -= 1;
      if (answer.ok) this.#take([...this.#files, answer.file].slice(-this.most));
      else tell(answer);
    }
    this.#draw();
  }

  clear() {
    this.#take([]);
  }

  restore(files) {
    this.#take(files);
  }

  #take(files) {
    this.#files = files;
    this.#draw();
    this.changed(files);
  }

  #draw() {
    refill(
      this.list,
      this.#files.map((file) => this.#row(file)),
      this.#uploading ? h("li", { class: "file-coming quiet", role: "status" }, t("files.uploading")) : null,
    );
    this.node.hidden = !this.#files.length && !this.#uploading;
  }

  #row(file) {
    const drop = () => this.#take(this.#files.filter((each) => each !== file));
    return h(
      "li",
      { class: "chosen-file" },
      icon("file"),
      h("span", { class: "file-words" }, h("span", {}, file.name), h("small", {}, sizeOf(file.size))),
      iconButton("close", t("files.remove", { name: file.name }), drop),
    );
  }
}
