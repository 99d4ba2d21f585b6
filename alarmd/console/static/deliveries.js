// Deliveries: what is owed to whom, and what became of it.
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter } from "./list.js";
import { attempts, deal, standing } from "./owed.js";
import { whole } from "./time.js";
import { term, t } from "./words.js";

const list = new List({
  path: "/v1/deliveries",
  filters: [filter("state", t("alarm.state"), choice([["pending", t("owed.pending")], ["delivered", t("owed.delivered")], ["cancelled", t("owed.cancelled")], ["", t("filter.any")]]))],
  columns: [
    { title: t("alarm.state"), cell: standing },
    { title: t("endpoint"), cell: (one) => one.endpoint },
    { title: t("alert"), cell: (one) => h("a", { href: `/alarms/${one.alarm_id}` }, term("alert", one.alert_type)) },
    { title: t("owed.since"), cell: (one) => whole(one.created_at) },
    { title: t("attempts"), cell: attempts },
    { title: t("actions"), cell: (one) => deal(one, () => list.load()) },
  ],
  empty: t("owed.empty"),
});

fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.deliveries"))), list.element);
list.load();
