// The panel with one thread.
import { acceptDrops, Composer } from "./composer.js";
import { el, iconButton } from "./element.js";
import { MessageList } from "./messages.js";
import { channelHere, openThread, state, watch } from "./store.js";
import { attempt } from "./toast.js";

/** The thread panel; it shows itself while a thread is open. */
export function createThread() {
  const list = new MessageList({ inThread: true, label: "Thread", empty: () => el("p", { class: "quiet" }, "Loading…") });
  const composer = new Composer({ kind: "reply", label: "Reply…", thread: () => state.thread });
  const where = el("small", {});
  const close = () => attempt(() => openThread(null));
  const node = el("aside", { class: "thread", hidden: true, "aria-label": "Thread", data: { testid: "thread" } },
    el("header", { class: "pane-head" }, el("h2", {}, "Thread"), where, iconButton("close", "Close thread", close)), list.node, el("div", { class: "pane-foot" }, composer.node));
  let shown = null;
  let opener = null;
  acceptDrops(node, composer);

  watch(["place", "replies"], () => {
    const { thread } = state;
    node.hidden = !thread;
    if (thread && thread !== shown) {
      opener = document.activeElement;
      list.clear();
      where.textContent = channelHere()?.kind === "dm" ? state.bot.name : `#${channelHere()?.name ?? ""}`;
      composer.box.focus({ preventScroll: true });
    } else if (!thread && shown && opener?.isConnected) opener.focus({ preventScroll: true });
    shown = thread;
    if (!thread) return;
    const notes = (state.notes.get(state.here) ?? []).filter((note) => note.thread_ts === thread);
    list.update([...state.replies, ...notes]);
  });
  return node;
}
