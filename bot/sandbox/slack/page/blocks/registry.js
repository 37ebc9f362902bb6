// Which function draws which block; `.unknown` for any other.
import { el } from "../element.js";

const DRAW = new Map();

/** Register drawing functions: type -> (block, surface, slot) => nodes. */
export function register(functions) {
  for (const [type, draw] of Object.entries(functions)) DRAW.set(type, draw);
}

/** A block as nodes. */
export function drawBlock(block, surface, slot) {
  const draw = DRAW.get(block?.type);
  return draw ? draw(block, surface, slot) : unknown("block", block?.type);
}

/** What stands where something cannot be drawn; tests look for it. */
export function unknown(what, type) {
  return el("span", { class: "unknown" }, `This page cannot draw the ${what} “${type}”.`);
}

/** Every registered block type. */
export const blockTypes = () => [...DRAW.keys()];
