/** What everything drawn needs to know: who acts, how ids are called, whom one can choose. */

import { api } from "./api.js";
import { knows, t } from "./i18n.js";
import { nameOf } from "./people.js";
import { toast } from "./popups.js";

export const faultWords = (error) =>
  knows(`faults.${error}`) ? t(`faults.${error}`) : t("faults.other", { error: error ?? "?" });

/** `personOf(channel)` is the other one in a direct conversation. */
export function deskOf(boot, users, personOf) {
  const option = (words, value) => ({ text: { type: "plain_text", text: words }, value });
  const channels = boot.channels.filter((channel) => channel.kind === "channel");
  const direct = boot.channels.filter((channel) => channel.kind === "im");
  return {
    api,
    users,
    me: boot.me,
    shortcuts: boot.shortcuts ?? [],
    shortcut: async (body) => {
      const answer = await api.shortcut({ user: boot.me.id, ...body });
      if (!answer.ok) toast(answer.message ?? faultWords(answer.error), "fault");
    },
    tell: (fault) => toast(fault.message ?? faultWords(fault.error), "fault"),
    names: {
      user: (id) => (users.has(id) ? nameOf(users.get(id)) : null),
      channel: (id) => boot.channels.find((channel) => channel.id === id)?.name,
      group: (id) => boot.groups?.find((group) => group.id === id)?.handle,
      isMe: (id) => id === boot.me.id,
    },
    directory: {
      users: [...users.values()].filter((user) => !user.is_bot).map((user) => option(nameOf(user), user.id)),
      channels: channels.map((channel) => option(`# ${channel.name}`, channel.id)),
      direct: direct.map((channel) => option(nameOf(personOf(channel)), channel.id)),
    },
  };
}
