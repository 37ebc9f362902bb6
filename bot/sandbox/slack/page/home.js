// The App Home tab.
import { api } from "./api.js";
import { Surface } from "./blocks/index.js";
import { el, replace } from "./element.js";
import { state, watch } from "./store.js";

/** The page of the app for the person who looks. */
export function createHome() {
  const surface = new Surface({
    kind: "home",
    act: async (payload) => {
      const answer = await api.action({ user: state.me, view_id: state.home?.id, ...payload });
      if (answer.error) throw new Error(`${state.bot.name} did not answer in time. Try again.`);
    },
  });
  const empty = el("div", { class: "beginning" });
  const node = el("section", { class: "home", hidden: true, "aria-label": "App Home", data: { testid: "home" } }, el("div", { class: "home-page" }, empty, surface.node));
  watch(["home", "place", "state"], () => {
    node.hidden = state.here !== "home";
    surface.update(state.home?.blocks ?? []);
    empty.hidden = Boolean(state.home);
    replace(empty, el("h2", {}, "Nothing here yet"), el("p", {}, `${state.bot.name} has not published its home page. `, state.bot.status === "running" ? "It does so when somebody opens this tab for the first time." : "Start the bot in the Sandbox drawer."));
  });
  return node;
}
