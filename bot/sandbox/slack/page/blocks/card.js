// Blocks that frame others: card, carousel, container.
import { el, iconButton, imageSource, picture } from "../element.js";
import { textNodes } from "../mrkdwn.js";
import { drawElement } from "./elements.js";
import { richText } from "./rich_text.js";
import { drawBlock, register } from "./registry.js";

function head(block) {
  const title = block.rich_text_title ? richText(block.rich_text_title) : block.title && textNodes(block.title);
  return el("div", { class: "card-head" },
    block.icon && picture(imageSource(block.icon), block.icon.alt_text, { class: "card-icon" }),
    el("div", {}, title && el("div", { class: "card-title" }, title), block.subtitle && el("div", { class: "card-subtitle" }, textNodes(block.subtitle))));
}

function card(block, surface, slot) {
  return el("article", { class: "card" },
    block.hero_image && picture(imageSource(block.hero_image), block.hero_image.alt_text, { class: "card-hero" }),
    head(block),
    block.body && el("div", { class: "card-body text" }, textNodes(block.body)),
    block.actions && el("div", { class: "actions" }, block.actions.map((element) => drawElement(element, surface, slot))));
}

function carousel(block, surface, slot) {
  const row = el("div", { class: "carousel-row", tabindex: "0", role: "region", "aria-label": "Cards" }, block.elements.map((item) => drawBlock(item, surface, slot)));
  const turn = (step) => row.scrollBy({ left: step * row.clientWidth * 0.8 });
  return el("div", { class: "carousel" }, row,
    block.elements.length > 1 && el("div", { class: "carousel-turn" }, iconButton("back", "Previous cards", () => turn(-1)), iconButton("back", "Next cards", () => turn(1), { class: "icon-button flip" })));
}

function container(block, surface, slot) {
  const divider = block.has_header_divider ? " divided" : "";
  const inside = el("div", { class: "container-body" }, block.child_blocks.map((child, index) => {
    const own = { id: child.block_id ?? `${slot.id}-${index}` };
    own.node = el("div", { class: `block block-${child.type}`, data: { block: child.type } }, drawBlock(child, surface, own));
    return own.node;
  }));
  const shape = `container ${block.width ?? "standard"}${divider}`;
  if (!block.is_collapsible) return el("section", { class: shape }, head(block), inside);
  return el("details", { class: shape, open: !block.default_collapsed }, el("summary", {}, head(block)), inside);
}

register({ card, carousel, container });
