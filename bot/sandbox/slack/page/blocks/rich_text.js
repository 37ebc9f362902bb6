// The rich_text block: Slack's structured text.
import { el, link } from "../element.js";
import { emojiFor } from "../emoji.js";
import { channelMention, formatDate, mention } from "../mrkdwn.js";
import { register, unknown } from "./registry.js";

const LEAVES = {
  text: (item) => item.text,
  link: (item) => link(item.url, item.text || item.url),
  emoji: (item) => emojiFor(item.name) ?? (item.unicode ? String.fromCodePoint(...item.unicode.split("-").map((hex) => parseInt(hex, 16))) : `:${item.name}:`),
  user: (item) => mention(item.user_id),
  channel: (item) => channelMention(item.channel_id),
  usergroup: (item) => el("span", { class: "mention" }, `@${item.usergroup_id}`),
  team: (item) => el("span", { class: "mention" }, item.team_id),
  broadcast: (item) => el("span", { class: "mention" }, `@${item.range}`),
  date: (item) => el("time", {}, formatDate(item.timestamp, item.format) ?? item.fallback),
  color: (item) => el("code", {}, item.value),
};

function leaf(item) {
  const draw = LEAVES[item.type];
  if (!draw) return unknown("text element", item.type);
  const style = item.style ?? {};
  let node = draw(item);
  if (style.code) node = el("code", {}, node);
  if (style.bold) node = el("strong", {}, node);
  if (style.italic) node = el("em", {}, node);
  if (style.underline) node = el("u", {}, node);
  return style.strike ? el("s", {}, node) : node;
}

const leaves = (part) => part.elements.map(leaf);

const PARTS = {
  rich_text_section: (part) => el("div", { class: "text rich" }, leaves(part)),
  rich_text_preformatted: (part) => el("pre", { class: "pre" }, leaves(part)),
  rich_text_quote: (part) => el("blockquote", { class: "rich" }, leaves(part)),
  rich_text_list: (part) =>
    el(part.style === "ordered" ? "ol" : "ul", { class: "list", style: { "--depth": part.indent ?? 0 }, start: part.offset ? part.offset + 1 : null },
      part.elements.map((item) => el("li", {}, item.elements ? leaves(item) : []))),
};

/** A rich_text block, or one of its parts, as nodes. */
export function richText(block) {
  return (block?.elements ?? []).map((part) => (PARTS[part.type] ? PARTS[part.type](part) : unknown("text part", part.type)));
}

register({ rich_text: richText });
