// The table block, and the data_table block with sorting and pages.
import { el, icon, replace } from "../element.js";
import { withEmoji } from "../emoji.js";
import { register } from "./registry.js";
import { richText } from "./rich_text.js";

const PAGE = 5;

function cellNodes(cell) {
  if (cell.type === "rich_text") return richText(cell);
  return withEmoji(cell.text ?? String(cell.value ?? ""));
}

function cellValue(cell) {
  if (cell.type === "raw_number") return Number(cell.value);
  if (cell.type === "raw_text") return cell.text;
  return JSON.stringify(cell.elements ?? "");
}

const alignment = (cell, settings) => settings?.align ?? (cell?.type === "raw_number" ? "right" : "left");

function table(block) {
  const settings = block.column_settings ?? [];
  const [head, ...rows] = block.rows;
  const style = (cell, column) => `align-${alignment(cell, settings[column])}${settings[column]?.is_wrapped ? " wrapped" : ""}`;
  return el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Table" },
    el("table", {},
      el("thead", {}, el("tr", {}, head.map((cell, column) => el("th", { scope: "col", class: style(cell, column) }, cellNodes(cell))))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, column) => el("td", { class: style(cell, column) }, cellNodes(cell))))))));
}

function compare(left, right) {
  const [a, b] = [cellValue(left), cellValue(right)];
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** The state of one data_table on the page: which page, sorted by what. */
class DataTable {
  constructor(block) {
    this.block = block;
    [this.head, ...this.rows] = block.rows;
    this.size = block.page_size ?? PAGE;
    Object.assign(this, { page: 0, column: null, down: false });
    this.node = el("div", { class: "data-table" });
    this.draw();
  }

  sort(column) {
    this.down = this.column === column && !this.down;
    Object.assign(this, { column, page: 0 });
    this.draw();
    this.node.querySelectorAll("th button")[column]?.focus();
  }

  turn(step) {
    this.page += step;
    this.draw();
    const [back, forth] = this.node.querySelectorAll(".pager button");
    const wanted = step > 0 ? forth : back;
    (wanted.disabled ? (step > 0 ? back : forth) : wanted).focus();
  }

  draw() {
    const { rows, column, down, page, size } = this;
    const sorted = column === null ? rows : [...rows].sort((a, b) => compare(a[column], b[column]) * (down ? -1 : 1));
    const shown = sorted.slice(page * size, (page + 1) * size);
    const pages = Math.max(1, Math.ceil(rows.length / size));
    replace(this.node,
      el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": this.block.caption },
        el("table", {}, el("caption", {}, this.block.caption),
          el("thead", {}, el("tr", {}, this.head.map((cell, at) => this.heading(cell, at)))),
          el("tbody", {}, shown.map((row) => el("tr", {}, row.map((cell, at) => this.cell(cell, at))))))),
      pages > 1 && el("div", { class: "pager" },
        el("button", { type: "button", class: "button small", disabled: page === 0, on: { click: () => this.turn(-1) } }, "Previous"),
        el("span", { "aria-live": "polite" }, `${page * size + 1}–${Math.min(rows.length, (page + 1) * size)} of ${rows.length}`),
        el("button", { type: "button", class: "button small", disabled: page >= pages - 1, on: { click: () => this.turn(1) } }, "Next")));
  }

  heading(cell, at) {
    const order = this.column === at ? (this.down ? "descending" : "ascending") : "none";
    return el("th", { scope: "col", class: `align-${alignment(this.rows[0]?.[at])}`, "aria-sort": order },
      el("button", { type: "button", class: `sorter ${order}`, on: { click: () => this.sort(at) } }, cellNodes(cell), icon("down", 12)));
  }

  cell(cell, at) {
    const title = at === (this.block.row_header_column_index ?? 0);
    return el(title ? "th" : "td", { scope: title ? "row" : null, class: `align-${alignment(cell)}` }, cellNodes(cell));
  }
}

register({ table, data_table: (block) => new DataTable(block).node });
