// Two people have changed one store: both versions beside each other, and a choice between them.
import { read, readTagged, write } from "./api.js";
import { fill, h } from "./dom.js";
import { shown } from "./store-form.js";
import { at } from "./time.js";
import { failed } from "./toast.js";
import { term, t } from "./words.js";

/** Show what somebody else has made of a store meanwhile, beside what is entered here, and let one of them win.
 *
 * @param path where the API has the store.
 * @param before the store as it was when the form was filled.
 * @param mine what is to be changed of it, by name.
 * @param names the fields that are shown, in order.
 * @param settled is given the store and its ETag as {data, etag}, whoever won.
 */
export async function settle({ path, before, mine, names, settled }) {
  const theirs = await readTagged(path);
  const last = (await read(`${path}/history`, { limit: 1 })).items[0];
  const differing = names.filter((name) => shown(name, theirs.data) !== shown(name, before) || name in mine);
  const dialog = h("dialog", { class: "big", "aria-labelledby": "conflict-title" });
  const choose = (act) => async () => {
    try {
      settled(await act());
      dialog.close();
    } catch (problem) {
      dialog.close();
      // Changed once more while somebody was reading: both versions, once more.
      if (problem.status === 412) await settle({ path, before: theirs.data, mine, names, settled });
      else failed(problem);
    }
  };
  fill(
    dialog,
    h("h2", { id: "conflict-title" }, t("conflict.title")),
    h("p", {}, last && t("conflict.by", { who: last.who, at: at(last.at) })),
    h("div", { class: "scroller" }, table(differing.map((name) => row(name, before, theirs.data, mine)))),
    h("p", { class: "hint" }, t("conflict.hint")),
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", onclick: () => dialog.close() }, t("cancel")),
      h("button", { type: "button", onclick: choose(async () => theirs) }, t("conflict.theirs")),
      h("button", { type: "button", class: "danger", onclick: choose(() => write("PATCH", path, mine, theirs.etag)) }, t("conflict.mine")),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const TITLES = ["conflict.field", "conflict.before", "conflict.now", "conflict.yours"];

function row(name, before, theirs, mine) {
  const values = [shown(name, before), shown(name, theirs), name in mine ? mine[name] : shown(name, theirs)];
  const cells = [t(`store.${name}`), ...values.map((value) => (name === "status" ? term("status", value) : String(value ?? "–")))];
  const [, was, now, then] = cells;
  return h("tr", {}, cells.map((cell, index) => {
    const changed = (index === 2 && now !== was) || (index === 3 && then !== now);
    return h("td", { "data-column": t(TITLES[index]) }, h("div", {}, changed ? h("ins", {}, cell) : cell));
  }));
}

const table = (rows) => h("table", {}, h("thead", {}, h("tr", {}, TITLES.map((title) => h("th", { scope: "col" }, t(title))))), h("tbody", {}, rows));
