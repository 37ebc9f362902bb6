// Short notices at the edge of the page, read out by screen readers.
import { el, iconButton } from "./element.js";

const STAYS = 6000;
const place = el("div", { class: "toasts", role: "status", "aria-live": "polite" });
const voice = el("div", { class: "sr-only", "aria-live": "polite", data: { testid: "announcer" } });

/** Put the places for notices on the page. */
export function mountToasts() {
  document.body.append(place, voice);
}

/** Show a notice for some seconds. */
export function toast(text, tone = "info") {
  const note = el("div", { class: `toast ${tone}` }, el("span", {}, text), iconButton("close", "Dismiss", () => note.remove()));
  place.append(note);
  setTimeout(() => note.remove(), STAYS);
}

/** Say something to screen readers only. */
export function announce(text) {
  voice.textContent = text;
}

/** Run something that may fail and show why it did; resolves to undefined then. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    toast(error.message, "error");
    return undefined;
  }
}
