// Faults: what is wrong with the service, or with what it watches.
import { write } from "./api.js";
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter } from "./list.js";
import { may } from "./session.js";
import { onEvent } from "./shell.js";
import { whole } from "./time.js";
import { failed } from "./toast.js";
import { term, t } from "./words.js";

const list = new List({
  path: "/v1/faults",
  filters: [filter("cleared", t("alarm.state"), choice([["false", t("faults.open")], ["true", t("faults.cleared")]]))],
  columns: [
    { title: t("faults.kind"), cell: (fault) => h("span", { class: fault.cleared_at ? "chip" : "chip bad" }, term("fault", fault.kind)) },
    { title: t("faults.subject"), cell: (fault) => h("span", { class: "mono" }, fault.subject) },
    { title: t("faults.detail"), cell: (fault) => fault.detail },
    { title: t("faults.raised"), cell: (fault) => whole(fault.raised_at) },
    { title: t("faults.end"), cell: ending },
  ],
  empty: t("faults.empty"),
});

function ending(fault) {
  if (fault.cleared_at) return `${whole(fault.cleared_at)} · ${fault.cleared_by}`;
  const clear = () => write("POST", `/v1/faults/${fault.id}/clear`).then(() => list.load()).catch(failed);
  return may("operator") ? h("button", { type: "button", class: "small", onclick: clear }, t("faults.clear")) : "–";
}

fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.faults"))), list.element);
onEvent((event) => {
  if (event === null || event.type === "fault") list.load();
});
list.load();
