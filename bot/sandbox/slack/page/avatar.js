// The small picture of a person: initials on a calm colour that follows from the id.
import { el, svg } from "./element.js";
import { state } from "./store.js";

const TONES = 6;

/** The person behind an id; somebody unknown is shown by the id. */
export function person(id) {
  return state.people.get(id) ?? { id, name: id ?? "?" };
}

/** An avatar for a person id. */
export function avatar(id, size = "") {
  const who = person(id);
  if (who.is_bot) return el("span", { class: `avatar bot ${size} ${id === "USLACKBOT" ? "slackbot" : ""}`, "aria-hidden": "true" }, glyph(id));
  const tone = [...(who.id ?? "?")].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % TONES;
  return el("span", { class: `avatar tone-${tone} ${size}`, "aria-hidden": "true" }, initials(who.name));
}

function initials(name) {
  const parts = String(name).replace(/[^\p{L}\p{N}\s]/gu, " ").trim().split(/\s+/);
  return `${parts[0]?.[0] ?? "?"}${parts.length > 1 ? parts.at(-1)[0] : ""}`.toUpperCase();
}

function glyph(id) {
  if (id === "USLACKBOT") return svg("svg", { viewBox: "0 0 24 24" }, svg("path", { d: "M8 10h.01M16 10h.01M8 15c2.5 2 5.5 2 8 0" }));
  return svg("svg", { viewBox: "0 0 24 24" },
    svg("circle", { cx: 6.5, cy: 7, r: 2 }), svg("circle", { cx: 17.5, cy: 7, r: 2 }), svg("circle", { cx: 12, cy: 17, r: 2 }), svg("path", { d: "M8.5 7h7M7.5 8.8l3.5 6.4M16.5 8.8 13 15.2" }));
}
