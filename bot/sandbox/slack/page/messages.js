// A list of messages that follows its data: edits happen in place and nothing jumps.
import { api, asked } from "./api.js";
import { avatar, person } from "./avatar.js";
import { Surface } from "./blocks/index.js";
import { showPicture } from "./dialog.js";
import { el, icon, iconButton, replace } from "./element.js";
import { openMenu } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { note, openThread, state } from "./store.js";
import { announce, attempt } from "./toast.js";

const TOGETHER = 300;
const NEAR = 60;
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", month: "long", day: "numeric" });

const identity = (message) => `${message.ts}/${message.ephemeral ? "e" : "m"}`;
const author = (message) => message.user ?? message.bot_id ?? state.bot.id;
const dateOf = (message) => new Date(Number(message.ts) * 1000);

/** Carry out an action of a message; Slack's words when the app does not answer. */
async function act(message, payload) {
  const answer = await api.action({ user: state.me, channel: state.here, ts: message.ts, ...payload });
  if (answer.error) throw new Error(answer.error === "operation_timeout" ? `${person(state.bot.id).name} did not answer in time. Try again.` : `That did not work: ${answer.error}`);
}

/** One message on the page. */
class MessageView {
  constructor(message, inThread) {
    this.inThread = inThread;
    this.surface = new Surface({ kind: "message", act: (payload) => act(this.message, payload) });
    this.parts = Object.fromEntries(["head", "text", "files", "foot", "side"].map((name) => [name, el("div", { class: `message-${name}` })]));
    this.tools = el("div", { class: "message-tools" });
    const body = el("div", { class: "message-body" }, this.parts.head, this.parts.text, this.surface.node, this.parts.files, this.parts.foot);
    this.node = el("article", { class: "message", data: { ts: message.ts } }, this.parts.side, body, this.tools);
    this.prints = {};
    this.update(message);
  }

  update(message) {
    this.message = message;
    const blocks = message.blocks ?? [];
    this.node.classList.toggle("ephemeral", Boolean(message.ephemeral));
    this.node.setAttribute("aria-label", `${this.name}, ${clock.format(dateOf(message))}`);
    this.#part("side", [author(message)], () => [avatar(author(message)), el("time", { class: "side-time", "aria-hidden": "true" }, clock.format(dateOf(message)).replace(/\s?[AP]M/i, ""))]);
    this.#part("head", [author(message), this.name, message.ephemeral], () => this.#head());
    this.#part("text", [blocks.length ? null : message.text, message.edited], () => this.#text(blocks));
    this.#part("files", message.files ?? [], () => (message.files ?? []).map(fileView));
    this.#part("foot", [message.reply_count, message.edited, blocks.length > 0, message.reactions], () => this.#foot(blocks));
    this.#part("tools", [state.shortcuts, message.ephemeral], () => this.#tools());
    this.surface.update(blocks);
  }

  get name() {
    return this.message.username ?? person(author(this.message)).name;
  }

  #part(name, data, draw) {
    const print = JSON.stringify(data) ?? "";
    if (this.prints[name] === print) return;
    this.prints[name] = print;
    replace(this.parts[name] ?? this.tools, draw());
  }

  #head() {
    const { message } = this;
    const when = dateOf(message);
    return [
      message.ephemeral && el("div", { class: "only-you" }, icon("eye", 14), "Only visible to you"),
      el("span", { class: "author" }, this.name),
      person(author(message)).is_bot && el("span", { class: "badge" }, "app"),
      el("time", { datetime: when.toISOString(), title: when.toLocaleString() }, clock.format(when)),
    ];
  }

  #text(blocks) {
    if (blocks.length || !this.message.text) return [];
    return el("div", { class: "text" }, mrkdwn(this.message.text), this.message.edited && el("small", { class: "edited" }, " (edited)"));
  }

  #foot(blocks) {
    const { message } = this;
    const count = message.reply_count ?? 0;
    return [
      message.edited && blocks.length > 0 && el("small", { class: "edited" }, "(edited)"),
      count > 0 && !this.inThread && el("button", { type: "button", class: "replies", data: { testid: "replies" }, on: { click: () => openThread(message.ts) } }, icon("reply", 15), `${count} ${count === 1 ? "reply" : "replies"}`),
    ];
  }

  #tools() {
    const { message } = this;
    if (message.ephemeral) return [];
    const shortcuts = state.shortcuts.filter((shortcut) => shortcut.type === "message");
    const open = (event) => openMenu(event.currentTarget, {
      label: "Message shortcuts",
      groups: [{ label: { type: "plain_text", text: state.bot.name }, options: shortcuts.map((shortcut) => ({ value: shortcut.callback_id, text: { type: "plain_text", text: shortcut.name } })) }],
      onPick: (option) => this.#shortcut(option.value),
    });
    return [
      !this.inThread && iconButton("reply", "Reply in thread", () => openThread(message.thread_ts ?? message.ts)),
      shortcuts.length > 0 && iconButton("more", "More actions", open, { "aria-haspopup": "listbox", "aria-expanded": "false" }),
    ];
  }

  async #shortcut(callback) {
    const answer = await attempt(() => api.shortcut({ user: state.me, channel: state.here, ts: this.message.ts, callback_id: callback }));
    if (answer?.error) note(`Sorry, the shortcut failed with the error \`${answer.error}\`.`);
  }
}

function fileView(file) {
  if (!file.mimetype?.startsWith("image/")) return fileCard(file);
  const image = el("img", { src: file.url, alt: file.alt_txt || file.name });
  const button = el("button", { type: "button", class: "image-button", "aria-label": `Enlarge ${file.name}`, on: { click: () => showPicture(file.url, file.name) } }, image);
  image.addEventListener("error", () => button.replaceWith(fileCard(file)), { once: true });
  return el("figure", { class: "figure" }, el("figcaption", {}, file.name), button);
}

const fileCard = (file) => el("a", { class: "file-card", href: file.url, download: file.name }, icon("file"), el("span", {}, file.name));

/** The scrolling list of a channel or a thread. */
export class MessageList {
  constructor({ inThread = false, label, empty }) {
    this.inThread = inThread;
    this.empty = empty;
    this.views = new Map();
    this.list = el("div", { class: "message-list", role: "log", "aria-live": "off", "aria-label": label });
    this.jump = el("button", { type: "button", class: "jump", hidden: true, on: { click: () => this.toEnd(true) } }, icon("down", 14), "New messages");
    this.scroll = el("div", { class: "message-scroll", tabindex: "0", "aria-label": label, role: "region" }, this.list);
    this.node = el("div", { class: "message-pane" }, this.scroll, this.jump);
    this.atEnd = true;
    this.scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    const grown = new ResizeObserver(() => this.atEnd && this.toEnd());
    grown.observe(this.list);
    grown.observe(this.scroll);
  }

  /** Forget everything: another place, or another person. */
  clear() {
    this.views.clear();
    this.newest = null;
    this.list.replaceChildren();
    this.atEnd = true;
    this.known = false;
  }

  update(messages) {
    const wasKnown = this.known;
    this.known = true;
    if (wasKnown) this.#scrolled(); // somebody may have, and the event for it still waits
    const fresh = [];
    const seen = new Set();
    let before = null;
    let at = this.list.firstChild;
    for (const message of messages) {
      const id = identity(message);
      seen.add(id);
      let view = this.views.get(id);
      if (view) view.update(message);
      else {
        view = new MessageView(message, this.inThread);
        view.born = wasKnown ? performance.now() : 0;
        this.views.set(id, view);
        fresh.push(message);
      }
      at = this.#put(this.#divider(before, message), at);
      view.node.classList.toggle("follows", follows(before, message));
      at = this.#put(view.node, at);
      before = message;
    }
    for (const [id, view] of this.views) if (!seen.has(id)) { view.node.remove(); this.views.delete(id); }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
    this.newest = this.#answer(messages);
    if (!messages.length) replace(this.list, this.empty());
    if (wasKnown) this.#arrived(fresh);
    if (this.atEnd || (wasKnown && fresh.some((message) => message.ephemeral))) this.toEnd();
  }

  #put(node, at) {
    if (!node) return at;
    if (node === at) return at.nextSibling;
    if (node.dataset.day && at?.dataset?.day === node.dataset.day) return at.nextSibling;
    this.list.insertBefore(node, at);
    return at;
  }

  #divider(before, message) {
    const name = day.format(dateOf(message));
    if (this.inThread || (before && day.format(dateOf(before)) === name)) return null;
    return el("div", { class: "day", role: "separator", "aria-label": name, data: { day: name } }, el("span", {}, name));
  }

  /** The nodes that are read together: the newest message, with what the bot said to us just before it, since we asked. */
  #answer(messages) {
    let first = messages.length - 1;
    if (first < 0) return null;
    const ours = (message) => message.ephemeral && this.views.get(identity(message)).born > asked();
    while (first > 0 && ours(messages[first]) && ours(messages[first - 1])) first -= 1;
    return [this.views.get(identity(messages[first])).node, this.list.lastElementChild];
  }

  #arrived(fresh) {
    const others = fresh.filter((message) => message.user !== state.me);
    if (!others.length) {
      if (fresh.length) this.toEnd();
      return;
    }
    const names = [...new Set(others.map((message) => person(author(message)).name))];
    announce(`New ${others.length === 1 ? "message" : "messages"} from ${names.join(" and ")}`);
    if (!this.atEnd) this.jump.hidden = false;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    const size = scrollHeight - clientHeight;
    if (this.atEnd && size !== this.size) return this.toEnd(); // it grew (a picture came); nobody scrolled
    this.size = size;
    this.atEnd = Math.abs(scrollTop - this.put) < 2 || scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.atEnd) this.jump.hidden = true;
    return undefined;
  }

  /** Scroll to the newest answer; one that is taller than the pane is read from its beginning. */
  toEnd(smooth = false) {
    this.jump.hidden = true;
    this.atEnd = true;
    const { scrollHeight, clientHeight } = this.scroll;
    const [first, last] = this.newest ?? [];
    this.size = scrollHeight - clientHeight;
    const tall = first && last.offsetTop + last.offsetHeight - first.offsetTop > clientHeight;
    this.put = tall ? first.offsetTop - this.list.offsetTop : this.size;
    const calm = !smooth || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroll.scrollTo({ top: this.put, behavior: calm ? "instant" : "smooth" });
  }
}

function follows(before, message) {
  return Boolean(before) && author(before) === author(message) && Boolean(before.ephemeral) === Boolean(message.ephemeral) && !message.ephemeral
    && Number(message.ts) - Number(before.ts) < TOGETHER && day.format(dateOf(before)) === day.format(dateOf(message));
}

/** What an empty channel says: how to begin. */
export function beginning(run) {
  const tries = [["/aml search clip", "find a model"], ["/aml import google-bert/bert-base-uncased", "bring one in"], ["/aml help", "everything it can do"]];
  return el("div", { class: "beginning" },
    el("h2", {}, state.here.startsWith("D") ? `This is you and ${state.bot.name}` : "Nothing here yet"),
    el("p", {}, "Type a command below, or start with one of these:"),
    el("div", { class: "tries" }, tries.map(([text, why]) => el("button", { type: "button", class: "try", on: { click: () => run(text) } }, el("code", {}, text), el("span", {}, why)))),
    el("p", { class: "quiet" }, "Everything runs on this computer. Nothing you type or drop here leaves it."));
}
