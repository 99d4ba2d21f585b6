// Deliveries: what is owed to whom, and what became of it.
import { read } from "./api.js";
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter } from "./list.js";
import { attempts, deal, outcome, standing } from "./owed.js";
import { may } from "./session.js";
import { whole } from "./time.js";
import { term, t } from "./words.js";

const asked = new URLSearchParams(location.search);
const STATES = ["pending", "delivered", "cancelled"];
const any = ["", t("filter.any")];

const state = choice([...STATES.map((one) => [one, t(`owed.${one}`)]), any], asked.get("state") ?? (asked.size ? "" : "pending"));
const endpoint = choice([any]);
const alarm = choice([any]);

const list = new List({
  path: "/v1/deliveries",
  filters: [filter("state", t("alarm.state"), state), filter("endpoint_id", t("endpoint"), endpoint), filter("alarm_id", t("page.alarm"), alarm)],
  columns: [
    { title: t("alarm.state"), cell: (one) => [standing(one), h("p", {}, outcome(one))] },
    { title: t("endpoint"), cell: (one) => only(endpoint, one.endpoint_id, one.endpoint) },
    { title: t("alert"), cell: (one) => [h("a", { href: `/alarms/${one.alarm_id}` }, term("alert", one.alert_type)), h("p", {}, only(alarm, one.alarm_id, one.alarm_reference))] },
    { title: t("owed.since"), cell: (one) => whole(one.created_at) },
    { title: t("attempts"), cell: attempts },
    { title: t("actions"), cell: (one) => deal(one, () => list.load()) },
  ],
  empty: t("owed.empty"),
});

/** Let a filter offer a value; `name` is what it is called, by now. */
function offer(control, value, name) {
  const there = [...control.options].find((option) => option.value === value);
  if (there) there.textContent = name;
  else control.append(h("option", { value }, name));
}

/** A button that shows only what is of this endpoint, or this alarm; its filter offers it from now on. */
function only(control, value, name) {
  offer(control, value, name);
  const show = () => {
    control.value = value;
    list.load();
  };
  return h("button", { type: "button", class: "small plain", title: t("filter.only", { name }), onclick: show }, name);
}

/** What the address of the page asks for, also where the list is empty and so does not tell its name. */
function begin(control, parameter) {
  const value = asked.get(parameter);
  if (!value) return;
  offer(control, value, value.slice(0, 8));
  control.value = value;
}

begin(endpoint, "endpoint_id");
begin(alarm, "alarm_id");
fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.deliveries"))), list.element);
list.load();
if (may("admin")) for (const one of (await read("/v1/endpoints", { limit: 200 })).items) offer(endpoint, one.id, one.name);
