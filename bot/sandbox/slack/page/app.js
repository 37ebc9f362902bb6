// The page: puts the parts side by side and starts them.
import { api } from "./api.js";
import { acceptDrops, Composer } from "./composer.js";
import { createDrawer } from "./drawer.js";
import { el, icon, iconButton, replace } from "./element.js";
import { createHome } from "./home.js";
import { beginning, MessageList } from "./messages.js";
import { mountModals } from "./modal.js";
import { createSidebar } from "./sidebar.js";
import { channelHere, go, openThread, start, state, watch } from "./store.js";
import { createThread } from "./thread.js";
import { attempt, mountToasts } from "./toast.js";

function createChannel(openSidebar) {
  const composer = new Composer({ kind: "message", label: "Message" });
  const list = new MessageList({ label: "Messages", empty: () => beginning((text) => composer.run(text)) });
  const title = el("h2", {});
  const about = el("small", {});
  const banner = el("div", { class: "banner", hidden: true });
  const home = createHome();
  const foot = el("div", { class: "pane-foot" }, composer.node);
  const menu = iconButton("menu", "Channels", openSidebar, { class: "icon-button only-phone", data: { testid: "menu" } });
  const node = el("main", { class: "channel" }, el("header", { class: "pane-head" }, menu, title, about), banner, list.node, home, foot, el("div", { class: "drop-note", "aria-hidden": "true" }, icon("picture", 28), "Drop to attach"));
  acceptDrops(node, composer);
  let shown = "";

  watch(["place", "state"], () => {
    if (!state.ready) return;
    const channel = channelHere();
    const atHome = state.here === "home";
    if (shown !== `${state.me}/${state.here}`) list.clear();
    shown = `${state.me}/${state.here}`;
    list.node.hidden = atHome;
    foot.hidden = atHome;
    replace(title, atHome ? "App Home" : channel?.kind === "dm" ? state.bot.name : [icon("hash", 18), channel?.name]);
    replace(about, atHome ? state.bot.name : channel?.kind === "dm" ? "direct message with the app" : (channel?.topic ?? ""));
    const outside = channel && channel.kind !== "dm" && channel.bot_is_member === false;
    const stopped = state.bot.status === "stopped";
    banner.hidden = !outside && !stopped;
    if (stopped) replace(banner, icon("info", 16), el("span", {}, `${state.bot.name} is stopped, so nothing answers.`), el("button", { type: "button", class: "button small", on: { click: () => attempt(() => api.bot("restart")) } }, "Start it"));
    else if (outside) replace(banner, icon("info", 16), el("span", {}, `${state.bot.name} is not in this channel. Commands work; mentions and pictures do not.`), el("button", { type: "button", class: "button small", on: { click: () => attempt(() => api.invite(channel.id)) } }, "Add the app"));
    composer.place(channel?.kind === "dm" ? `Message ${state.bot.name}` : `Message #${channel?.name ?? ""}`);
    document.title = `${atHome ? "App Home" : (channel?.name ?? "")} · Local Slack`;
  });
  watch(["messages"], () => {
    if (state.here === "home") return;
    const notes = (state.notes.get(state.here) ?? []).filter((note) => !note.thread_ts);
    list.update([...state.messages, ...notes].sort((a, b) => Number(a.ts) - Number(b.ts)));
  });
  return { node, composer };
}

async function run() {
  const shell = el("div", { class: "shell" });
  const drawer = createDrawer();
  const phone = (open) => shell.classList.toggle("sidebar-open", open);
  const channel = createChannel(() => phone(true));
  const sidebar = createSidebar({ afterChoice: () => phone(false), toggleDrawer: () => { phone(false); drawer.toggle(); } });
  const shade = el("button", { type: "button", class: "shade", "aria-label": "Close the list of channels", tabindex: "-1", on: { click: () => phone(false) } });
  const skip = el("a", { class: "skip", href: "#", on: { click: (event) => { event.preventDefault(); channel.composer.box.focus(); } } }, "Skip to the message box");
  shell.append(sidebar, shade, channel.node, createThread(), drawer.node);
  document.body.append(skip, shell);
  mountToasts();
  mountModals();
  watch(["place"], () => shell.classList.toggle("thread-open", Boolean(state.thread)));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (shell.classList.contains("sidebar-open")) phone(false);
    else if (!drawer.node.hidden) drawer.close();
    else if (state.thread) attempt(() => openThread(null));
  });
  addEventListener("hashchange", () => attempt(() => go(decodeURIComponent(location.hash.slice(1)))));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => event.preventDefault());
  await attempt(start);
  if (matchMedia("(pointer: fine)").matches) channel.composer.box.focus();
  document.documentElement.dataset.ready = "true";
}

run();
