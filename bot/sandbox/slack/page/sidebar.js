// Channels, the direct message, App Home, and who one acts as.
import { avatar } from "./avatar.js";
import { el, icon, replace } from "./element.js";
import { openMenu } from "./menu.js";
import { become, go, myself, state, watch } from "./store.js";
import { attempt } from "./toast.js";

const STATUS = { running: "running", starting: "starting…", stopped: "stopped" };

/** What the bot is doing, in a word. */
export function statusWord() {
  if (!state.linked) return "sandbox unreachable";
  return STATUS[state.bot.status] ?? state.bot.status;
}

function item(id, label, glyph, run) {
  const here = state.here === id;
  const unread = state.unread.has(id);
  return el("li", {}, el("button", { type: "button", class: `place${unread ? " unread" : ""}`, "aria-current": here ? "page" : null, data: { place: id }, on: { click: run } },
    glyph, el("span", { class: "place-name" }, label), unread && el("span", { class: "dot", title: "New messages" }, el("span", { class: "sr-only" }, "new messages"))));
}

function group(title, ...items) {
  return el("section", { class: "place-group" }, el("h2", {}, title), el("ul", {}, items));
}

function chooseMe(anchor) {
  openMenu(anchor, {
    label: "Act as",
    chosen: new Set([state.me]),
    groups: [{ label: { type: "plain_text", text: "Act as" }, options: state.users.filter((user) => !user.is_bot && user.id !== state.bot.id).map((user) => ({ value: user.id, text: { type: "plain_text", text: user.name, emoji: false }, description: { type: "plain_text", text: user.operator ? "Operator: may deploy, import and delete" : "May read, classify and ask" } })) }],
    onPick: (option) => attempt(() => become(option.value)),
  });
}

/** The sidebar; `afterChoice` runs when a place was chosen, `toggleDrawer` opens the sandbox drawer. */
export function createSidebar({ afterChoice, toggleDrawer }) {
  const places = el("div", { class: "places" });
  const me = el("button", { type: "button", class: "me", "aria-haspopup": "listbox", "aria-expanded": "false", data: { testid: "me" }, on: { click: (event) => chooseMe(event.currentTarget) } });
  const status = el("span", { class: "bot-status", role: "status" });
  const tools = el("button", { type: "button", class: "tools", data: { testid: "drawer-button" }, on: { click: toggleDrawer } }, icon("tools"), el("span", {}, "Sandbox"), status);
  const team = el("h1", { class: "team" });
  const node = el("nav", { class: "sidebar", "aria-label": "Places" }, el("header", {}, team, el("p", { class: "team-note" }, icon("lock", 13), "Local Slack on this computer")), places, el("div", { class: "sidebar-foot" }, tools, me));
  const visit = (place) => () => { afterChoice(); attempt(() => go(place)); };

  watch(["state", "unread", "place"], () => {
    if (!state.ready) return;
    const focus = places.contains(document.activeElement) ? document.activeElement.dataset.place : null;
    const person = myself();
    replace(team, state.team?.name ?? (typeof state.team === "string" ? state.team : "Sandbox"));
    replace(places,
      group("Channels", state.channels.filter((channel) => channel.kind !== "dm").map((channel) => item(channel.id, channel.name, icon("hash", 16), visit(channel.id)))),
      group("Apps", state.channels.filter((channel) => channel.kind === "dm").map((channel) => item(channel.id, state.bot.name, avatar(state.bot.id, "tiny"), visit(channel.id))), item("home", "App Home", icon("home", 16), visit("home"))));
    replace(me, avatar(state.me, "small"), el("span", { class: "me-name" }, el("small", {}, "Acting as"), el("b", {}, person?.name)), person?.operator && el("span", { class: "badge operator" }, "operator"), icon("down", 14));
    me.setAttribute("aria-label", `Acting as ${person?.name}${person?.operator ? ", operator" : ""}. Switch person`);
    status.className = `bot-status ${state.linked ? state.bot.status : "stopped"}`;
    replace(status, el("span", { class: "status-dot" }), `Bot ${statusWord()}`);
    if (focus) places.querySelector(`[data-place="${CSS.escape(focus)}"]`)?.focus();
  });
  return node;
}
