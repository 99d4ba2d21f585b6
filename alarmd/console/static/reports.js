// Reports: how much there was, when, how long the police took, and where alarms were false.
import { read } from "./api.js";
import { bars, lines } from "./chart.js";
import { choice } from "./dialog.js";
import { fill, h, say } from "./dom.js";
import { filter } from "./list.js";
import { asked, daysOf, rangePicker } from "./range.js";
import { duration, percent, shares } from "./shares.js";
import { t } from "./words.js";

const PATH = "/v1/reports/alarms";
const STORES = 20;
const MORE = 10; // times as many
const QUANTILES = [["p50", t("quantile.p50")], ["p90", t("quantile.p90")], ["p99", t("quantile.p99")]];
const SORTS = [["share_false", t("sort.share_false")], ["false", t("sort.false")], ["alarms", t("sort.alarms")]];

const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
const time = h("p", { class: "soft", role: "status" });
const stage = h("div", { class: "report" });
const sort = choice(SORTS, "share_false");
const stores = h("div");
let range = null;
let round = 0;

async function load(chosen) {
  range = chosen;
  const mine = ++round; // an answer that comes after a later question's is not wanted any more
  say(time, t("board.loading"));
  try {
    const [byHour, byDay, byDistrict, byStore] = await Promise.all([report("hour"), report("day"), report("district", { sort: "share_false" }), ofStores(STORES)]);
    if (mine !== round) return;
    say(time, t("reports.time", range));
    trouble.hidden = true;
    fill(stage, show(byHour, byDay, byDistrict));
    showStores(byStore, STORES);
  } catch (problem) {
    if (mine !== round) return;
    say(trouble, problem.message);
    trouble.hidden = false;
    say(time, "");
    fill(stage);
  }
}

const report = (by, more = {}) => read(PATH, { by, ...asked(range), ...more });
const ofStores = (limit) => report("store", { sort: sort.value, limit });

function show({ total, items: hours }, { items: days }, { items: districts }) {
  if (total.alarms + total.tests === 0) return h("p", { class: "empty" }, t("reports.empty"));
  return [
    figures(total),
    section("hour", t("reports.hours"), bars({ title: t("reports.hours"), items: everyHour(hours), axis: { label: t("reports.hour"), value: t("reports.presses") } })),
    section("day", t("reports.to_police"), quantiles(t("reports.to_police"), days, "delivery")),
    section("day", t("reports.to_acknowledged"), quantiles(t("reports.to_acknowledged"), days, "acknowledgement")),
    section("district", t("reports.districts"), shares({ label: t("alarm.district"), title: t("reports.districts"), groups: districts, name: ({ name, key }) => name ?? key ?? t("unlocated"), sorted: "share_false" })),
    section("store", t("reports.stores"), [h("div", { class: "filters" }, filter("sort", t("reports.sort"), sort).element), stores]),
    h("p", { class: "soft" }, t("reports.note")),
  ];
}

function figures(total) {
  const told = [
    [total.alarms, t("reports.alarms")],
    [total.presses, t("reports.presses")],
    [total.actual, t("disposition.actual")],
    [total.false, t("reports.false")],
    [percent(total.share_false), t("reports.share")],
    [duration(total.delivery_p50_s), t("reports.delivery")],
    [duration(total.acknowledgement_p50_s), t("reports.acknowledgement")],
    [total.tests, t("reports.tests")],
  ];
  return h("div", { class: "figures" }, told.map(([value, name]) => h("div", { class: "figure" }, h("b", {}, String(value)), name)));
}

function section(by, title, content) {
  const query = new URLSearchParams({ by, ...asked(range), format: "csv", limit: 100_000 });
  const csv = h("a", { class: "button small", href: `${PATH}?${query}`, download: "", "aria-label": `${title} · CSV` }, "CSV");
  return h("section", { class: "panel" }, h("div", { class: "head" }, h("h2", {}, title), csv), content);
}

function everyHour(hours) {
  const presses = new Map(hours.map(({ key, presses: count }) => [key, count]));
  return Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0")).map((hour) => ({ label: hour, value: presses.get(hour) ?? 0 }));
}

function quantiles(title, days, what) {
  const found = new Map(days.map((day) => [day.key, day]));
  const all = daysOf(range);
  const series = QUANTILES.map(([quantile, name]) => ({ name, values: all.map((day) => found.get(day)?.[`${what}_${quantile}_s`] ?? null) }));
  if (series.every(({ values }) => values.every((value) => value === null))) return h("p", { class: "empty" }, t("reports.none"));
  const items = all.map((day) => ({ label: day, short: `${Number(day.slice(5, 7))}/${Number(day.slice(8))}` }));
  return [h("p", { class: "soft" }, t("reports.log")), lines({ title, items, series, axis: { label: t("reports.day") }, shown: duration })];
}

function showStores({ items, total }, limit) {
  const name = ({ key, name: store }) => (key ? h("a", { href: `/stores/${key}` }, store) : t("unlocated"));
  const more = async () => {
    const next = limit * MORE;
    showStores(await ofStores(next), next);
  };
  if (total.alarms + total.tests === 0) return;
  fill(stores,
    shares({ label: t("alarm.store"), title: t("reports.stores"), groups: items, name, sorted: sort.value }),
    items.length === limit && h("div", { class: "more" }, h("button", { type: "button", onclick: () => more().catch(failed) }, t("list.more"))));
}

function failed(problem) {
  say(trouble, problem.message);
  trouble.hidden = false;
}

sort.addEventListener("change", () => ofStores(STORES).then((found) => showStores(found, STORES)).catch(failed));
const picker = rangePicker(load);
const print = h("button", { type: "button", onclick: () => window.print() }, t("reports.print"));
fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.reports")), print), picker.element, trouble, time, stage);
picker.tell();
