// A stack of blocks that follows its data: only blocks that changed are drawn again.
import { el } from "../element.js";
import { drawBlock } from "./registry.js";

/**
 * What blocks need from the place they are in.
 * kind: "message", "modal" or "home"; act(payload) sends an action and may throw;
 * values: Map "block_id/action_id" -> state of an input; onInput() after each change.
 */
export class Surface {
  constructor({ kind, act, onInput = () => {}, values = new Map() }) {
    Object.assign(this, { kind, act, onInput, values });
    this.node = el("div", { class: "blocks" });
    this.slots = [];
  }

  /** Show these blocks; inputs keep what was typed, focus stays where it was. */
  update(blocks) {
    const focus = focused(this.node);
    const left = [...this.slots];
    this.slots = (blocks ?? []).filter(Boolean).map((block, index) => {
      const print = fingerprint(block);
      const at = left.findIndex((slot) => slot && slot.print === print);
      if (at >= 0) {
        const [slot] = left.splice(at, 1);
        slot.id = block.block_id ?? slot.id;
        return slot;
      }
      return this.#slot(block, print, index);
    });
    for (const slot of left) slot.node.remove();
    this.slots.forEach((slot, index) => {
      if (this.node.children[index] !== slot.node) this.node.insertBefore(slot.node, this.node.children[index] ?? null);
    });
    refocus(this.node, focus);
  }

  #slot(block, print, index) {
    const slot = { id: block.block_id ?? `block-${index}`, print, block };
    slot.node = el("div", { class: `block block-${block.type}`, data: { block: block.type } }, drawBlock(block, this, slot));
    return slot;
  }

  get(slot, element) {
    return this.values.get(`${slot.id}/${element.action_id}`);
  }

  set(slot, element, value) {
    this.values.set(`${slot.id}/${element.action_id}`, value);
    this.onInput(slot.id);
  }
}

// Servers give blocks without an id a new one on each edit: that alone is no change.
function fingerprint(block) {
  return JSON.stringify({ ...block, block_id: /^b\d+$/.test(block.block_id ?? "") ? undefined : block.block_id });
}

function focused(root) {
  const node = document.activeElement;
  if (!node || !root.contains(node)) return null;
  const { actionId, value } = node.dataset;
  return { node, actionId, value, start: node.selectionStart, end: node.selectionEnd };
}

function refocus(root, focus) {
  if (!focus || focus.node.isConnected && document.activeElement === focus.node) return;
  const same = [...root.querySelectorAll("[data-action-id]")].filter((node) => node.dataset.actionId === focus.actionId);
  const node = focus.node.isConnected ? focus.node : (same.find((control) => control.dataset.value === focus.value) ?? same[0]);
  node?.focus({ preventScroll: true });
  if (typeof focus.start === "number" && node?.setSelectionRange && /^(text|search|url|textarea)$/.test(node.type)) node.setSelectionRange(focus.start, focus.end);
}
