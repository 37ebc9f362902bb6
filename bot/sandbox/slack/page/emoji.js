// Slack's names for the emoji that bots like to use; a name that is missing stays visible as `:name:`.
const NAMES = `
+1 👍|-1 👎|thumbsup 👍|thumbsdown 👎|wave 👋|clap 👏|raised_hands 🙌|pray 🙏|muscle 💪|point_right 👉|point_left 👈|point_up 👆|point_down 👇|ok_hand 👌|eyes 👀|brain 🧠|robot_face 🤖|bust_in_silhouette 👤|busts_in_silhouette 👥
smile 😄|slightly_smiling_face 🙂|grin 😁|joy 😂|wink 😉|thinking_face 🤔|sweat_smile 😅|cry 😢|confused 😕|neutral_face 😐|sunglasses 😎|heart ❤️|tada 🎉|sparkles ✨|star ⭐|fire 🔥|rocket 🚀|100 💯|boom 💥|zap ⚡|bulb 💡
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|heavy_multiplication_x ✖️|warning ⚠️|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|exclamation ❗|question ❓|grey_question ❔|grey_exclamation ❕|bangbang ‼️|information_source ℹ️|sos 🆘|rotating_light 🚨|construction 🚧
hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|timer_clock ⏲️|alarm_clock ⏰|clock1 🕐|clock3 🕒|clock9 🕘|calendar 📆|date 📅|spiral_calendar_pad 🗓️|zzz 💤
arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_forward ▶️|black_right_pointing_triangle_with_double_vertical_bar ⏯️|double_vertical_bar ⏸️|black_square_for_stop ⏹️|arrows_counterclockwise 🔄|repeat 🔁|leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|arrow_upper_right ↗️|heavy_plus_sign ➕|heavy_minus_sign ➖
white_circle ⚪|black_circle ⚫|red_circle 🔴|large_blue_circle 🔵|large_green_circle 🟢|large_yellow_circle 🟡|large_orange_circle 🟠|large_purple_circle 🟣|large_brown_circle 🟤|white_large_square ⬜|black_large_square ⬛|large_green_square 🟩|large_red_square 🟥|large_yellow_square 🟨|large_blue_square 🟦|white_small_square ▫️|black_small_square ▪️|small_blue_diamond 🔹|small_orange_diamond 🔸|radio_button 🔘
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|keycap_ten 🔟|zero 0️⃣|first_place_medal 🥇|second_place_medal 🥈|third_place_medal 🥉|trophy 🏆|medal 🏅|dart 🎯
package 📦|inbox_tray 📥|outbox_tray 📤|file_folder 📁|open_file_folder 📂|page_facing_up 📄|memo 📝|clipboard 📋|pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗|books 📚|book 📖|bookmark 🔖|label 🏷️|card_index 📇|card_file_box 🗃️|scroll 📜|newspaper 📰|ledger 📒|receipt 🧾
bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|abacus 🧮|triangular_ruler 📐|straight_ruler 📏|scales ⚖️|balance_scale ⚖️|moneybag 💰|dollar 💵|euro 💶|coin 🪙|credit_card 💳|money_with_wings 💸
gear ⚙️|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|toolbox 🧰|nut_and_bolt 🔩|electric_plug 🔌|battery 🔋|computer 💻|desktop_computer 🖥️|keyboard ⌨️|floppy_disk 💾|cd 💿|satellite 🛰️|satellite_antenna 📡|cloud ☁️|globe_with_meridians 🌐|earth_africa 🌍|microscope 🔬|telescope 🔭|test_tube 🧪|mag 🔍|mag_right 🔎|label_tag 🏷️
lock 🔒|unlock 🔓|closed_lock_with_key 🔐|key 🔑|old_key 🗝️|shield 🛡️|bell 🔔|no_bell 🔕|speech_balloon 💬|left_speech_bubble 🗨️|thought_balloon 💭|mega 📣|loudspeaker 📢|email 📧|envelope ✉️|mailbox 📫|telephone_receiver 📞|raising_hand 🙋|hand ✋|wastebasket 🗑️|recycle ♻️|broom 🧹|adhesive_bandage 🩹|ambulance 🚑|fire_extinguisher 🧯|fire_engine 🚒
frame_with_picture 🖼️|camera 📷|camera_with_flash 📸|art 🎨|movie_camera 🎥|headphones 🎧|microphone 🎤|musical_note 🎵|cat 🐱|dog 🐶|coffee ☕|egg 🥚|glass_of_milk 🥛|milk_glass 🥛|pizza 🍕|apple 🍎|banana 🍌|hugging_face 🤗|snake 🐍|whale 🐳|penguin 🐧|seedling 🌱|evergreen_tree 🌲|four_leaf_clover 🍀|sunny ☀️|partly_sunny ⛅|crystal_ball 🔮|gem 💎|gift 🎁|checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️|new 🆕|ok 🆗|free 🆓|cool 🆒|up 🆙|soon 🔜|back 🔙|end 🔚|top 🔝|passport_control 🛂|identification_card 🪪|ticket 🎫|factory 🏭|house 🏠|office 🏢|bank 🏦|school 🏫|world_map 🗺️|compass 🧭|bricks 🧱|jigsaw 🧩|magic_wand 🪄|ladder 🪜|anchor ⚓|airplane ✈️|truck 🚚|bus 🚌|car 🚗|bike 🚲|turtle 🐢|rabbit 🐇|snail 🐌|bug 🐛|ant 🐜|bee 🐝|spider_web 🕸️|owl 🦉|fox_face 🦊|panda_face 🐼|bread 🍞|cheese_wedge 🧀|tea 🍵|beer 🍺|cake 🍰|cookie 🍪`;

const EMOJI = new Map(
  NAMES.split(/[|\n]/)
    .filter(Boolean)
    .map((entry) => entry.trim().split(" ")),
);

/** The character for an emoji name, or undefined. */
export function emojiFor(name) {
  return EMOJI.get(name.replace(/::?skin-tone-\d$/, ""));
}

/** Text with every known `:name:` replaced. */
export function withEmoji(text) {
  return String(text ?? "").replace(/:([a-z0-9_+'-]+):/g, (whole, name) => emojiFor(name) ?? whole);
}
