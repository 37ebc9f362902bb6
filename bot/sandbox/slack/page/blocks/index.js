// All blocks this page can draw.
import "./layout.js";
import "./elements.js";
import "./input.js";
import "./rich_text.js";
import "./markdown.js";
import "./table.js";
import "./chart.js";
import "./task.js";
import "./card.js";

export { blockTypes } from "./registry.js";
export { Surface } from "./surface.js";
