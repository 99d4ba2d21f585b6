// The quarantine: what came, why it was refused, and the word that a human has looked at it.
import { write } from "./api.js";
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter } from "./list.js";
import { whole } from "./time.js";
import { done, failed } from "./toast.js";
import { t } from "./words.js";

const list = new List({
  path: "/v1/quarantine",
  filters: [filter("dismissed", t("alarm.state"), choice([["false", t("quarantine.waiting")], ["true", t("quarantine.dismissed")]]))],
  columns: [
    { title: t("quarantine.last"), cell: (entry) => [whole(entry.last_at), entry.times > 1 && h("p", { class: "soft" }, t("quarantine.times", { n: entry.times }))] },
    { title: t("import.reason"), cell: (entry) => [h("b", {}, entry.reason), h("p", { class: "soft" }, entry.detail)] },
    { title: t("quarantine.from"), cell: (entry) => [entry.button_id && h("p", { class: "mono" }, entry.button_id), h("span", { class: "mono soft" }, entry.topic ?? entry.source)] },
    { title: t("quarantine.payload"), cell: (entry) => h("pre", { class: "raw", tabindex: "0" }, entry.payload ?? entry.payload_b64) },
    { title: t("actions"), cell: actions },
  ],
  empty: t("quarantine.empty"),
});

function actions(entry) {
  if (entry.dismissed_at) return h("span", { class: "soft" }, t("quarantine.by", { by: entry.dismissed_by }));
  const dismiss = async () => {
    await write("POST", `/v1/quarantine/${entry.id}/dismiss`);
    done(t("quarantine.done"));
    list.load();
  };
  return h("button", { type: "button", class: "small", onclick: () => dismiss().catch(failed) }, t("quarantine.dismiss"));
}

fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.quarantine"))), h("p", { class: "soft" }, t("quarantine.text")), list.element);
list.load();
