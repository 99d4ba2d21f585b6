// What the columns of a file are, and in which encoding it is written, where alarmd cannot tell.
import { sendFile } from "./api.js";
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { t } from "./words.js";

const NEEDED = ["name", "road_address", "jibun_address", "lat", "lon", "x", "y"];
const MORE = ["district", "district_code", "province", "phone", "police_station", "chain", "postal_code", "status"];
const MEMBERS = [...NEEDED, ...MORE, "designated_year", "reference_date", "provider_code", "provider_name", "code", "entrance_note", "verified_on"];
const ENCODINGS = [["", "import.encoding.found"], ["utf-8", "import.encoding.utf-8"], ["cp949", "import.encoding.cp949"], ["utf-16", "import.encoding.utf-16"]];

/** A form that asks for the encoding and the columns of a file.
 *
 * @param named what was said of the columns before: members by column.
 * @param onChosen is given {encoding, named}.
 */
export function columnsForm({ file, encoding, named, onChosen, onCancel }) {
  const written = choice(ENCODINGS.map(([value, key]) => [value, t(key)]), encoding);
  written.id = "encoding";
  const rows = h("div", { class: "part", "aria-live": "polite" });
  const form = h(
    "form",
    { class: "panel" },
    h("h2", {}, t("import.columns")),
    h("p", { class: "hint" }, t("import.columns.hint")),
    h("div", { class: "filters" }, h("div", {}, h("label", { for: written.id }, t("import.encoding")), written)),
    rows,
    h("div", { class: "row" }, h("button", { type: "submit", class: "primary big" }, t("import.look")), h("button", { type: "button", class: "big", onclick: onCancel }, t("cancel"))),
  );
  const look = async () => {
    try {
      const { columns } = await sendFile("/v1/stores/import/columns", { encoding: written.value }, file);
      fill(rows, table(columns, named));
    } catch (problem) {
      fill(rows, h("p", { class: "notice bad", role: "alert" }, problem.message));
    }
  };
  written.addEventListener("change", look);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = [...rows.querySelectorAll("select")].filter(({ value, dataset }) => value && value !== dataset.member);
    onChosen({ encoding: written.value, named: Object.fromEntries(chosen.map(({ value, dataset }) => [dataset.column, value])) });
  });
  look();
  return form;
}

/** What `columns` of the import takes: member:column after member:column. */
export const asParameter = (named) => Object.entries(named).map(([column, member]) => `${member}:${column}`).join(",");

function table(columns, named) {
  const titles = [t("import.column"), t("import.samples"), t("import.meaning")];
  const selects = columns.map((column) => meaningOf(column, named[column.name] ?? column.member ?? ""));
  for (const select of selects) select.addEventListener("change", () => leaveTo(select, selects));
  const cells = columns.map(({ name, samples }, index) => [h("b", {}, name), h("span", { class: "soft" }, samples.join(" · ") || "–"), selects[index]]);
  const rows = cells.map((row) => h("tr", {}, row.map((cell, index) => h("td", { "data-column": titles[index] }, h("div", {}, cell)))));
  const heads = titles.map((title) => h("th", { scope: "col" }, title));
  return h("div", { class: "scroller" }, h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)));
}

/** One that was recognised may be said to be something else, but not nothing: it would be recognised again. */
function meaningOf({ name, member }, value) {
  const none = member ? [] : [["", t("import.meaning.none")]];
  const select = choice([...none, ...MEMBERS.map((one) => [one, t(`store.${one}`)])], value);
  Object.assign(select.dataset, { column: name, member: member ?? "" });
  select.setAttribute("aria-label", t("import.meaning.of", { column: name }));
  return select;
}

/** Two columns cannot be the same thing: the one that was chosen last is. */
function leaveTo(chosen, selects) {
  for (const select of selects) {
    if (select !== chosen && select.value === chosen.value) select.value = "";
  }
}
