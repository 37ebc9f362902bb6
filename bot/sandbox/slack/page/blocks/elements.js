// Interactive elements: buttons, menus, choices. Fields to type in are in fields.js.
import { ask } from "../dialog.js";
import { el, icon, imageSource, picture, webAddress } from "../element.js";
import { openMenu } from "../menu.js";
import { textNodes, words } from "../mrkdwn.js";
import { state } from "../store.js";
import { toast } from "../toast.js";
import { FIELDS } from "./fields.js";
import { register, unknown } from "./registry.js";

/** An element as a node. `at.input` says that it sits in an input block. */
export function drawElement(element, surface, slot, at = {}) {
  const draw = ELEMENTS[element?.type] ?? FIELDS[element?.type];
  if (!draw) return unknown("element", element?.type);
  return draw(element, new Control(element, surface, slot, at));
}

/** One element where it stands: reads and keeps its state, sends its action. */
class Control {
  constructor(element, surface, slot, at) {
    Object.assign(this, { element, surface, slot, at });
    this.name = at.label ?? element.accessibility_label ?? words(element.text) ?? element.action_id;
  }

  get current() {
    return this.surface.get(this.slot, this.element);
  }

  /** Attributes that every control carries. */
  attributes(extra = {}) {
    const { describedby } = this.at;
    return { data: { actionId: this.element.action_id, value: this.element.value, ...extra.data }, "aria-describedby": describedby, ...extra.rest };
  }

  keep(value) {
    this.surface.set(this.slot, this.element, value);
  }

  /** Keep the state and, outside plain inputs, tell the app. */
  async change(value, node) {
    this.keep(value);
    if (!this.at.input || this.at.dispatch) await this.send({ selected: value }, node);
  }

  async send(payload, node) {
    if (this.element.confirm && !(await ask(this.element.confirm))) return;
    node?.setAttribute("aria-busy", "true");
    try {
      await this.surface.act({ action_id: this.element.action_id, block_id: this.slot.id, ...payload });
    } catch (error) {
      toast(error.message, "error");
    } finally {
      node?.removeAttribute("aria-busy");
    }
  }
}

function button(element, control) {
  const href = element.url && webAddress(element.url);
  const tone = { primary: " primary", danger: " danger" }[element.style] ?? "";
  const label = element.accessibility_label;
  const attributes = { class: `button${tone}`, "aria-label": label, ...control.attributes() };
  const press = (event) => control.send({ value: element.value }, event.currentTarget);
  if (href) return el("a", { ...attributes, href, target: "_blank", rel: "noopener noreferrer", on: { click: press } }, textNodes(element.text), el("span", { class: "sr-only" }, " (opens in a new tab)"));
  return el("button", { type: "button", ...attributes, on: { click: press } }, textNodes(element.text));
}

const groupsOf = (element) => element.option_groups ?? [{ options: element.options ?? [] }];

function overflow(element, control) {
  const open = (event) => {
    const anchor = event.currentTarget;
    openMenu(anchor, {
      groups: groupsOf(element),
      label: "More options",
      onPick: (option) => {
        if (option.url && webAddress(option.url)) window.open(option.url, "_blank", "noopener");
        control.send({ selected: option.value, value: option.value }, anchor);
      },
    });
  };
  return el("button", { type: "button", class: "button icon-only", "aria-label": "More options", "aria-haspopup": "listbox", "aria-expanded": "false", ...control.attributes(), on: { click: open } }, icon("more"));
}

const people = () => [...state.people.values()].filter((person) => person.id !== "USLACKBOT").map((person) => ({ value: person.id, text: { type: "plain_text", text: person.name, emoji: false } }));
const places = (kinds) => state.channels.filter((channel) => kinds.includes(channel.kind)).map((channel) => ({ value: channel.id, text: { type: "plain_text", text: `${channel.kind === "dm" ? "" : "#"}${channel.name}`, emoji: false } }));

const SOURCES = {
  static: groupsOf,
  users: () => [{ options: people() }],
  channels: () => [{ options: places(["channel"]) }],
  conversations: () => [{ options: places(["channel", "dm"]) }],
};

/** What is chosen before anybody touched the element: a value or a list of values. */
export function initialChoice(element) {
  const many = /^(multi_|checkboxes)/.test(element.type);
  const kind = element.type.match(/(users|channels|conversations)_select/)?.[1];
  if (many) return kind ? (element[`initial_${kind}`] ?? []) : (element.initial_options ?? []).map((option) => option.value);
  return kind ? (element[`initial_${kind.slice(0, -1)}`] ?? null) : (element.initial_option?.value ?? null);
}

function select(kind, multiple) {
  return (element, control) => {
    const groups = () => SOURCES[kind](element);
    const chosen = () => new Set([control.current ?? initialChoice(element)].flat().filter((value) => value !== null && value !== undefined));
    const shown = el("span", { class: "select-text" });
    const node = el("button", { type: "button", class: "select", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false", ...control.attributes(), on: { click: open } }, shown, icon("down", 14));
    function draw() {
      const options = groups().flatMap((group) => group.options).filter((option) => chosen().has(option.value));
      const empty = words(element.placeholder) || "Choose an option";
      shown.replaceChildren(...(options.length ? options.flatMap((option, index) => [index ? ", " : "", ...textNodes(option.text)]) : [empty]));
      shown.classList.toggle("placeholder", !options.length);
      node.setAttribute("aria-label", `${control.name || empty}: ${shown.textContent}`);
    }
    function open() {
      const before = [...chosen()];
      openMenu(node, {
        groups: groups(), chosen: chosen(), multiple, label: control.name || "Options",
        onPick: (option) => {
          if (multiple) return;
          control.change(option.value, node);
          draw();
        },
        onClose: (after) => {
          if (!multiple || [...after].join() === before.join()) return;
          control.change([...after], node);
          draw();
        },
      });
    }
    draw();
    return node;
  };
}

function choices(kind) {
  return (element, control) => {
    const chosen = new Set([control.current ?? initialChoice(element)].flat());
    const group = `${crypto.randomUUID()}`;
    const pick = (event, option) => {
      if (kind === "radio") control.change(option.value, event.target);
      else {
        if (event.target.checked) chosen.add(option.value);
        else chosen.delete(option.value);
        control.change([...chosen].filter(Boolean), event.target);
      }
    };
    return el("div", { class: "choices", role: kind === "radio" ? "radiogroup" : "group", "aria-label": control.name || null },
      element.options.map((option) => el("label", { class: "choice" },
        el("input", { type: kind, name: group, checked: chosen.has(option.value), ...control.attributes({ data: { value: option.value } }), on: { change: (event) => pick(event, option) } }),
        el("span", {}, textNodes(option.text), option.description && el("small", {}, textNodes(option.description))))));
  };
}

const THUMBS = { positive_button: "thumb_up", negative_button: "thumb_down" };

function feedback(element, control) {
  const pick = (event, option) => {
    for (const other of event.currentTarget.parentElement.children) other.setAttribute("aria-pressed", "false");
    event.currentTarget.setAttribute("aria-pressed", "true");
    control.send({ value: option.value }, event.currentTarget);
  };
  return el("span", { class: "feedback" }, Object.entries(THUMBS).map(([key, glyph]) => {
    const option = element[key];
    return option && el("button", { type: "button", class: "icon-button", title: words(option.text), "aria-label": option.accessibility_label ?? words(option.text), "aria-pressed": "false", data: { actionId: element.action_id, value: option.value }, on: { click: (event) => pick(event, option) } }, icon(glyph));
  }));
}

function iconButton(element, control) {
  return el("button", { type: "button", class: "icon-button", title: words(element.text), "aria-label": element.accessibility_label ?? words(element.text), ...control.attributes(), on: { click: (event) => control.send({ value: element.value }, event.currentTarget) } }, icon(element.icon));
}

const ELEMENTS = {
  button,
  workflow_button: button,
  overflow,
  checkboxes: choices("checkbox"),
  radio_buttons: choices("radio"),
  feedback_buttons: feedback,
  icon_button: iconButton,
  image: (element) => picture(imageSource(element), element.alt_text, { class: "thumb" }),
  static_select: select("static", false),
  users_select: select("users", false),
  channels_select: select("channels", false),
  conversations_select: select("conversations", false),
  multi_static_select: select("static", true),
  multi_users_select: select("users", true),
  multi_channels_select: select("channels", true),
  multi_conversations_select: select("conversations", true),
};

const actions = (block, surface, slot) =>
  el("div", { class: "actions" }, block.elements
    .filter((element) => !element.visible_to_user_ids || element.visible_to_user_ids.includes(state.me))
    .map((element) => drawElement(element, surface, slot)));

register({ actions, context_actions: actions });
