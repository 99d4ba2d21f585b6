// Charts as SVG, drawn as wide as their place, each with its values as a table beneath.
import { fill, h } from "./dom.js";
import { t } from "./words.js";

const HEIGHT = 240;
const EDGE = { top: 18, right: 14, bottom: 26, left: 62 };
const LABEL_PX = 46; // that a label below the axis takes
const MARK = 3.5;

/** Bars of whole numbers. `items` are [{label, value}]. */
export function bars({ title, items, axis }) {
  const top = ceiling(Math.max(...items.map(({ value }) => value), 1));
  const draw = (width) => {
    const plot = new Plot(width, items.length, (value) => value / top);
    const wide = plot.step * 0.72;
    return [
      steps(top).map((value) => plot.line(value, String(value))),
      items.map(({ value }, number) => [
        svg("rect", { class: "bar", x: plot.x(number) - wide / 2, y: plot.y(value), width: wide, height: plot.y(0) - plot.y(value) }),
        value > 0 && plot.step > 18 && text(plot.x(number), plot.y(value) - 5, String(value), "middle", "value"),
      ]),
      plot.labels(items),
    ];
  };
  return figure({ title, draw, heads: [axis.label, axis.value], rows: items.map(({ label, value }) => [label, String(value)]) });
}

/** Lines of durations in seconds on a logarithmic scale; null where there is none.
 *
 * @param items [{label}], one for each place along the axis.
 * @param series [{name, values}], told apart by shape and dash as well as by colour.
 */
export function lines({ title, items, series, axis, shown }) {
  const values = series.flatMap((one) => one.values).filter((value) => value !== null);
  const low = Math.floor(Math.log10(Math.max(Math.min(...values), 0.001)));
  const high = Math.max(Math.ceil(Math.log10(Math.max(...values, 0.001))), low + 1);
  const share = (value) => (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
  const powers = Array.from({ length: high - low + 1 }, (_, number) => 10 ** (low + number));
  const draw = (width) => {
    const plot = new Plot(width, items.length, share);
    return [powers.map((value) => plot.line(value, shown(value))), series.map((one, number) => curve(plot, one.values, number)), plot.labels(items)];
  };
  const rows = items.map(({ label }, number) => [label, ...series.map((one) => (one.values[number] === null ? "–" : shown(one.values[number])))]);
  const legend = h("p", { class: "legend" }, series.map(({ name }, number) => h("span", {}, sample(number), name)));
  return figure({ title, legend, draw, heads: [axis.label, ...series.map(({ name }) => name)], rows });
}

/** A share from 0 to 1 as a bar beside its number, which says all to who cannot see it. */
export const shareBar = (share) =>
  svg("svg", { class: "share", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "share-all", width: 100, height: 10 }),
    svg("rect", { class: "share-part", width: 100 * share, height: 10 }));

/** Where things stand in a chart. `share` says how high a value is, 0 to 1. */
class Plot {
  constructor(width, count, share) {
    Object.assign(this, { _width: width, _count: count, _share: share });
    this.step = (width - EDGE.left - EDGE.right) / count;
  }

  x(number) {
    return EDGE.left + this.step * (number + 0.5);
  }

  y(value) {
    return HEIGHT - EDGE.bottom - this._share(value) * (HEIGHT - EDGE.bottom - EDGE.top);
  }

  /** A line of the grid, with what it stands for. */
  line(value, label) {
    const y = this.y(value);
    return [svg("line", { class: "grid", x1: EDGE.left, x2: this._width - EDGE.right, y1: y, y2: y }), text(EDGE.left - 8, y + 4, label, "end")];
  }

  /** As many of the labels below the axis as there is room for. */
  labels(items) {
    const every = Math.max(1, Math.ceil((LABEL_PX * items.length) / (this._width - EDGE.left - EDGE.right)));
    return items.map(({ label, short }, number) => number % every === 0 && text(this.x(number), HEIGHT - 8, short ?? label, "middle"));
  }
}

function curve(plot, values, number) {
  const points = values.map((value, place) => (value === null ? null : [plot.x(place), plot.y(value)]));
  const path = points.map((point, place) => (point ? `${points[place - 1] ? "L" : "M"}${point[0]} ${point[1]}` : "")).join("");
  return svg("g", { class: `series-${number}` }, svg("path", { d: path, class: "curve" }), points.filter(Boolean).map(([x, y]) => mark(x, y, number)));
}

/** A disc, a square, a triangle. */
function mark(x, y, number) {
  if (number === 0) return svg("circle", { class: "mark", cx: x, cy: y, r: MARK });
  if (number === 1) return svg("rect", { class: "mark", x: x - MARK, y: y - MARK, width: 2 * MARK, height: 2 * MARK });
  return svg("path", { class: "mark", d: `M${x} ${y - MARK - 1}l${MARK + 1} ${2 * MARK}h${-2 * (MARK + 1)}z` });
}

const sample = (number) =>
  svg("svg", { class: `sample series-${number}`, viewBox: "0 0 32 12", "aria-hidden": "true" }, svg("path", { class: "curve", d: "M0 6H32" }), mark(16, 6, number));

function figure({ title, legend = null, draw, heads, rows }) {
  const place = h("div", { class: "chart" });
  let drawn = 0;
  new ResizeObserver(() => {
    const width = Math.round(place.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    fill(place, svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": title }, draw(width)));
  }).observe(place);
  const head = h("thead", {}, h("tr", {}, heads.map((one) => h("th", { scope: "col" }, one))));
  const body = h("tbody", {}, rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row", "data-column": heads[0] }, first), rest.map((cell, number) => h("td", { "data-column": heads[number + 1] }, cell)))));
  return [legend, place, h("details", {}, h("summary", {}, t("chart.table")), h("div", { class: "scroller" }, h("table", { "aria-label": title }, head, body)))];
}

/** A round number that is not below this one. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 10].map((times) => times * power).find((round) => round >= value);
}

/** Whole numbers from 0 to a round one, at most six of them. */
function steps(top) {
  const apart = Math.max(1, top % 4 === 0 ? top / 4 : top / 5);
  return Array.from({ length: Math.round(top / apart) + 1 }, (_, number) => Math.round(number * apart));
}

const text = (x, y, content, anchor, className = null) => svg("text", { x, y, "text-anchor": anchor, class: className }, content);

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(name, value);
  return fill(element, ...children.flat(Infinity));
}
