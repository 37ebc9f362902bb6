// The drawer "Sandbox": what the world around the bot does, switched by hand.
import { api } from "./api.js";
import { ask } from "./dialog.js";
import { el, icon, iconButton, replace } from "./element.js";
import { statusWord } from "./sidebar.js";
import { go, simulatedNow, state, watch } from "./store.js";
import { attempt, toast } from "./toast.js";

const TARGETS = ["slack", "azure", "hub"];
const SERVICES = { slack: "Slack", azure: "Azure ML", hub: "Hugging Face Hub" };
const OPTIONS = {
  throttle: ["retry_after", "Seconds to wait", "2"],
  error: ["status", "HTTP status", "503"],
  slow: ["ms", "Milliseconds", "2000"],
  crash: ["reason", "Reason in the log", ""],
};
const STEPS = [["+10 minutes", 600], ["+1 hour", 3600], ["+1 day", 86_400]];
const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

const plain = (text) => ({ type: "plain_text", text });

async function run(work, said) {
  const done = await attempt(async () => (await work()) ?? {});
  if (done && said) toast(said);
}

function section(title, ...children) {
  return el("section", { class: "drawer-section" }, el("h3", {}, title), children);
}

function button(label, work, options = {}) {
  return el("button", { type: "button", class: `button small ${options.tone ?? ""}`, data: options.data, on: { click: work } }, label);
}

function botPart() {
  const stopped = state.bot.status === "stopped";
  return section("Bot", el("p", { class: "status-line" }, el("span", { class: `bot-status ${state.bot.status}` }, el("span", { class: "status-dot" }), `${state.bot.name} is ${statusWord()}`)),
    el("div", { class: "button-row" },
      button(stopped ? "Start" : "Restart", () => run(() => api.bot("restart"), stopped ? "The bot starts." : "The bot restarts; its work goes on."), { data: { do: "restart" } }),
      button("Kill (−9)", () => run(() => api.bot("kill"), "Killed. It is started again and picks up its work."), { tone: "danger", data: { do: "kill" } }),
      !stopped && button("Stop", () => run(() => api.bot("stop"), "The bot is stopped."), { data: { do: "stop" } })));
}

function clockPart() {
  return section("Simulated time", el("p", { class: "clock", data: { testid: "clock" } }, when.format(new Date(simulatedNow() * 1000))),
    el("p", { class: "quiet" }, `A minute passes in ${round(60 / (state.speed || 1))} s. Moving the clock restarts the bot with the new time.`),
    el("div", { class: "button-row" }, STEPS.map(([label, seconds]) => button(label, () => run(() => api.advance(seconds), `Time moved on: ${label}.`), { data: { advance: seconds } }))));
}

const round = (value) => Number(value.toPrecision(2));

function faultText(fault) {
  const { target, kind, match, times, ...options } = fault;
  const details = Object.entries(options).map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  return [SERVICES[target] ?? target, kind, ...details, match && `where “${match}”`, times && `${times}×`].filter(Boolean).join(" · ");
}

/** The form that switches a fault on; it stays while the rest of the drawer is redrawn. */
function createFaultForm() {
  const target = el("select", { class: "field", id: "fault-target" });
  const kind = el("select", { class: "field", id: "fault-kind", on: { change: drawOption } });
  const match = el("input", { class: "field", id: "fault-match", type: "text", placeholder: "any path", autocomplete: "off", spellcheck: "false" });
  const times = el("input", { class: "field", id: "fault-times", type: "number", min: "1", placeholder: "until switched off" });
  const note = el("small", { class: "quiet" });
  const extra = el("div", { class: "pair" });
  let option = null;
  function drawOption() {
    note.textContent = state.kinds[kind.value] ?? "";
    const [name, label, value] = OPTIONS[kind.value] ?? [];
    option = name && { name, input: el("input", { class: "field", id: "fault-option", value, type: value ? "number" : "text" }) };
    replace(extra, option && [el("label", { for: "fault-option" }, label), option.input]);
  }
  const submit = (event) => {
    event.preventDefault();
    const fault = { target: target.value, kind: kind.value };
    if (match.value) fault.match = match.value;
    if (times.value) fault.times = Number(times.value);
    if (option?.input.value) fault[option.name] = option.input.type === "number" ? Number(option.input.value) : option.input.value;
    run(() => api.addFault(fault), "Fault switched on.");
  };
  const pair = (label, field) => el("div", { class: "pair" }, el("label", { for: field.id }, label), field);
  const node = el("form", { class: "fault-form", on: { submit } }, pair("Service", target), pair("What goes wrong", kind), note, extra, pair("Path matches (regular expression)", match), pair("How often", times), el("button", { type: "submit", class: "button small", data: { testid: "fault-add" } }, "Switch on"));
  const update = () => {
    const targets = state.targets.length ? state.targets : TARGETS;
    if (target.options.length !== targets.length) replace(target, targets.map((name) => el("option", { value: name }, SERVICES[name] ?? name)));
    const kinds = Object.keys(state.kinds);
    if (kind.options.length === kinds.length) return;
    replace(kind, kinds.map((name) => el("option", { value: name }, name)));
    drawOption();
  };
  return { node, update };
}

function faultList() {
  if (!state.faults.length) return el("p", { class: "quiet" }, "None. Everything answers as it should.");
  return [el("ul", { class: "fault-list", data: { testid: "faults" } }, state.faults.map((fault) => el("li", {}, icon("warning", 14), el("span", {}, faultText(fault))))),
    button("Switch all off", () => run(api.clearFaults, "All faults are off."))];
}

function toggle(label, note, on, work) {
  const box = el("input", { type: "checkbox", role: "switch", checked: on, on: { change: () => run(() => work(box.checked)) } });
  return el("label", { class: "switch" }, box, el("span", {}, label, note && el("small", {}, note)));
}

function scopePart() {
  return section("Slack",
    toggle("Native charts", "Off: Slack refuses data_visualization and the bot falls back to text bars", state.native_charts, api.charts),
    toggle("Native plans", "Off: Slack refuses plan and task_card and the bot falls back to lines of text", state.native_plans, api.plans),
    el("p", { class: "quiet" }, "Optional scopes, as a workspace admin would grant them:"),
    state.optional_scopes.map(({ scope, granted }) => toggle(scope, null, granted, (on) => api.scope(scope, on))));
}

async function reset() {
  const sure = await ask({ title: plain("Start over?"), text: plain("Messages, endpoints, jobs and the bot's own databases go back to the first state."), confirm: plain("Reset"), deny: plain("Keep"), style: "danger" });
  if (!sure) return;
  await run(api.reset, "Everything is back to the first state.");
  state.notes.clear();
  await attempt(() => go(state.here));
}

/** The drawer; `toggle()` opens and closes it. */
export function createDrawer() {
  const form = createFaultForm();
  const parts = Object.fromEntries(["bot", "clock", "faults", "scopes"].map((name) => [name, el("div", {})]));
  const node = el("aside", { class: "drawer", hidden: true, "aria-label": "Sandbox", data: { testid: "drawer" } },
    el("header", { class: "pane-head" }, el("h2", {}, "Sandbox"), iconButton("close", "Close drawer", () => show(false))),
    el("div", { class: "drawer-body" }, parts.bot, parts.clock, section("Faults", parts.faults, form.node), parts.scopes, section("Start over", button("Reset everything…", reset, { tone: "danger", data: { testid: "reset" } }))));
  let opener = null;
  let prints = {};
  let timer = null;

  function show(open) {
    if (open) opener = document.activeElement;
    node.hidden = !open;
    clearInterval(timer);
    if (open) timer = setInterval(tick, 1000);
    prints = {};
    draw();
    if (open) node.querySelector("button").focus();
    else opener?.focus();
  }

  function draw() {
    if (node.hidden || !state.ready) return;
    form.update();
    part("bot", [state.bot, state.linked], botPart);
    part("clock", [state.now, state.speed], clockPart);
    part("faults", state.faults, faultList);
    part("scopes", [state.optional_scopes, state.native_charts, state.native_plans], scopePart);
  }

  function part(name, data, drawPart) {
    const print = JSON.stringify(data);
    if (prints[name] === print) return;
    prints[name] = print;
    const focus = parts[name].contains(document.activeElement) ? [...parts[name].querySelectorAll("button, input")].indexOf(document.activeElement) : -1;
    replace(parts[name], drawPart());
    if (focus >= 0) (parts[name].querySelectorAll("button, input")[focus] ?? node.querySelector("button")).focus();
  }

  function tick() {
    const clock = node.querySelector("[data-testid=clock]");
    if (clock) clock.textContent = when.format(new Date(simulatedNow() * 1000));
  }

  watch(["state"], draw);
  return { node, toggle: () => show(node.hidden), close: () => show(false) };
}
