/** Emoji by Slack's short names: the ones an operations channel uses. */

const NAMES = `
white_check_mark ✅|heavy_check_mark ✔️|x ❌|eyes 👀|eye 👁️|+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|ok_hand 👌|raised_hands 🙌|clap 👏|pray 🙏
tada 🎉|rocket 🚀|fire 🔥|heart ❤️|smile 😄|slightly_smiling_face 🙂|joy 😂|thinking_face 🤔|sweat_smile 😅|wink 😉|cry 😢|sob 😭
scream 😱|sunglasses 😎|neutral_face 😐|confused 😕|disappointed 😞|sleeping 😴|wave 👋|raised_hand ✋|point_right 👉|point_left 👈|point_up 👆|point_down 👇
warning ⚠️|rotating_light 🚨|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|stop_sign 🛑|question ❓|grey_question ❔|exclamation ❗|bangbang ‼️|information_source ℹ️|bulb 💡
red_circle 🔴|large_orange_circle 🟠|large_yellow_circle 🟡|large_green_circle 🟢|large_blue_circle 🔵|white_circle ⚪|black_circle ⚫|large_purple_circle 🟣|small_orange_diamond 🔸|small_blue_diamond 🔹|radio_button 🔘|sos 🆘
iphone 📱|calling 📲|telephone_receiver 📞|phone ☎️|envelope ✉️|email 📧|incoming_envelope 📨|outbox_tray 📤|inbox_tray 📥|mailbox 📫|speech_balloon 💬|left_speech_bubble 🗨️
hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|alarm_clock ⏰|clock1 🕐|calendar 📅|date 📅|spiral_calendar_pad 🗓️|zzz 💤|arrows_counterclockwise 🔄|repeat 🔁|fast_forward ⏩
arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_upper_right ↗️|double_vertical_bar ⏸️|arrow_forward ▶️|black_square_for_stop ⏹️|track_next ⏭️|leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|heavy_plus_sign ➕|heavy_minus_sign ➖
memo 📝|pencil 📝|pencil2 ✏️|clipboard 📋|page_facing_up 📄|bookmark_tabs 📑|file_folder 📁|open_file_folder 📂|paperclip 📎|link 🔗|mag 🔍|label 🏷️
chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|package 📦|moneybag 💰|dollar 💵|yen 💴|credit_card 💳|receipt 🧾|battery 🔋|low_battery 🪫|satellite_antenna 📡
lock 🔒|unlock 🔓|key 🔑|shield 🛡️|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢|mute 🔇|robot_face 🤖|wrench 🔧|hammer_and_wrench 🛠️
gear ⚙️|test_tube 🧪|microscope 🔬|construction 🚧|ambulance 🚑|fire_engine 🚒|zap ⚡|star ⭐|sparkles ✨|sunny ☀️|crescent_moon 🌙|cloud ☁️|snowflake ❄️
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|zero 0️⃣|keycap_ten 🔟|100 💯
busts_in_silhouette 👥|bust_in_silhouette 👤|technologist 🧑‍💻|female-technologist 👩‍💻|male-technologist 👨‍💻|scroll 📜|classical_building 🏛️|globe_with_meridians 🌐|earth_asia 🌏|house 🏠|office 🏢|coffee ☕
wastebasket 🗑️|broken_heart 💔|handshake 🤝|muscle 💪|checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️|trophy 🏆|gift 🎁|balloon 🎈|ballot_box_with_check ☑️|white_large_square ⬜
`;

const characters = new Map(
  NAMES.trim()
    .split(/[\n|]/)
    .map((entry) => entry.trim().split(" ")),
);

/** The character of a short name (`eyes`, `+1::skin-tone-3`, `flag-cn`), or null. */
export function emojiOf(name) {
  const base = name.split("::")[0];
  const flag = /^flag-([a-z])([a-z])$/.exec(base);
  if (flag) return String.fromCodePoint(...flag.slice(1).map((letter) => 0x1f1e6 + letter.charCodeAt(0) - 97));
  return characters.get(base) ?? null;
}

/** Adds a server's own names. */
export function learnEmoji(more) {
  for (const [name, value] of Object.entries(more ?? {}))
    if (typeof value === "string" && value.length <= 16) characters.set(name, value);
}

/** Names that match what was typed, one a character, for the picker. */
export function findEmoji(typed) {
  const wanted = typed.trim().toLowerCase().replaceAll(" ", "_").replaceAll(":", "");
  const seen = new Set();
  return [...characters].filter(([name, character]) => {
    if (!name.includes(wanted) || seen.has(character)) return false;
    seen.add(character);
    return true;
  });
}
