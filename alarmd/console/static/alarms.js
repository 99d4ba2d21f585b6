// All alarms there were, the newest first.
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter } from "./list.js";
import { whole } from "./time.js";
import { term, t } from "./words.js";

const any = ["", t("filter.any")];
const options = (family, values) => [any, ...values.map((value) => [value, term(family, value)])];

const list = new List({
  path: "/v1/alarms",
  filters: [
    filter("state", t("alarm.state"), choice(options("state", ["open", "cancel_requested", "acknowledged", "closed"]))),
    filter("kind", t("alarm.kind"), choice(options("kind", ["panic", "test", "canary"]))),
  ],
  columns: [
    { title: t("alarm.reference"), cell: (alarm) => h("a", { href: `/alarms/${alarm.id}`, class: "mono" }, alarm.reference) },
    { title: t("alarm.opened"), cell: (alarm) => whole(alarm.received_at) },
    { title: t("alarm.store"), cell: (alarm) => alarm.store?.name ?? t("unlocated") },
    { title: t("alarm.district"), cell: (alarm) => alarm.store?.district ?? "–" },
    { title: t("alarm.kind"), cell: (alarm) => term("kind", alarm.kind) },
    { title: t("alarm.state"), cell: stateOf },
    { title: t("alarm.by"), cell: (alarm) => alarm.closed?.by ?? alarm.acknowledged?.by ?? "–" },
  ],
  empty: t("alarms.empty"),
});

function stateOf(alarm) {
  const grade = { open: "bad", cancel_requested: "warn", acknowledged: "", closed: "" }[alarm.state];
  const text = alarm.closed ? `${term("state", "closed")} · ${term("disposition", alarm.closed.disposition)}` : term("state", alarm.state);
  return h("span", { class: `chip ${grade}` }, text);
}

fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.alarms"))), list.element);
list.load();
