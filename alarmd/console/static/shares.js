// What share of the alarms was false, by one thing or another: a table with bars.
import { shareBar } from "./chart.js";
import { h } from "./dom.js";
import { t } from "./words.js";

/** Seconds as people read them. */
export function duration(seconds) {
  if (seconds === null) return "–";
  if (seconds < 1) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (seconds < 120) return t("age.s", { n: Number(seconds.toPrecision(2)) });
  return t("age.min", { n: Math.round(seconds / 60) });
}

/** A share from 0 to 1 in percent. */
export const percent = (share) => (share === null ? "–" : `${Math.round(share * 1000) / 10} %`);

const COLUMNS = [
  ["share_false", t("reports.share"), ({ share_false: share }) => [h("span", { class: "numbers" }, percent(share)), share !== null && shareBar(share)]],
  ["false", t("reports.false"), (group) => String(group.false)],
  ["closed", t("reports.closed"), ({ closed }) => String(closed)],
  ["alarms", t("reports.alarms"), ({ alarms }) => String(alarms)],
  ["delivery", t("reports.delivery"), (group) => duration(group.delivery_p50_s)],
  ["acknowledgement", t("reports.acknowledgement"), (group) => duration(group.acknowledgement_p50_s)],
];

/** A table of groups as the report has them; `name` says what a group is called, `sorted` by which column they come. */
export function shares({ label, title, groups, name, sorted }) {
  const head = [h("th", { scope: "col" }, label), COLUMNS.map(([key, said]) => h("th", { scope: "col", "aria-sort": key === sorted ? "descending" : null }, said))];
  const row = (group) =>
    h("tr", {}, h("th", { scope: "row", "data-column": label }, h("div", {}, name(group))), COLUMNS.map(([, said, cell]) => h("td", { "data-column": said }, h("div", {}, cell(group)))));
  return h("div", { class: "scroller" }, h("table", { "aria-label": title }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, groups.map(row))));
}
