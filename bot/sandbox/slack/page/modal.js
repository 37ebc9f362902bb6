// The stack of open modals; the top one is shown, with what was typed kept for each.
import { api } from "./api.js";
import { Surface } from "./blocks/index.js";
import { complaint, valueOf } from "./blocks/input.js";
import { el, fill, icon, iconButton, replace } from "./element.js";
import { withEmoji } from "./emoji.js";
import { words } from "./mrkdwn.js";
import { state, watch } from "./store.js";
import { attempt } from "./toast.js";

const TROUBLE = "We had some trouble connecting. Try again?";

/** One view of the stack and the form in it. */
class ModalView {
  constructor(view) {
    this.view = view;
    this.surface = new Surface({ kind: "modal", act: (payload) => this.#act(payload), onInput: (block) => this.#slot(block)?.showError?.(null) });
    this.title = el("h2", { id: `title-${view.id}` });
    this.trouble = el("div", { class: "trouble", role: "alert", hidden: true });
    this.buttons = el("div", { class: "modal-buttons" });
    this.body = el("div", { class: "modal-body" }, this.trouble, this.surface.node);
    this.form = el("form", { class: "modal", novalidate: true, data: { testid: "modal", view: view.callback_id }, on: { submit: (event) => { event.preventDefault(); this.submit(); } } });
    fill(this.form, el("header", {}, this.title, iconButton("close", "Close", () => this.close())), this.body, this.buttons);
  }

  update(view) {
    this.view = view;
    replace(this.title, withEmoji(words(view.title)));
    this.surface.update(view.blocks);
    const print = JSON.stringify([view.submit, view.close, this.inputs().length > 0]);
    if (print !== this.print) this.#drawButtons();
    this.print = print;
  }

  #drawButtons() {
    const { view } = this;
    const submit = view.submit || this.inputs().length > 0;
    this.submitButton = submit && el("button", { type: "submit", class: "button primary solid", data: { testid: "modal-submit" } }, el("span", {}, words(view.submit) || "Submit"));
    replace(this.buttons, el("button", { type: "button", class: "button", data: { testid: "modal-close" }, on: { click: () => this.close() } }, words(view.close) || (submit ? "Cancel" : "Close")), this.submitButton);
  }

  inputs() {
    return this.surface.slots.filter((slot) => slot.block.type === "input");
  }

  #slot(block) {
    return this.surface.slots.find((slot) => slot.id === block);
  }

  #values() {
    const values = {};
    const files = {};
    for (const [key, value] of this.surface.values) put(values, key, value);
    for (const slot of this.inputs()) {
      const key = `${slot.id}/${slot.block.element.action_id}`;
      const value = valueOf(slot.block, this.surface, slot);
      put(values, key, value);
      if (slot.block.element.type === "file_input") files[key] = value;
    }
    return { values, files };
  }

  async #act(payload) {
    const { values } = this.#values();
    const answer = await api.action({ user: state.me, view_id: this.view.id, values, ...payload });
    if (answer.error) throw new Error(TROUBLE);
  }

  async submit() {
    if (this.busy) return;
    const complaints = this.inputs().map((slot) => [slot, complaint(slot.block, valueOf(slot.block, this.surface, slot))]);
    this.#errors(new Map(complaints.filter(([, message]) => message)));
    if (complaints.some(([, message]) => message)) return;
    this.#setBusy(true);
    const answer = await attempt(() => api.submit({ user: state.me, view: this.view.id, ...this.#values() }));
    this.#setBusy(false);
    if (answer?.errors) this.#errors(new Map(Object.entries(answer.errors).map(([block, message]) => [this.#slot(block), message])));
    this.trouble.hidden = Boolean(answer && !answer.error);
    if (!this.trouble.hidden) replace(this.trouble, icon("warning", 16), TROUBLE);
  }

  #errors(errors) {
    for (const slot of this.inputs()) slot.showError(errors.get(slot) ?? null);
    const first = [...errors.keys()].find(Boolean);
    first?.node.scrollIntoView({ block: "nearest" });
    first?.focus?.();
  }

  #setBusy(busy) {
    this.busy = busy;
    this.form.setAttribute("aria-busy", String(busy));
    if (this.submitButton) this.submitButton.disabled = busy;
  }

  close() {
    return attempt(() => api.close(state.me, this.view.id));
  }
}

function put(values, key, value) {
  const cut = key.lastIndexOf("/");
  const block = (values[key.slice(0, cut)] ??= {});
  block[key.slice(cut + 1)] = Array.isArray(value) && value[0] instanceof File ? [] : value;
}

/** Show the top of the stack whenever the views change. */
export function mountModals() {
  const views = new Map();
  const depth = el("div", { class: "modal-depth", "aria-hidden": "true" });
  const dialog = el("dialog", { class: "modal-dialog", data: { testid: "modal-dialog" } }, depth);
  let opener = null;
  dialog.addEventListener("cancel", (event) => {
    if (event.target !== dialog) return; // a file chooser that was called off bubbles up here
    event.preventDefault();
    views.get(state.views.at(-1)?.id)?.close();
  });
  document.body.append(dialog);

  watch(["views"], () => {
    const open = new Set(state.views.map((view) => view.id));
    for (const [id, modal] of views) if (!open.has(id)) { modal.form.remove(); views.delete(id); }
    const top = state.views.at(-1);
    if (!top) {
      if (dialog.open) dialog.close();
      if (opener?.isConnected) opener.focus({ preventScroll: true });
      opener = null;
      return;
    }
    const known = views.get(top.id);
    const modal = known ?? new ModalView(top);
    views.set(top.id, modal);
    modal.update(top);
    depth.dataset.below = Math.min(2, state.views.length - 1);
    if (!modal.form.isConnected) {
      for (const other of views.values()) if (other !== modal) other.form.remove();
      dialog.append(modal.form);
    }
    dialog.setAttribute("aria-labelledby", modal.title.id);
    if (!dialog.open) {
      opener = document.activeElement;
      dialog.showModal();
    }
    if (!known) modal.body.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
  });
}
