// Slack's own markup ("mrkdwn") as DOM nodes.
import { el, link, webAddress } from "./element.js";
import { withEmoji } from "./emoji.js";
import { simulatedNow, state } from "./store.js";

const EDGE = "[^\\p{L}\\p{N}]";
const pair = (mark) =>
  `(?<=^|${EDGE})${mark}(?=[^\\s${mark}])([^${mark}\\n]*[^\\s${mark}\\n])${mark}(?=$|${EDGE})`;
const INLINE = new RegExp(
  ["`([^`\\n]+)`", "<([^<>\\n]+)>", pair("\\*"), pair("_"), pair("~"), "(https?://[^\\s<>|]+[^\\s<>|.,;:!?)\\]'\"])"].join("|"),
  "gu",
);

/** A text object (`plain_text` or `mrkdwn`), or a string, as nodes. */
export function textNodes(text) {
  if (text === null || text === undefined) return [];
  if (typeof text === "string") return [withEmoji(text)];
  if (text.type === "plain_text") return [text.emoji === false ? text.text : withEmoji(text.text)];
  return mrkdwn(text.text, text.verbatim === true);
}

/** The bare words of a text object, for labels. */
export function words(text) {
  return withEmoji(typeof text === "string" ? text : (text?.text ?? ""));
}

/** Markup to nodes: preformatted parts, quotes, lists with hanging indent, lines. */
export function mrkdwn(source, verbatim = false) {
  return String(source ?? "")
    .split(/```/)
    .flatMap((part, index, parts) => {
      const closed = index % 2 === 1 && index < parts.length - 1;
      if (closed) return [el("pre", { class: "pre" }, unescape(part.replace(/^\n|\n$/g, "")))];
      if (index % 2 === 1) return lines(`\`\`\`${part}`, verbatim);
      return lines(index ? part.replace(/^\n/, "") : part, verbatim);
    });
}

function lines(source, verbatim) {
  const out = [];
  let quote = null;
  const rows = source.split("\n");
  rows.forEach((row, index) => {
    const quoted = row.match(/^(?:&gt;|>)\s?(.*)$/);
    const listed = row.match(/^(\s*)([•◦▪↳-]|\d+[.)])\s+(.*)$/u);
    if (quoted) {
      if (!quote) out.push((quote = el("blockquote", {})));
      else quote.append(el("br"));
      quote.append(...inline(quoted[1], verbatim));
      return;
    }
    quote = null;
    if (listed) {
      const mark = listed[2] === "-" ? "•" : listed[2];
      const depth = Math.min(4, Math.floor(listed[1].length / 2));
      const body = el("span", {}, inline(listed[3], verbatim));
      out.push(el("span", { class: "hang", style: { "--depth": depth } }, el("span", { class: "mark" }, mark), body));
      return;
    }
    out.push(...inline(row, verbatim));
    if (index < rows.length - 1) out.push(el("br"));
  });
  return out;
}

/** One line of markup to nodes. */
export function inline(source, verbatim = false) {
  const out = [];
  let from = 0;
  for (const found of source.matchAll(INLINE)) {
    if (found.index > from) out.push(leaf(source.slice(from, found.index)));
    out.push(token(found, verbatim));
    from = found.index + found[0].length;
  }
  if (from < source.length) out.push(leaf(source.slice(from)));
  return out;
}

function token([whole, code, angle, bold, italic, strike, bare], verbatim) {
  if (code !== undefined) return el("code", {}, unescape(code));
  if (angle !== undefined) return reference(angle);
  if (bold !== undefined) return el("strong", {}, inline(bold, verbatim));
  if (italic !== undefined) return el("em", {}, inline(italic, verbatim));
  if (strike !== undefined) return el("s", {}, inline(strike, verbatim));
  if (verbatim) return unescape(whole);
  return link(unescape(bare));
}

const leaf = (text) => withEmoji(unescape(text));

function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function reference(body) {
  const [target, ...rest] = body.split("|");
  const label = rest.join("|");
  if (/^@[UWB]/.test(target)) return mention(target.slice(1), label);
  if (target.startsWith("#")) return channelMention(target.slice(1), label);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return el("span", { class: "mention" }, label || `@${target.slice(1).split("^")[0]}`);
  const address = unescape(target);
  if (webAddress(address)) return link(address, ...(label ? inline(label, true) : [address]));
  return leaf(label || target.replace(/^mailto:/, ""));
}

/** A person as a mention. */
export function mention(id, label) {
  const name = state.people.get(id)?.name ?? label ?? id;
  return el("span", { class: id === state.me ? "mention self" : "mention" }, `@${name || id}`);
}

/** A channel as a mention that leads there. */
export function channelMention(id, label) {
  const channel = state.channels.find((known) => known.id === id);
  const name = `#${channel?.name ?? (label || id)}`;
  return channel ? el("a", { class: "mention", href: `#${id}` }, name) : el("span", { class: "mention" }, name);
}

const FORMATS = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

/** Slack's date formats (`{date_short} at {time}`) for seconds since the epoch, or null. */
export function formatDate(seconds, format) {
  const when = new Date(Number(seconds) * 1000);
  if (!Number.isFinite(when.getTime())) return null;
  return format.replace(/\{(\w+)\}/g, (whole, name) => {
    if (name === "ago") return ago(when);
    const plain = name.replace(/_pretty$/, "");
    const options = FORMATS[plain];
    if (!options) return whole;
    const day = name.endsWith("_pretty") ? prettyDay(when) : null;
    return day ?? new Intl.DateTimeFormat(undefined, options).format(when);
  });
}

function prettyDay(when) {
  const days = Math.round((new Date(when).setHours(0, 0, 0, 0) - new Date(simulatedNow() * 1000).setHours(0, 0, 0, 0)) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? null;
}

function ago(when) {
  const minutes = Math.round((when.getTime() / 1000 - simulatedNow()) / 60);
  const spans = [[60, "minute", 1], [1440, "hour", 60], [Infinity, "day", 1440]];
  const [, unit, size] = spans.find(([limit]) => Math.abs(minutes) < limit);
  return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(Math.round(minutes / size), unit);
}

function date(target, fallback) {
  const [, seconds, format, address] = target.split("^");
  const shown = formatDate(seconds, format ?? "") ?? unescape(fallback);
  const time = el("time", { title: new Date(Number(seconds) * 1000).toLocaleString() }, shown);
  return address && webAddress(address) ? link(address, time) : time;
}
