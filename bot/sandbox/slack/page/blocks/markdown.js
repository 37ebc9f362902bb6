// The markdown block: the everyday part of standard Markdown as DOM nodes.
import { el, link } from "../element.js";
import { withEmoji } from "../emoji.js";
import { register } from "./registry.js";

const INLINE = new RegExp([
  "(`+)(.+?)\\1(?!`)",
  "!?\\[([^\\]\\n]*)\\]\\(\\s*<?([^\\s)>]+)>?(?:\\s+[\"'][^)]*)?\\)",
  "\\*\\*(?=\\S)(.+?)(?<=\\S)\\*\\*",
  "__(?=\\S)(.+?)(?<=\\S)__(?![\\p{L}\\p{N}])",
  "(?<![\\p{L}\\p{N}*])\\*(?=[^\\s*])(.+?)(?<=\\S)\\*(?!\\*)",
  "(?<![\\p{L}\\p{N}_])_(?=[^\\s_])(.+?)(?<=\\S)_(?![\\p{L}\\p{N}_])",
  "~~(?=\\S)(.+?)~~",
  "<?(https?://[^\\s<>]+[^\\s<>.,;:!?)\\]'\"])>?",
  "\\\\([\\\\`*_{}\\[\\]()#+.!|~>-])",
].join("|"), "gu");

function inline(text) {
  const out = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > from) out.push(withEmoji(text.slice(from, found.index)));
    out.push(token(found));
    from = found.index + found[0].length;
  }
  if (from < text.length) out.push(withEmoji(text.slice(from)));
  return out;
}

function token([whole, , code, label, address, bold, strong, italic, emphasis, strike, bare, escaped]) {
  if (code !== undefined) return el("code", {}, code.trim());
  if (address !== undefined) return link(address, ...(label ? inline(label) : [address]));
  if (bold ?? strong) return el("strong", {}, inline(bold ?? strong));
  if (italic ?? emphasis) return el("em", {}, inline(italic ?? emphasis));
  if (strike !== undefined) return el("s", {}, inline(strike));
  if (bare !== undefined) return link(bare);
  return escaped ?? whole;
}

const ITEM = /^(\s*)(?:[-*+]|(\d+)[.)])\s+(.*)$/;
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const DIVIDER = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Markdown source to nodes. */
export function markdown(source) {
  const rows = String(source ?? "").replace(/\r\n?/g, "\n").split("\n");
  const out = [];
  while (rows.length) out.push(next(rows));
  return out.filter(Boolean);
}

function next(rows) {
  const row = rows[0];
  if (!row.trim()) return void rows.shift();
  if (/^\s*(```|~~~)/.test(row)) return fenced(rows);
  if (RULE.test(row)) return rows.shift() && el("hr");
  const heading = row.match(/^(#{1,6})\s+(.*?)\s*#*$/);
  if (heading) return rows.shift() && el(`h${Math.min(6, heading[1].length + 2)}`, { class: `md-heading level-${heading[1].length}` }, inline(heading[2]));
  if (/^\s*>/.test(row)) return el("blockquote", {}, markdown(take(rows, (line) => /^\s*>/.test(line)).map((line) => line.replace(/^\s*>\s?/, "")).join("\n")));
  if (row.includes("|") && DIVIDER.test(rows[1] ?? "") && rows[1].includes("-")) return table(rows);
  if (ITEM.test(row)) return list(rows);
  return paragraph(rows);
}

function take(rows, fits) {
  const taken = [];
  while (rows.length && fits(rows[0])) taken.push(rows.shift());
  return taken;
}

function fenced(rows) {
  const fence = rows.shift().trim().slice(0, 3);
  const body = take(rows, (line) => !line.trim().startsWith(fence));
  rows.shift();
  return el("pre", { class: "pre" }, body.join("\n"));
}

function list(rows) {
  const [, indent, first] = rows[0].match(ITEM);
  const node = el(first ? "ol" : "ul", { class: "list", start: first && first !== "1" ? first : null });
  while (rows.length) {
    const item = rows[0].match(ITEM);
    if (!item || item[1].length < indent.length) break;
    if (item[1].length > indent.length + 1) {
      (node.lastElementChild ?? node).append(list(rows));
      continue;
    }
    if (Boolean(item[2]) !== Boolean(first)) break;
    rows.shift();
    const more = take(rows, (line) => line.trim() && !ITEM.test(line) && /^\s{2,}/.test(line)).map((line) => line.trim());
    node.append(el("li", {}, entry([item[3], ...more].join(" "))));
    if (!rows[0]?.trim() && ITEM.test(rows[1] ?? "")) rows.shift();
  }
  return node;
}

function entry(text) {
  const task = text.match(/^\[([ xX])\]\s+(.*)$/);
  if (!task) return inline(text);
  return [el("input", { type: "checkbox", disabled: true, checked: task[1] !== " ", "aria-label": task[2] }), " ", ...inline(task[2])];
}

const cells = (row) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());

function table(rows) {
  const head = cells(rows.shift());
  const sides = cells(rows.shift()).map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "center" : "right") : "left"));
  const body = take(rows, (line) => line.includes("|")).map(cells);
  const row = (tag, values) => el("tr", {}, values.map((value, at) => el(tag, { class: `align-${sides[at] ?? "left"}` }, inline(value))));
  return el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    el("table", {}, el("thead", {}, row("th", head)), el("tbody", {}, body.map((values) => row("td", values)))));
}

function paragraph(rows) {
  const plain = (line) => line.trim() && !/^(#{1,6}\s|\s*(```|~~~|>))/.test(line) && !ITEM.test(line) && !RULE.test(line);
  const taken = [rows.shift(), ...take(rows, plain)];
  return el("p", {}, taken.flatMap((line, at) => [at ? el("br") : null, ...inline(line.trim())]));
}

register({ markdown: (block) => el("div", { class: "markdown" }, markdown(block.text)) });
