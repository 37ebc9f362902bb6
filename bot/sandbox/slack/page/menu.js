// A pop-up list of options next to a control, in the browser's top layer, usable by keyboard.
import { el, icon, replace } from "./element.js";
import { textNodes, words } from "./mrkdwn.js";

const SEARCH_FROM = 8;

/**
 * Open a list of options.
 * groups: [{label?, options: [{text, value, description?, url?}]}]; chosen: Set of values.
 * onPick(option) after each choice; onClose(chosen) when the list goes away.
 */
export function openMenu(anchor, { groups, chosen = new Set(), multiple = false, label = "Options", onPick, onClose }) {
  const total = groups.reduce((sum, group) => sum + group.options.length, 0);
  const search = total > SEARCH_FROM ? el("input", { class: "menu-search", type: "text", placeholder: "Search", "aria-label": "Search options", autocomplete: "off" }) : null;
  const list = el("div", { class: "menu-list", role: "listbox", "aria-label": label, "aria-multiselectable": multiple ? "true" : null });
  const menu = el("div", { class: "menu", popover: "auto" }, search, list);
  const draw = () => replace(list, rows({ groups, chosen, multiple, wanted: search?.value ?? "", pick }));
  const pick = (option) => {
    if (!multiple) {
      menu.hidePopover();
      onPick?.(option);
      return;
    }
    if (!chosen.delete(option.value)) chosen.add(option.value);
    const at = options(list).indexOf(document.activeElement);
    draw();
    options(list)[at]?.focus();
    onPick?.(option);
  };
  search?.addEventListener("input", draw);
  menu.addEventListener("keydown", (event) => walk(event, menu, list, search));
  menu.addEventListener("toggle", (event) => {
    anchor.setAttribute("aria-expanded", event.newState === "open");
    if (event.newState !== "closed") return;
    const inside = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (inside && anchor.isConnected) anchor.focus();
    onClose?.(chosen);
  });
  draw();
  (anchor.closest("dialog") ?? document.body).append(menu);
  menu.showPopover();
  place(menu, anchor);
  (search ?? list.querySelector("[aria-selected=true]") ?? options(list)[0])?.focus();
  return menu;
}

const options = (list) => [...list.querySelectorAll("[role=option]")];

function rows({ groups, chosen, multiple, wanted, pick }) {
  const matches = (option) => words(option.text).toLowerCase().includes(wanted.trim().toLowerCase());
  const shown = groups.map((group) => ({ ...group, options: group.options.filter(matches) })).filter((group) => group.options.length);
  if (!shown.length) return el("p", { class: "menu-empty" }, "Nothing found");
  return shown.map((group) => [
    group.label && el("p", { class: "menu-label" }, words(group.label)),
    group.options.map((option) => row(option, chosen.has(option.value), multiple, pick)),
  ]);
}

function row(option, on, multiple, pick) {
  const mark = multiple || on ? el("span", { class: on ? "tick on" : "tick" }, on ? icon("check", 14) : null) : null;
  const name = el("span", { class: "menu-text" }, textNodes(option.text), option.description && el("small", {}, textNodes(option.description)));
  const tone = option.danger ? "menu-row danger" : "menu-row";
  return el("button", { type: "button", class: tone, role: "option", "aria-selected": String(on), data: { value: option.value }, on: { click: () => pick(option) } }, option.icon && icon(option.icon, 16), name, mark);
}

function walk(event, menu, list, search) {
  const all = options(list);
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined && !(search === document.activeElement && ["Home", "End"].includes(event.key))) {
    event.preventDefault();
    if (to < 0 && search) search.focus();
    else all[(to + all.length) % all.length]?.focus();
  } else if (event.key === "Enter" && document.activeElement === search) {
    event.preventDefault();
    all[0]?.click();
  } else if (event.key === "Tab") {
    event.preventDefault();
    menu.hidePopover();
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    menu.hidePopover();
  }
}

function place(menu, anchor) {
  const at = anchor.getBoundingClientRect();
  const gap = 6;
  menu.style.setProperty("min-width", `${Math.min(Math.max(at.width, 180), innerWidth - 16)}px`);
  const { offsetWidth: width, offsetHeight: height } = menu;
  const left = Math.min(Math.max(8, at.left), innerWidth - width - 8);
  const below = innerHeight - at.bottom - gap;
  const top = below >= height || below >= at.top ? at.bottom + gap : Math.max(8, at.top - height - gap);
  const room = Math.max(140, top > at.top ? below - 8 : at.top - gap - 8);
  menu.style.setProperty("left", `${left}px`);
  menu.style.setProperty("top", `${top}px`);
  menu.style.setProperty("max-height", `${room}px`);
}
