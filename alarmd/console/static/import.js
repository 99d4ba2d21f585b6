// Imports stores from a file in three steps: choose it, look at what would change, apply.
import { sendFile } from "./api.js";
import { fill, h } from "./dom.js";
import { term, t } from "./words.js";

const SHOWN = 200;
const main = document.getElementById("main");
const stage = h("section", { "aria-live": "polite" });

function choose(trouble = null) {
  const input = h("input", { type: "file", id: "file", accept: ".csv,.xlsx,text/csv", onchange: () => input.files[0] && look(input.files[0]) });
  const drop = h("div", { class: "drop" }, h("label", { for: "file" }, t("import.drop")), h("p", { class: "hint" }, t("import.hint")), input);
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) look(event.dataTransfer.files[0]);
  });
  fill(stage, trouble, drop);
}

const wait = (text) => fill(stage, h("section", { class: "panel" }, h("p", {}, text), h("progress", { "aria-label": text })));

async function look(file) {
  wait(t("import.reading", { name: file.name }));
  try {
    review(file, await sendFile("/v1/stores/import", { dry_run: true }, file));
  } catch (problem) {
    choose(refusal(file, problem));
  }
}

function refusal(file, problem) {
  const rows = problem.errors.map(({ where, reason, value }) => [where, reason, value ?? "–"]);
  return h("section", { id: "refused" },
    h("div", { class: "notice bad", role: "alert" }, h("b", {}, t("import.refused", { name: file.name })), h("p", {}, rows.length ? t("import.refused.n", { n: rows.length }) : problem.message)),
    rows.length > 0 && table([t("import.where"), t("import.reason"), t("import.value")], rows));
}

function review(file, report) {
  const nothing = report.new + report.changed === 0;
  const apply = h("button", { type: "button", class: "primary big", disabled: nothing, onclick: () => run(file) }, t("import.apply", { n: report.new + report.changed }));
  fill(stage,
    h("div", { class: "notice good" }, nothing ? t("import.nothing", { name: file.name }) : t("import.ready", { name: file.name })),
    figures(report),
    h("div", { class: "row panel" }, apply, h("button", { type: "button", class: "big", onclick: () => choose() }, t("import.other"))),
    report.warnings.length > 0 && h("section", { class: "panel" }, h("h2", {}, t("import.warnings", { n: report.warnings.length })), table([t("import.line"), t("import.column"), t("import.value"), t("import.reason")], report.warnings.map((one) => [one.line, one.column, one.value, one.reason]))),
    report.changes.length > 0 && h("section", { class: "panel" }, h("h2", {}, t("import.changes")), table([t("import.line"), t("store.code"), t("store.name"), t("import.action"), t("import.fields")], report.changes.map(change))),
    report.not_in_file.length > 0 && h("section", { class: "panel" }, h("h2", {}, t("import.vanished")), h("p", { class: "soft" }, t("import.vanished.text")), table([t("store.code"), t("store.name")], report.not_in_file.map((one) => [one.code, one.name]))));
}

function change({ line, code, name, action, fields }) {
  const told = Object.entries(fields).map(([field, [before, after]]) => h("div", {}, `${term("store", field)}: `, h("del", {}, before ?? "–"), " → ", h("ins", {}, after ?? "–")));
  return [line, code ?? "–", name, h("span", { class: action === "new" ? "chip good" : "chip warn" }, t(`import.${action}`)), told];
}

const figures = (report) =>
  h("div", { class: "figures" }, ["rows", "new", "changed", "unchanged", "vanished"].map((name) => h("div", { class: "figure" }, h("b", {}, report[name]), t(`import.${name}`))));

async function run(file) {
  wait(t("import.applying"));
  try {
    const report = await sendFile("/v1/stores/import", {}, file);
    fill(stage, h("div", { class: "notice good", role: "status" }, h("b", {}, t("import.applied", { n: report.new + report.changed }))), figures(report),
      h("div", { class: "row" }, h("a", { class: "button primary big", href: "/stores" }, t("page.stores")), h("button", { type: "button", class: "big", onclick: () => choose() }, t("import.other"))));
  } catch (problem) {
    choose(refusal(file, problem));
  }
}

function table(titles, rows) {
  const shown = rows.slice(0, SHOWN).map((cells) => h("tr", {}, cells.map((cell, index) => h("td", { "data-column": titles[index] }, h("div", {}, cell)))));
  return [
    h("div", { class: "scroller" }, h("table", {}, h("thead", {}, h("tr", {}, titles.map((title) => h("th", { scope: "col" }, title)))), h("tbody", {}, shown))),
    rows.length > SHOWN && h("p", { class: "soft" }, t("import.more", { n: rows.length - SHOWN })),
  ];
}

fill(main, h("div", { class: "head" }, h("h1", {}, t("page.import"))), stage);
choose();
