// DOM nodes without a framework: data only ever becomes text nodes, attributes or properties.
const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "multiple", "selected", "open", "indeterminate"]);

/** An HTML element: `el("button", {class: "x", on: {click}, data: {ts}}, "text", node)`. */
export function el(tag, options = {}, ...children) {
  return furnish(document.createElement(tag), options, children);
}

/** The same for SVG. */
export function svg(tag, options = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), options, children);
}

function furnish(node, options, children) {
  for (const [name, value] of Object.entries(options ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (name === "data") for (const [key, text] of Object.entries(value)) { if (text != null) node.dataset[key] = text; }
    else if (name === "style") for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
    else if (PROPERTIES.has(name)) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  fill(node, children);
  return node;
}

/** Append children: nodes, text, arrays of them; nothing for null, undefined and false. */
export function fill(node, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

/** Put these children in place of what is there. */
export function replace(node, ...children) {
  node.replaceChildren();
  return fill(node, ...children);
}

const ICONS = {
  hash: "M9 4 7 20M17 4l-2 16M4 9h17M3 15h17",
  home: "M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z",
  reply: "M4 5h16v11H10l-5 4v-4H4z",
  more: "M5.5 12a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M11.5 12a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0M17.5 12a.5.5 0 1 0 1 0a.5.5 0 1 0-1 0",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  send: "M4 12 20 4l-5 16-3-7z",
  clip: "M19 11l-7.5 7.5a4.2 4.2 0 0 1-6-6L13 5a2.8 2.8 0 0 1 4 4l-7.5 7.5a1.4 1.4 0 0 1-2-2L14 8",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9h.01",
  at: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0zm0 0c0 5 5 4 5-1a9 9 0 1 0-4 8",
  slash: "M15 4 9 20",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zm13 0a3 3 0 1 1-6 0 3 3 0 0 1 6 0z",
  tools: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4",
  check: "M5 12.5 10 17 19 7",
  down: "M6 9l6 6 6-6",
  back: "M15 5l-7 7 7 7",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  warning: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  up: "M7 11l5-6 5 6M12 5v14",
  thumb_up: "M7 11v9H4v-9zM7 11l4-8c2 0 2 2 2 3l-1 4h6a2 2 0 0 1 2 2l-2 7H7",
  thumb_down: "M7 13V4H4v9zM7 13l4 8c2 0 2-2 2-3l-1-4h6a2 2 0 0 0 2-2l-2-7H7",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
};

/** A line icon, hidden from screen readers: the control around it carries the name. */
export function icon(name, size = 18) {
  const path = svg("path", { d: ICONS[name] ?? ICONS.info });
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" }, path);
}

/** A button that shows only an icon. */
export function iconButton(name, label, run, options = {}) {
  return el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click: run }, ...options }, icon(name));
}

/** http and https addresses only; anything else is no link. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** A link to a web address, or its text where it is none. */
export function link(address, ...children) {
  const href = webAddress(address);
  const shown = children.length ? children : [address];
  return href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...shown) : el("span", {}, ...shown);
}

/** Our own pictures as `<img>`; others as a link, because the page asks no other host for anything. */
export function picture(address, alt, options = {}) {
  const url = address ? new URL(address, location.href) : null;
  if (url && (url.origin === location.origin || ["data:", "blob:"].includes(url.protocol))) {
    return el("img", { src: url.href, alt: alt ?? "", loading: "lazy", ...options });
  }
  return el("span", { class: "elsewhere", title: address }, icon("picture"), address ? link(address, alt || address) : alt);
}

/** The address of an image block or element; pictures that Slack keeps come by id. */
export function imageSource(image) {
  if (image.image_url) return image.image_url;
  const file = image.slack_file ?? {};
  return file.id ? `/control/file/${encodeURIComponent(file.id)}` : file.url;
}
