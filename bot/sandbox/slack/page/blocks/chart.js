// The data_visualization block: bar, line, area and pie in inline SVG, and the same as a table for screen readers.
import { el, svg } from "../element.js";
import { register, unknown } from "./registry.js";

const COLORS = 6;
const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

// All values of one chart with as many decimals as the one that needs most.
function alike(values) {
  const places = Math.max(0, ...values.map((value) => (String(value).split(".")[1] ?? "").length));
  const shown = new Intl.NumberFormat(undefined, { minimumFractionDigits: Math.min(2, places), maximumFractionDigits: 2 });
  return (value) => shown.format(value);
}

function niceMaximum(top) {
  if (top <= 0) return 1;
  const step = 10 ** Math.floor(Math.log10(top));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((factor) => factor * step).find((limit) => limit >= top * 0.999);
}

const valueAt = (series, category) => series.data.find((point) => point.label === category)?.value ?? 0;

function categoriesOf(chart) {
  return chart.axis_config?.categories ?? chart.series[0].data.map((point) => point.label);
}

function bars(chart) {
  const values = chart.series.flatMap((series) => series.data.map((point) => point.value));
  const highest = Math.max(...values);
  const percent = highest <= 100 && /%/.test(chart.axis_config?.y_label ?? "");
  const top = percent ? 100 : niceMaximum(highest);
  const format = alike(values);
  const bar = (series, index, category) => {
    const value = valueAt(series, category);
    const width = `${Math.max(value > 0 ? 0.6 : 0, (Math.max(0, value) / top) * 100)}%`;
    return el("div", { class: "bar" },
      svg("svg", { class: "bar-track", height: 14 }, svg("rect", { class: "bar-ground", width: "100%", height: 14, rx: 4 }), svg("rect", { class: `tone-${index % COLORS}`, width, height: 14, rx: 4 })),
      el("span", { class: "bar-value" }, format(value)));
  };
  return el("div", { class: "bars" }, categoriesOf(chart).map((category) => el("div", { class: "bar-row" },
    el("span", { class: "bar-label" }, category), el("div", { class: "bar-group" }, chart.series.map((series, index) => bar(series, index, category))))));
}

function lines(chart, filled) {
  const categories = categoriesOf(chart);
  const values = chart.series.flatMap((series) => series.data.map((point) => point.value));
  const [top, low] = [niceMaximum(Math.max(...values)), Math.min(0, ...values)];
  const x = (at) => (categories.length > 1 ? (at / (categories.length - 1)) * 100 : 50);
  const y = (value) => 100 - ((value - low) / (top - low)) * 100;
  const paths = chart.series.flatMap((series, index) => {
    const line = categories.map((category, at) => `${at ? "L" : "M"}${x(at)} ${y(valueAt(series, category))}`).join("");
    const area = filled && svg("path", { class: `area tone-${index % COLORS}`, d: `${line}L100 100L0 100Z` });
    return [area, svg("path", { class: `line tone-${index % COLORS}`, d: line, "vector-effect": "non-scaling-stroke" })];
  });
  const grid = [0, 25, 50, 75, 100].map((at) => svg("path", { class: "grid", d: `M0 ${at}H100`, "vector-effect": "non-scaling-stroke" }));
  const scale = [1, 0.75, 0.5, 0.25, 0].map((part) => el("span", {}, number.format(low + (top - low) * part)));
  const every = Math.ceil(categories.length / 8);
  return el("div", { class: "plot" }, el("div", { class: "plot-y" }, scale),
    svg("svg", { class: "plot-area", viewBox: "0 0 100 100", preserveAspectRatio: "none" }, grid, paths.filter(Boolean)),
    el("div", { class: "plot-x" }, categories.map((category, at) => el("span", {}, at % every ? "" : category))));
}

function pie(chart) {
  const total = chart.segments.reduce((sum, segment) => sum + segment.value, 0) || 1;
  const around = 2 * Math.PI * 40;
  let turned = 0;
  const arcs = chart.segments.map((segment, index) => {
    const part = (segment.value / total) * around;
    const arc = svg("circle", { class: `arc tone-${index % COLORS}`, cx: 60, cy: 60, r: 40, "stroke-dasharray": `${Math.max(0, part - 1)} ${around}`, "stroke-dashoffset": -turned });
    turned += part;
    return arc;
  });
  const legend = chart.segments.map((segment, index) => el("li", {}, el("span", { class: `swatch tone-${index % COLORS}` }), el("span", {}, segment.label),
    el("b", {}, `${number.format(segment.value)} · ${number.format((segment.value / total) * 100)} %`)));
  return el("div", { class: "pie" }, svg("svg", { class: "pie-ring", viewBox: "0 0 120 120" }, arcs), el("ul", { class: "legend column" }, legend));
}

const CHARTS = { bar: bars, line: (chart) => lines(chart, false), area: (chart) => lines(chart, true), pie };

function spoken(title, chart) {
  const series = chart.series ?? [{ name: "value", data: chart.segments }];
  const rows = chart.series ? categoriesOf(chart) : chart.segments.map((segment) => segment.label);
  return el("div", { class: "sr-only" }, el("table", {}, el("caption", {}, title),
    el("thead", {}, el("tr", {}, el("td"), series.map((group) => el("th", { scope: "col" }, group.name)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row), series.map((group) => el("td", {}, number.format(valueAt(group, row)))))))));
}

function chart(block) {
  const { chart: data, title } = block;
  const draw = CHARTS[data?.type];
  if (!draw) return unknown("chart", data?.type);
  const axes = [data.axis_config?.x_label, data.axis_config?.y_label].filter(Boolean);
  const legend = data.series?.length > 1 && el("ul", { class: "legend" }, data.series.map((series, index) => el("li", {}, el("span", { class: `swatch tone-${index % COLORS}` }), series.name)));
  return el("figure", { class: "chart", data: { chart: data.type } },
    el("figcaption", {}, title, axes.length > 0 && el("small", {}, axes.join(" · "))),
    el("div", { class: "chart-drawing", role: "img", "aria-label": `${data.type} chart: ${title}` }, draw(data)),
    legend, spoken(title, data));
}

register({ data_visualization: chart });
