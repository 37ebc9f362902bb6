// Elements that take text, numbers, dates and files.
import { el, icon, iconButton, replace } from "../element.js";
import { words } from "../mrkdwn.js";
import { photoRow } from "../photos.js";
import { state } from "../store.js";

const KINDS = { email_text_input: "email", url_text_input: "url", number_input: "number", plain_text_input: "text", rich_text_input: "text" };
const MEGABYTE = 1_000_000;

/** What a field holds before anybody touched it. */
export function initialField(element) {
  if (element.type === "file_input") return [];
  if (element.type === "rich_text_input") return "";
  const name = { datepicker: "initial_date", timepicker: "initial_time", datetimepicker: "initial_date_time" }[element.type] ?? "initial_value";
  return element[name] ?? null;
}

function text(element, control) {
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const type = KINDS[element.type];
  const many = element.multiline || element.type === "rich_text_input";
  const onInput = (event) => {
    control.keep(event.target.value === "" ? null : event.target.value);
    if (control.at.dispatch && triggers.includes("on_character_entered")) control.send({ value: event.target.value });
  };
  const onKey = (event) => {
    if (event.key !== "Enter" || many || !control.at.dispatch || !triggers.includes("on_enter_pressed")) return;
    event.preventDefault();
    control.send({ value: event.target.value });
  };
  const shared = {
    class: "field", id: control.at.id, placeholder: words(element.placeholder) || null, value: String(control.current ?? initialField(element) ?? ""),
    maxlength: element.max_length, autocomplete: "off", autofocus: element.focus_on_load || null, spellcheck: "false",
    ...control.attributes(), on: { input: onInput, keydown: onKey },
  };
  if (many) return el("textarea", { rows: "4", ...shared });
  const numeric = type === "number" ? { min: element.min_value, max: element.max_value, step: element.is_decimal_allowed ? "any" : "1", inputmode: "decimal" } : {};
  return el("input", { type, ...numeric, ...shared });
}

function moment(type, toWire, fromWire) {
  return (element, control) => {
    const label = control.at.id ? null : words(element.placeholder) || { date: "Date", time: "Time" }[type] || "Date and time";
    const value = fromWire(control.current ?? initialField(element));
    const onChange = (event) => control.change(event.target.value ? toWire(event.target.value) : null, event.target);
    return el("input", { class: "field moment", id: control.at.id, type, value, "aria-label": label, title: label, ...control.attributes(), on: { change: onChange } });
  };
}

const same = (value) => value ?? "";
const toSeconds = (value) => Math.round(new Date(value).getTime() / 1000);

function fromSeconds(seconds) {
  if (!seconds) return "";
  const local = new Date(seconds * 1000);
  return new Date(local.getTime() - local.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** A file with its size, as a chip that can be taken away. */
export function fileChip(file, onRemove) {
  const chip = el("span", { class: "chip file-chip" });
  const preview = file.type.startsWith("image/") ? el("img", { src: URL.createObjectURL(file), alt: "" }) : icon("file");
  if (preview instanceof HTMLImageElement) {
    preview.addEventListener("load", () => URL.revokeObjectURL(preview.src), { once: true });
    preview.addEventListener("error", () => preview.replaceWith(icon("file")), { once: true });
  }
  replace(chip, preview, el("span", { class: "chip-name" }, file.name), el("small", {}, size(file.size)), iconButton("close", `Remove ${file.name}`, onRemove));
  return chip;
}

const size = (bytes) => (bytes >= MEGABYTE ? `${(bytes / MEGABYTE).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1000))} kB`);

/** The pictures and files among what was dropped or pasted. */
export const filesOf = (transfer) => [...(transfer?.files ?? [])].map((file) => (file.name ? file : new File([file], "pasted.png", { type: file.type })));

function fileInput(element, control) {
  const most = element.max_files ?? 10;
  const types = element.filetypes ?? [];
  const chips = el("div", { class: "chips" });
  const input = el("input", { type: "file", class: "sr-only", id: control.at.id, multiple: most > 1, accept: types.map((type) => `.${type}`).join(",") || null, ...control.attributes(), on: { change: () => { add([...input.files]); input.value = ""; } } });
  const zone = el("div", { class: "drop-zone" }, chips,
    el("label", { class: "drop-label" }, input, icon("picture"), el("span", {}, el("b", {}, most > 1 ? "Choose files" : "Choose a file"), " or drop here")),
    types.length > 0 && el("small", {}, `${types.join(", ")} · up to ${most === 1 ? "one file" : `${most} files`}, 10 MB each`),
    state.photos.length > 0 && (!types.length || types.includes("jpg")) && el("div", { class: "drop-photos" }, el("small", {}, "None at hand? Take one of these:"), photoRow((files) => add(files))));
  const add = (files) => {
    control.keep([...(control.current ?? []), ...files].slice(-most));
    draw();
  };
  const draw = () => replace(chips, (control.current ?? []).map((file) => fileChip(file, () => {
    control.keep(control.current.filter((other) => other !== file));
    draw();
    input.focus();
  })));
  zone.addEventListener("dragover", (event) => { event.preventDefault(); event.stopPropagation(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.remove("over");
    add(filesOf(event.dataTransfer));
  });
  zone.addFiles = add;
  draw();
  return zone;
}

export const FIELDS = {
  plain_text_input: text,
  rich_text_input: text,
  email_text_input: text,
  url_text_input: text,
  number_input: text,
  datepicker: moment("date", String, same),
  timepicker: moment("time", String, same),
  datetimepicker: moment("datetime-local", toSeconds, fromSeconds),
  file_input: fileInput,
};
