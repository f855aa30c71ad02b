/** Where one writes: completion of commands, what was said before, Enter and Shift+Enter. */

import { freshId, h, icon, iconButton, openMenu, refill } from "./dom.js";
import { ChosenFiles } from "./files.js";
import { t } from "./i18n.js";
import { shortcutMenu } from "./messages.js";

/** Completions of what is typed so far: people, the commands, then a command's own first words. */
function completions(typed, commands, people) {
  const [, before, handle] = /^(|.*\s)@([\w.-]*)$/s.exec(typed) ?? [];
  if (handle !== undefined)
    return people
      .filter(({ name }) => name.startsWith(handle))
      .map((one) => ({ command: `@${one.name}`, description: one.real_name, text: `${before}@${one.name} ` }));
  if (/^\/\S*$/.test(typed))
    return commands
      .filter(({ command }) => command.startsWith(typed))
      .map((one) => ({ ...one, text: `${one.command} ` }));
  const [, name, word] = /^(\/\S+) (\S*)$/.exec(typed) ?? [];
  const found = commands.find(({ command }) => command === name);
  return firstWords(found)
    .filter((one) => one.startsWith(word))
    .map((one) => ({ command: `${name} ${one}`, text: `${name} ${one} ` }));
}

/** The words of a usage hint like `send | template list | help`, or none where it is not such a list. */
function firstWords(command) {
  const parts = (command?.usage_hint ?? "").split("|").map((part) => part.trim().split(/\s/)[0]);
  return parts.length > 1 && parts.every((part) => /^[\p{L}\p{N}-]+$/u.test(part)) ? [...new Set(parts)] : [];
}

/**
 * `send(text, files)` resolves to false where both should come back. `past` is a list of earlier
 * lines; `desk` uploads files, and has the shortcuts that can be used anywhere.
 */
export function composer({ label, placeholder, commands, people, past, send, name, desk, shortcuts = [] }) {
  let offered = [];
  let active = -1;
  let dismissed = "";
  let recalled = past.length;
  const listId = freshId("commands");
  const list = h("div", {
    id: listId,
    class: "completions",
    role: "listbox",
    "aria-label": t("composer.commands"),
    hidden: true,
  });
  const usage = h("p", { class: "usage", hidden: true });
  const area = h("textarea", {
    rows: 1,
    "aria-label": label,
    placeholder,
    "aria-autocomplete": "list",
    "aria-controls": listId,
    data: { role: name },
  });
  const chosen = new ChosenFiles({ desk, changed: () => refresh() });
  const attach = iconButton("clip", t("files.attach"), () => chosen.open(), { data: { role: `${name}-attach` } });
  const button = h(
    "button",
    { type: "submit", class: "send", "aria-label": t("composer.send"), title: t("composer.send"), disabled: true },
    icon("send"),
  );

  function refresh() {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 200)}px`;
    button.disabled = area.value.trim() === "" && !chosen.files.length;
    offered = area.value === dismissed ? [] : completions(area.value, commands, people);
    active = offered.length ? 0 : -1;
    const command = commands.find((one) => area.value.startsWith(`${one.command} `));
    usage.hidden = !command?.usage_hint || offered.some((one) => one.usage_hint);
    refill(usage, command ? [h("code", {}, command.command), ` ${command.usage_hint ?? ""}`] : []);
    drawList();
  }

  function drawList() {
    list.hidden = !offered.length;
    refill(
      list,
      offered.map((one, at) =>
        h(
          "div",
          {
            id: `${listId}-${at}`,
            class: `completion${at === active ? " is-active" : ""}`,
            role: "option",
            "aria-selected": String(at === active),
            on: { mousedown: (event) => (event.preventDefault(), accept(at)) },
          },
          h("code", {}, one.command),
          one.usage_hint ? h("span", { class: "completion-usage" }, one.usage_hint) : null,
          one.description ? h("small", {}, one.description) : null,
        ),
      ),
    );
    if (active >= 0) area.setAttribute("aria-activedescendant", `${listId}-${active}`);
    else area.removeAttribute("aria-activedescendant");
    list.querySelector(".is-active")?.scrollIntoView({ block: "nearest" });
  }

  function write(text) {
    area.value = text;
    area.focus();
    area.setSelectionRange(text.length, text.length);
    refresh();
  }

  const accept = (at) => write(offered[at].text);

  async function submit() {
    const text = area.value.trim();
    const { files } = chosen;
    if (!text && !files.length) return;
    if (text && past.at(-1) !== text) past.push(text);
    recalled = past.length;
    area.value = "";
    chosen.clear();
    refresh();
    form.classList.add("is-busy");
    const went = await send(text, files);
    form.classList.remove("is-busy");
    if (went === false) takeBack(text, files);
  }

  /** Unless something else was begun meanwhile. */
  function takeBack(text, files) {
    if (!chosen.files.length) chosen.restore(files);
    if (area.value === "") write(text);
  }

  function recall(step) {
    const at = recalled + step;
    if (at < 0 || at > past.length) return;
    recalled = at;
    write(past[at] ?? "");
    dismissed = area.value;
    refresh();
  }

  const move = (step) => {
    active = (active + step + offered.length) % offered.length;
    drawList();
  };

  function pressed(event) {
    if (event.isComposing) return;
    const isAlone = area.value === "" || area.value === past[recalled];
    const isComplete = offered.length && offered[active].command === area.value.trim();
    const deeds = offered.length
      ? {
          ArrowUp: () => move(-1),
          ArrowDown: () => move(1),
          Tab: () => accept(active),
          Enter: () => (isComplete ? submit() : accept(active)),
          Escape: () => ((dismissed = area.value), refresh()),
        }
      : { ArrowUp: isAlone && (() => recall(-1)), ArrowDown: isAlone && (() => recall(1)), Enter: submit };
    const deed = event.shiftKey ? null : deeds[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  }

  function takeFiles(event, carried) {
    if (!carried?.files.length) return;
    event.preventDefault();
    chosen.add([...carried.files]);
  }

  area.addEventListener("input", refresh);
  area.addEventListener("keydown", pressed);
  area.addEventListener("paste", (event) => takeFiles(event, event.clipboardData));
  const form = h(
    "form",
    {
      class: "composer",
      on: {
        submit: (event) => (event.preventDefault(), submit()),
        dragover: (event) => event.dataTransfer.types.includes("Files") && event.preventDefault(),
        drop: (event) => takeFiles(event, event.dataTransfer),
      },
    },
    list,
    usage,
    h("div", { class: "composer-box" }, attach, shortcutButton(desk, shortcuts), area, button),
    chosen.node,
  );
  return {
    node: form,
    refresh,
    write,
    focus: () => area.focus(),
    /** Puts `text` where the caret is, as a word of its own. */
    insert(text) {
      const before = area.value.slice(0, area.selectionStart);
      const after = area.value.slice(area.selectionEnd);
      write(`${before}${before && !/\s$/.test(before) ? " " : ""}${text} ${after.trimStart()}`);
    },
  };
}

/** What the app offers wherever one is, or null where it offers nothing. */
function shortcutButton(desk, shortcuts) {
  if (!shortcuts.length) return null;
  const use = ({ callback_id }) => desk.shortcut({ callback_id });
  const open = () => openMenu(button, shortcutMenu(shortcuts, use), { alignEnd: false });
  const button = iconButton("bolt", t("composer.shortcuts"), open, {
    "aria-haspopup": "menu",
    "aria-expanded": "false",
    data: { role: "shortcuts" },
  });
  return button;
}
