// Blocks that arrange text and pictures.
import { el, icon, imageSource, link, picture } from "../element.js";
import { showPicture } from "../dialog.js";
import { textNodes, words } from "../mrkdwn.js";
import { drawElement } from "./elements.js";
import { register } from "./registry.js";

const LEVELS = { default: "info", info: "info", warning: "warning", error: "warning", success: "check" };

function section(block, surface, slot) {
  const text = block.text && el("div", { class: "text" }, textNodes(block.text));
  const fields = block.fields && el("div", { class: "fields" }, block.fields.map((field) => el("div", { class: "text" }, textNodes(field))));
  const accessory = block.accessory && el("div", { class: "accessory" }, drawElement(block.accessory, surface, slot));
  return el("div", { class: "section" }, el("div", { class: "section-body" }, text, fields), accessory);
}

function context(block) {
  return el("div", { class: "context" }, block.elements.map((item) =>
    item.type === "image" ? picture(imageSource(item), item.alt_text, { class: "context-image" }) : el("span", {}, textNodes(item))));
}

function image(block) {
  const shown = picture(imageSource(block), block.alt_text, { class: "image" });
  const enlarge = shown instanceof HTMLImageElement
    ? el("button", { type: "button", class: "image-button", "aria-label": `Enlarge: ${block.alt_text ?? "picture"}`, on: { click: () => showPicture(shown.src, shown.alt) } }, shown)
    : shown;
  return el("figure", { class: "figure" }, block.title && el("figcaption", {}, textNodes(block.title)), enlarge);
}

function alert(block) {
  const level = LEVELS[block.level] ? block.level : "default";
  return el("div", { class: `alert ${level}`, role: level === "error" ? "alert" : "note" }, icon(LEVELS[level]), el("div", { class: "text" }, textNodes(block.text)));
}

function video(block) {
  return el("figure", { class: "figure video" },
    el("strong", {}, block.title_url ? link(block.title_url, words(block.title)) : words(block.title)),
    block.author_name && el("small", {}, block.author_name),
    block.description && el("div", { class: "text" }, textNodes(block.description)),
    picture(block.thumbnail_url, block.alt_text, { class: "image" }),
    el("small", {}, link(block.video_url, "Watch", block.provider_name ? ` on ${block.provider_name}` : "")));
}

register({
  section,
  context,
  image,
  alert,
  video,
  header: (block) => el(["h1", "h2", "h3", "h4"][(block.level ?? 3) - 1] ?? "h3", { class: "header" }, textNodes(block.text)),
  divider: () => el("hr"),
  file: (block) => el("div", { class: "file-card" }, icon("file"), el("span", {}, "Remote file ", el("code", {}, block.external_id))),
});
