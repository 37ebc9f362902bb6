// The plan and task_card blocks: steps of some work with their states.
import { el, link, svg } from "../element.js";
import { withEmoji } from "../emoji.js";
import { richText } from "./rich_text.js";
import { register } from "./registry.js";

const STATUS = {
  pending: ["Not started", "M0 0"],
  in_progress: ["In progress", "M0 0"],
  complete: ["Done", "M7.5 12.5l3 3 6-7"],
  error: ["Failed", "M9 9l6 6M15 9l-6 6"],
};

function mark(status) {
  const [, path] = STATUS[status];
  return svg("svg", { class: `task-mark ${status}`, viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" },
    svg("circle", { cx: 12, cy: 12, r: 9 }), svg("path", { d: path }));
}

function body(card) {
  const sources = (card.sources ?? []).map((item) => el("li", {}, link(item.url, withEmoji(item.text || item.url))));
  return [
    card.details && el("div", { class: "task-details" }, richText(card.details)),
    card.output && el("div", { class: "task-output" }, richText(card.output)),
    sources.length > 0 && el("ul", { class: "task-sources" }, sources),
  ];
}

function task(card, tag) {
  const status = STATUS[card.status] ? card.status : "pending";
  const current = status === "in_progress" ? "step" : null;
  return el(tag, { class: `task ${status}`, "aria-current": current, data: { task: card.task_id, status } }, mark(status),
    el("div", { class: "task-body" },
      // The space keeps title and state two words for screen readers.
      el("div", { class: "task-head" }, el("span", { class: "task-title" }, withEmoji(card.title)), " ", el("span", { class: "task-status" }, STATUS[status][0])),
      body(card)));
}

function plan(block) {
  const tasks = block.tasks ?? [];
  const done = tasks.filter((card) => card.status === "complete").length;
  const failed = tasks.filter((card) => card.status === "error").length;
  const count = `${done} of ${tasks.length} done${failed ? `, ${failed} failed` : ""}`;
  return el("div", { class: "plan", role: "group", "aria-label": block.title },
    el("div", { class: "plan-head" }, el("strong", {}, withEmoji(block.title)), tasks.length > 0 && el("span", { class: "plan-count" }, count)),
    // A list without markers is none for some screen readers unless it says so.
    tasks.length > 0 && el("ol", { class: "plan-tasks", role: "list" }, tasks.map((card) => task(card, "li"))));
}

register({ plan, task_card: (card) => task(card, "div") });
