// The input block: label, element, hint, and the error that stands under it.
import { el, icon, replace } from "../element.js";
import { textNodes, words } from "../mrkdwn.js";
import { drawElement, initialChoice } from "./elements.js";
import { FIELDS, initialField } from "./fields.js";
import { register } from "./registry.js";

let count = 0;

function input(block, surface, slot) {
  const id = `input-${(count += 1)}`;
  const label = words(block.label);
  const optional = block.optional && el("span", { class: "optional" }, " (optional)");
  const element = drawElement(block.element, surface, slot, { input: true, dispatch: block.dispatch_action === true, id, label, describedby: `${id}-note` });
  const note = el("div", { class: "input-note", id: `${id}-note` }, block.hint && textNodes(block.hint));
  const typed = block.element.type in FIELDS;
  const title = typed ? el("label", { class: "input-label", for: id }, textNodes(block.label), optional) : el("div", { class: "input-label" }, textNodes(block.label), optional);
  slot.showError = (message) => showError(slot, element, note, block, message);
  return [title, element, note];
}

function showError(slot, element, note, block, message) {
  const control = element.matches("input, textarea, button") ? element : element.querySelector("input, textarea, button");
  slot.node.classList.toggle("invalid", Boolean(message));
  control?.setAttribute("aria-invalid", String(Boolean(message)));
  replace(note, message ? el("span", { class: "error", role: "alert" }, icon("warning", 14), message) : block.hint && textNodes(block.hint));
  if (message) slot.focus = () => control?.focus();
}

/** The state of one input: what was entered, else what it began with. */
export function valueOf(block, surface, slot) {
  const kept = surface.get(slot, block.element);
  if (kept !== undefined) return kept;
  return block.element.type in FIELDS ? initialField(block.element) : initialChoice(block.element);
}

/** Why this input cannot be submitted, or null; the rules that Slack's own client applies. */
export function complaint(block, value) {
  const empty = value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);
  if (empty) return block.optional ? null : "Please complete this required field.";
  const { type, min_length: least, max_length: most, min_value: low, max_value: high } = block.element;
  if (least && value.length < least) return `Please enter at least ${least} characters.`;
  if (most && value.length > most) return `Please enter at most ${most} characters.`;
  if (type === "email_text_input" && !/^\S+@\S+\.\S+$/.test(value)) return "Please enter a valid email address.";
  if (type === "url_text_input" && !URL.canParse(value)) return "Please enter a valid URL.";
  if (type !== "number_input") return null;
  if (!Number.isFinite(Number(value))) return "Please enter a number.";
  if (!block.element.is_decimal_allowed && !Number.isInteger(Number(value))) return "Please enter a whole number.";
  if (low !== undefined && Number(value) < Number(low)) return `Please enter ${low} or more.`;
  return high !== undefined && Number(value) > Number(high) ? `Please enter ${high} or less.` : null;
}

register({ input });
