// Where people write: commands with hints, mentions, pictures.
import { api } from "./api.js";
import { fileChip, filesOf } from "./blocks/fields.js";
import { el, iconButton, replace } from "./element.js";
import { suggest } from "./hints.js";
import { photoRow } from "./photos.js";
import { channelHere, note, state } from "./store.js";
import { attempt, toast } from "./toast.js";

let count = 0;

/** A composer for the channel, or for the open thread. */
export class Composer {
  constructor({ kind, label, thread = () => null }) {
    Object.assign(this, { kind, thread, files: [], past: [], back: 0, chosen: -1, options: [] });
    this.id = `composer-${(count += 1)}`;
    this.menu = el("div", { class: "hints", role: "listbox", id: `${this.id}-hints`, "aria-label": "Suggestions", hidden: true });
    this.usage = el("div", { class: "usage", "aria-live": "polite", hidden: true });
    this.chips = el("div", { class: "chips", data: { testid: this.#testid("attachments") } });
    this.photos = el("div", { class: "photos", hidden: true, data: { testid: this.#testid("photos") } });
    this.box = el("textarea", {
      rows: "1", class: "composer-text", "aria-label": label, data: { testid: this.#testid("") }, placeholder: label,
      role: "combobox", "aria-autocomplete": "list", "aria-controls": `${this.id}-hints`, "aria-expanded": "false", spellcheck: "false", autocomplete: "off",
      on: { input: () => this.#typed(), keydown: (event) => this.#key(event), click: () => this.#suggest(), blur: () => this.#hide(), paste: (event) => this.#paste(event) },
    });
    this.node = el("div", { class: "composer" }, this.menu, this.usage, el("div", { class: "composer-box" }, this.photos, this.chips, this.box, this.#bar()));
  }

  // "composer", "send", "file-input" in a channel; "reply", "reply-send", … in a thread.
  #testid(part) {
    if (this.kind === "message") return part || "composer";
    return part ? `reply-${part}` : "reply";
  }

  #bar() {
    const picker = el("input", { type: "file", class: "sr-only", multiple: true, tabindex: "-1", "aria-label": "Attach files", data: { testid: this.#testid("file-input") }, on: { change: () => { this.attach([...picker.files]); picker.value = ""; } } });
    this.photoButton = iconButton("picture", "Demo photos", () => this.#togglePhotos(), { "aria-expanded": "false", data: { testid: this.#testid("photos-button") } });
    const insert = (text) => () => { this.box.setRangeText(text, this.box.selectionStart, this.box.selectionEnd, "end"); this.box.focus(); this.#typed(); };
    return el("div", { class: "composer-bar" }, picker,
      iconButton("clip", "Attach pictures", () => picker.click()), this.photoButton,
      iconButton("at", "Mention somebody", insert("@")),
      this.kind === "reply" ? null : iconButton("slash", "Use a command", () => { this.box.value = this.box.value || "/"; this.box.focus(); this.#typed(); }),
      el("span", { class: "composer-tip" }, "Enter to send, Shift+Enter for a new line"),
      iconButton("send", "Send", () => this.send(), { class: "icon-button send", data: { testid: this.#testid("send") } }));
  }

  /** Names the place that is written to. */
  place(label) {
    this.box.placeholder = label;
    this.box.setAttribute("aria-label", label);
  }

  /** Put a text in and send it. */
  run(text) {
    this.box.value = text;
    this.send();
  }

  /** Add files, shown as chips until sent. */
  attach(files) {
    this.files.push(...files);
    this.#drawChips();
    this.box.focus();
  }

  #drawChips() {
    replace(this.chips, this.files.map((file) => fileChip(file, () => {
      this.files = this.files.filter((other) => other !== file);
      this.#drawChips();
      this.box.focus();
    })));
    this.#ready();
  }

  #ready() {
    this.node.classList.toggle("ready", Boolean(this.box.value.trim() || this.files.length));
  }

  #typed() {
    this.box.style.setProperty("height", "auto");
    this.box.style.setProperty("height", `${Math.min(this.box.scrollHeight, 220)}px`);
    this.#ready();
    this.#suggest();
  }

  #suggest() {
    const before = this.box.value.slice(0, this.box.selectionStart);
    const found = suggest(this.thread() ? before.replace(/^\//, " /") : before);
    Object.assign(this, { options: found.options, at: found.at, chosen: found.chosen });
    this.usage.hidden = !found.usage;
    if (found.usage) replace(this.usage, el("b", {}, found.usage.label), " ", found.usage.hint);
    this.#drawHints();
  }

  #drawHints() {
    const rows = this.options.map((option, index) => el("div", {
      class: "hint", role: "option", id: `${this.id}-hint-${index}`, "aria-selected": String(index === this.chosen),
      on: { mousedown: (event) => { event.preventDefault(); this.#take(option); } },
    }, el("b", {}, option.label), " ", el("span", {}, option.hint)));
    replace(this.menu, rows);
    this.menu.hidden = !rows.length;
    this.box.setAttribute("aria-expanded", String(rows.length > 0));
    if (this.chosen >= 0 && rows.length) {
      this.box.setAttribute("aria-activedescendant", `${this.id}-hint-${this.chosen}`);
      rows[this.chosen].scrollIntoView({ block: "nearest" });
    } else this.box.removeAttribute("aria-activedescendant");
  }

  #hide() {
    this.options = [];
    this.usage.hidden = true;
    this.#drawHints();
  }

  #take(option) {
    this.box.setRangeText(option.text, this.at, this.box.selectionStart, "end");
    this.#typed();
  }

  #key(event) {
    if (event.isComposing) return;
    const { key } = event;
    const open = this.options.length > 0;
    if (open && (key === "ArrowDown" || key === "ArrowUp")) this.#move(key === "ArrowDown" ? 1 : -1);
    else if (open && key === "Tab" && !event.shiftKey) this.#take(this.options[Math.max(0, this.chosen)]);
    else if (open && key === "Enter" && !event.shiftKey && this.chosen >= 0) this.#take(this.options[this.chosen]);
    else if (open && key === "Escape") { event.stopPropagation(); this.#hide(); }
    else if (key === "Enter" && !event.shiftKey) this.send();
    else if ((key === "ArrowUp" && !this.box.value) || (this.back && (key === "ArrowUp" || key === "ArrowDown"))) this.#recall(key === "ArrowUp" ? 1 : -1);
    else return;
    event.preventDefault();
  }

  #move(step) {
    const size = this.options.length;
    this.chosen = this.chosen < 0 && step < 0 ? size - 1 : (this.chosen + step + size) % size;
    this.#drawHints();
  }

  #recall(step) {
    this.back = Math.max(0, Math.min(this.past.length, this.back + step));
    this.box.value = this.back ? this.past.at(-this.back) : "";
    this.#ready();
  }

  #paste(event) {
    const files = filesOf(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    this.attach(files);
  }

  #togglePhotos(open = this.photos.hidden) {
    this.photos.hidden = !open;
    this.photoButton.setAttribute("aria-expanded", String(!this.photos.hidden));
    if (this.photos.hidden) return;
    replace(this.photos, el("p", { class: "photos-title" }, state.photos.length ? "Photos to try with. Click to attach." : "No demo photos here."),
      photoRow((files) => this.attach(files)));
  }

  /** Send what is written: a command, or a message with its files. */
  async send() {
    const text = this.box.value.trim();
    const { files } = this;
    if (!text && !files.length) return;
    const command = text.match(/^(\/[\w-]+)(?:\s+([\s\S]*))?$/);
    if (command && files.length) {
      toast(`A command cannot carry pictures. Mention @${state.bot.name} instead, or write in the direct message.`, "error");
      return;
    }
    this.#togglePhotos(false);
    this.past.push(text);
    Object.assign(this, { files: [], back: 0 });
    this.box.value = "";
    this.#drawChips();
    this.#typed();
    const done = await attempt(() => (command ? this.#command(command[1], command[2] ?? "") : this.#message(text, files)));
    if (!done && !this.box.value) {
      this.box.value = text;
      this.files = files;
      this.#drawChips();
    }
  }

  async #command(name, text) {
    const thread = this.thread();
    const known = state.commands.some((command) => command.command === name);
    if (!known) note(`\`${name}\` is not a valid command. Messages that start with “/” are taken as commands.`, thread);
    else if (thread) note(`\`${name}\` is not supported in threads. Sorry!`, thread);
    else {
      const answer = await api.command({ user: state.me, channel: channelHere().id, command: name, text });
      if (answer.error) note(`${name} failed with the error "${answer.error}"`);
    }
    return true;
  }

  #message(text, files) {
    return api.message({ user: state.me, channel: channelHere().id, text, thread: this.thread(), files });
  }
}

/** Let files be dropped anywhere on a pane. */
export function acceptDrops(pane, composer) {
  let depth = 0;
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const show = (on) => pane.classList.toggle("dropping", on);
  pane.addEventListener("dragenter", (event) => { if (carries(event)) { depth += 1; show(true); } });
  pane.addEventListener("dragleave", (event) => { if (carries(event)) { depth -= 1; show(depth > 0); } });
  pane.addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
  pane.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    show(false);
    composer.attach(filesOf(event.dataTransfer));
  });
}
