// Imports stores, or police stations, from a file in three steps: choose it, look at what would change, apply.
import { exchangeFile, followImport, sendFile } from "./api.js";
import { fill, h, say } from "./dom.js";
import { asParameter, columnsForm } from "./import-columns.js";
import { changesOf, details, faults, figures } from "./import-report.js";
import { reasonText } from "./reasons.js";
import { failed } from "./toast.js";
import { term, t } from "./words.js";

const MOST_NAMED = 200; // faults that the API names; the file of rejected rows has all
const WISHES = ["follow_likely", "close_vanished"];

const main = document.getElementById("main");
const stage = h("section", { "aria-live": "polite" });
let kind = "stores";
let file = null;
let wishes = {};
let said = { encoding: "", named: {} }; // of the file, where alarmd cannot tell

function choose() {
  const input = h("input", { type: "file", id: "file", accept: ".csv,.xlsx,text/csv", onchange: () => input.files[0] && begin(input.files[0]) });
  const drop = h("div", { class: "drop" }, h("label", { for: "file" }, t("import.drop")), h("p", { class: "hint" }, t(`import.hint.${kind}`)), input);
  const over = (event, on) => {
    event.preventDefault();
    drop.classList.toggle("over", on);
  };
  drop.addEventListener("dragover", (event) => over(event, true));
  drop.addEventListener("dragleave", (event) => over(event, false));
  drop.addEventListener("drop", (event) => {
    over(event, false);
    if (event.dataTransfer.files[0]) begin(event.dataTransfer.files[0]);
  });
  fill(stage, kinds(), drop);
}

/** Which registry the file is for. */
const kinds = () =>
  h("div", { class: "form row panel", role: "radiogroup", "aria-label": t("import.kind") }, ["stores", "stations"].map((one) => {
    const select = () => {
      kind = one;
      choose();
      document.getElementById(`kind-${one}`).focus();
    };
    const radio = h("input", { type: "radio", name: "kind", id: `kind-${one}`, checked: kind === one, onchange: select });
    return h("div", { class: "check" }, radio, h("label", { for: radio.id }, t(`import.kind.${one}`)));
  }));

function begin(chosen) {
  file = chosen;
  wishes = {};
  said = { encoding: "", named: {} };
  look();
}

const parameters = () => ({ ...wishes, encoding: said.encoding, columns: asParameter(said.named) });

/** Send the file; the page shows how far it is meanwhile. */
function send(dryRun) {
  if (kind === "stations") return sendFile("/v1/stations/import", { dry_run: dryRun }, file);
  return followImport("/v1/stores/import", { ...parameters(), dry_run: dryRun }, file, wait(t(dryRun ? "import.reading" : "import.applying", { name: file.name })));
}

/** Show that one has to wait, and for what; to be told how far it is. */
function wait(text) {
  const bar = h("progress", { "aria-label": text, max: 100 });
  const told = h("p", { class: "soft numbers" }, t("import.sending"));
  fill(stage, h("section", { class: "panel" }, h("p", {}, text), h("div", { "aria-live": "off" }, bar, told)));
  return ({ stage: step, done, of }) => {
    const percent = of ? Math.floor((100 * done) / of) : 100;
    bar.value = percent;
    say(told, t("import.progress", { stage: term("import.stage", step), percent, done: done.toLocaleString(), of: of.toLocaleString() }));
  };
}

async function look() {
  wait(t("import.reading", { name: file.name }));
  try {
    review(await send(true));
  } catch (problem) {
    refuse(problem);
  }
}

function refuse(problem) {
  const rows = faults(problem);
  const n = problem.errors.length < MOST_NAMED ? problem.errors.length : `${MOST_NAMED}+`;
  const why = rows ? t("import.refused.n", { n }) : reasonText(problem.message);
  fill(stage,
    h("section", { id: "refused" },
      h("div", { class: "notice bad", role: "alert" }, h("b", {}, t("import.refused", { name: file.name })), h("p", {}, why)),
      h("div", { class: "row panel" },
        another(),
        kind === "stores" && h("button", { type: "button", class: "big", onclick: askColumns }, t("import.columns")),
        rows && kind === "stores" && h("button", { type: "button", class: "big", onclick: saveRejected }, t("import.rejected"))),
      rows));
}

const askColumns = () =>
  fill(stage, columnsForm({
    file,
    ...said,
    onCancel: choose,
    onChosen: (chosen) => {
      said = chosen;
      look();
    },
  }));

async function saveRejected() {
  try {
    const { encoding, columns } = parameters();
    const url = URL.createObjectURL(await exchangeFile("/v1/stores/import/rejected", { encoding, columns }, file));
    h("a", { href: url, download: "rejected.csv" }).click();
    URL.revokeObjectURL(url);
  } catch (problem) {
    failed(problem);
  }
}

function review(report) {
  const n = changesOf(report);
  const apply = h("button", { type: "button", class: "primary big", disabled: n === 0, onclick: run }, t("import.apply", { n }));
  fill(stage,
    h("div", { class: "notice good" }, t(n === 0 ? "import.nothing" : "import.ready", { name: file.name })),
    figures(report),
    kind === "stores" && wanted(report),
    h("div", { class: "row panel" }, apply, another(), kind === "stores" && h("button", { type: "button", class: "big", onclick: askColumns }, t("import.columns"))),
    details(report));
}

/** What may be asked beside what the file says, where there is anything to ask for; each is looked at again first. */
function wanted(report) {
  const offered = { follow_likely: report.likely.length, close_vanished: report.vanished };
  const options = WISHES.filter((wish) => offered[wish]).map((wish) => {
    const change = (event) => {
      wishes = { ...wishes, [wish]: event.target.checked };
      look();
    };
    const box = h("input", { type: "checkbox", id: wish, checked: Boolean(wishes[wish]), onchange: change });
    return h("div", { class: "check wide" }, box, h("label", { for: wish }, t(`import.${wish}`, { n: offered[wish] })));
  });
  return options.length > 0 && h("div", { class: "form panel" }, options);
}

async function run() {
  wait(t("import.applying", { name: file.name }));
  try {
    const report = await send(false);
    fill(stage,
      h("div", { class: "notice good", role: "status" }, h("b", {}, t("import.applied", { n: changesOf(report) }))),
      figures(report),
      h("div", { class: "row" }, h("a", { class: "button primary big", href: "/stores" }, t("page.stores")), another()));
  } catch (problem) {
    refuse(problem);
  }
}

const another = () => h("button", { type: "button", class: "big", onclick: choose }, t("import.other"));

fill(main, h("div", { class: "head" }, h("h1", {}, t("page.import"))), stage);
choose();
