// What an import would change, or has changed, in figures and tables.
import { h } from "./dom.js";
import { placeText, reasonText } from "./reasons.js";
import { term, t } from "./words.js";

const SHOWN = 200;
const FIGURES = ["rows", "new", "changed", "unchanged", "vanished", "closed"];

/** How many changes a report is of. */
export const changesOf = (report) => report.new + report.changed + (report.closed ?? 0);

/** How many of each. */
export const figures = (report) =>
  h("div", { class: "figures" }, FIGURES.filter((name) => report[name] !== undefined).map((name) => h("div", { class: "figure" }, h("b", {}, report[name]), t(`import.${name}`))));

/** What the figures are of, a table for each sort. */
export const details = (report) => [
  section(t("import.likely"), t(report.likely?.[0]?.followed ? "import.likely.followed" : "import.likely.text"), LIKELY, (report.likely ?? []).map(alike)),
  section(t("import.vanished"), t("import.vanished.text"), [t("store.code"), t("store.name"), t("import.action")], (report.not_in_file ?? []).map(gone)),
  section(t("import.changes"), null, CHANGES, report.changes.map(change)),
  section(t("import.warnings", { n: report.warnings.length }), null, WARNINGS, report.warnings.map((one) => [one.line, one.column, one.value, reasonText(one.reason)])),
];

const LIKELY = [t("import.line"), t("store.code"), t("store.name"), t("import.action"), t("import.reason"), t("import.fields")];
const CHANGES = [t("import.line"), t("store.code"), t("store.name"), t("import.action"), t("import.fields")];
const WARNINGS = [t("import.line"), t("import.column"), t("import.value"), t("import.reason")];

/** What is wrong with a file, fault by fault; a table, or none where it is wrong as a whole. */
export function faults(problem) {
  const rows = problem.errors.filter(({ where }) => where !== "line 1").map(({ where, reason, value }) => [placeText(where), reasonText(reason), value ?? "–"]);
  return rows.length > 0 && table([t("import.where"), t("import.reason"), t("import.value")], rows);
}

const section = (title, text, titles, rows) => rows.length > 0 && h("section", { class: "panel" }, h("h2", {}, title), text && h("p", { class: "soft" }, text), table(titles, rows));

const change = ({ line, code, name, action, fields }) =>
  [line ?? "–", code ?? "–", name, h("span", { class: action === "new" ? "chip good" : "chip warn" }, term("import", action)), differing(fields)];

const alike = ({ line, code, before, name, kind, reason, fields }) =>
  [line, code, before === name ? name : [h("del", {}, before), " → ", h("ins", {}, name)], h("span", { class: "chip warn" }, term("import.likely", kind)), reasonText(reason), differing(fields)];

/** A store, or the name of a police station. */
function gone(one) {
  const { code, name, closed } = typeof one === "string" ? { code: "–", name: one, closed: false } : one;
  return [code, name, h("span", { class: closed ? "chip bad" : "chip" }, t(closed ? "import.closes" : "import.stays"))];
}

const differing = (fields) =>
  Object.entries(fields).map(([field, [before, after]]) => h("div", {}, `${term("store", field)}: `, h("del", {}, String(before ?? "–")), " → ", h("ins", {}, String(after ?? "–"))));

function table(titles, rows) {
  const shown = rows.slice(0, SHOWN).map((cells) => h("tr", {}, cells.map((cell, index) => h("td", { "data-column": titles[index] }, h("div", {}, cell)))));
  return [
    h("div", { class: "scroller" }, h("table", {}, h("thead", {}, h("tr", {}, titles.map((title) => h("th", { scope: "col" }, title)))), h("tbody", {}, shown))),
    rows.length > SHOWN && h("p", { class: "soft" }, t("import.more", { n: rows.length - SHOWN })),
  ];
}
