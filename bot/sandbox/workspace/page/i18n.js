/** The page's own words, and how the acted-as person writes times. */

const words = { en: {}, zh_CN: {} };
const now = { language: "en", tag: "en-US", timeZone: "UTC" };

export const languageOf = (tag) =>
  String(tag ?? "")
    .toLowerCase()
    .startsWith("zh")
    ? "zh_CN"
    : "en";
export const language = () => now.language;

export async function loadWords(fetchCatalogue) {
  const [en, zh] = await Promise.all(["en", "zh_CN"].map(fetchCatalogue));
  Object.assign(words.en, en);
  Object.assign(words.zh_CN, zh);
}

/** Speaks `wanted` (en or zh_CN); times follow the person's own tag where it is that language. */
export function speak(wanted, person) {
  now.language = wanted;
  now.timeZone = zoneOf(person.tz);
  now.tag = languageOf(person.locale) === wanted ? person.locale : { en: "en-GB", zh_CN: "zh-CN" }[wanted];
  document.documentElement.lang = wanted === "zh_CN" ? "zh-CN" : "en";
}

function zoneOf(tz) {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: tz }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}

export const knows = (key) => key in words[now.language];

/** The sentence under `key` with {placeholders} put in; a missing key shows itself. */
export function t(key, values = {}) {
  return (words[now.language][key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** `words` in a row, with what the language puts between them. */
export const listed = (words) => new Intl.ListFormat(now.tag, { type: "unit", style: "short" }).format(words);

/** As `t`, choosing `<key>.one` where the language has it and `count` is one. */
export function tn(key, count) {
  return t(count === 1 ? `${key}.one` : `${key}.other`, { count });
}

const format = (ms, options) => new Intl.DateTimeFormat(now.tag, { timeZone: now.timeZone, ...options }).format(ms);

export const msOf = (ts) => Math.floor(Number.parseFloat(ts) * 1000);
export const clock = (ms) => format(ms, { hour: hourStyle(), minute: "2-digit" });
export const wholeTime = (ms) => format(ms, { dateStyle: "full", timeStyle: "medium" });
export const dayKey = (ms) => new Intl.DateTimeFormat("en-CA", { timeZone: now.timeZone }).format(ms);

/** 7:30 PM, but 07:30. */
function hourStyle() {
  return new Intl.DateTimeFormat(now.tag, { hour: "numeric" }).resolvedOptions().hour12 ? "numeric" : "2-digit";
}

export function dayName(ms) {
  if (dayKey(ms) === dayKey(Date.now())) return t("time.today");
  if (dayKey(ms) === dayKey(Date.now() - 86_400_000)) return t("time.yesterday");
  return format(ms, { weekday: "long", month: "long", day: "numeric" });
}

export function ago(ms) {
  const minutes = Math.round((Date.now() - ms) / 60_000);
  if (Math.abs(minutes) < 1) return t("time.just_now");
  const relative = new Intl.RelativeTimeFormat(now.tag, { numeric: "auto", style: "short" });
  if (Math.abs(minutes) < 60) return relative.format(-minutes, "minute");
  if (Math.abs(minutes) < 60 * 24) return relative.format(-Math.round(minutes / 60), "hour");
  return relative.format(-Math.round(minutes / 60 / 24), "day");
}

/** How long it is until a moment: in seconds at the end, in whole minutes before. */
export function until(ms) {
  const seconds = Math.max(0, Math.round((ms - Date.now()) / 1000));
  const relative = new Intl.RelativeTimeFormat(now.tag);
  if (seconds < 60) return relative.format(seconds, "second");
  return relative.format(Math.floor(seconds / 60), "minute");
}

const DATE_WORDS = {
  date_num: (ms) => dayKey(ms),
  date_slash: (ms) => dayKey(ms).replaceAll("-", "/"),
  date: (ms) => format(ms, { dateStyle: "long" }),
  date_long: (ms) => format(ms, { dateStyle: "full" }),
  date_short: (ms) => format(ms, { dateStyle: "medium" }),
  time: clock,
  time_secs: (ms) => format(ms, { hour: hourStyle(), minute: "2-digit", second: "2-digit" }),
  ago,
};

/** Slack's date format: `{date_short_pretty} {time}` for a UNIX time in seconds. */
export function writeDate(seconds, pattern) {
  const ms = seconds * 1000;
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => {
    const plain = name === "day_divider_pretty" ? "date_long" : name.replace(/_pretty$/, "");
    const near = plain !== name && Math.abs(Date.now() - ms) < 2 * 86_400_000;
    const isNamed = near && [0, 86_400_000].some((back) => dayKey(ms) === dayKey(Date.now() - back));
    if (isNamed) return dayName(ms);
    return DATE_WORDS[plain]?.(ms) ?? whole;
  });
}

/** The UNIX seconds of a wall-clock time `YYYY-MM-DDTHH:MM` in the person's zone, and back. */
export function secondsOfWall(wall) {
  const asUtc = Date.parse(`${wall}:00Z`);
  if (Number.isNaN(asUtc)) return null;
  const off = (ms) => Date.parse(`${wallOf(ms / 1000)}:00Z`) - ms;
  const first = asUtc - off(asUtc);
  return Math.floor((asUtc - off(first)) / 1000);
}

export function wallOf(seconds) {
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: now.timeZone, dateStyle: "short", timeStyle: "short" });
  return parts.format(seconds * 1000).replace(" ", "T");
}
