// What belongs to a store: its buttons and its alarms.
import { h } from "./dom.js";
import { List } from "./list.js";
import { battery, buttonState } from "./button-shown.js";
import { whole } from "./time.js";
import { term, t } from "./words.js";

/** The buttons that are in a store. */
export function buttonsOf(store) {
  const list = new List({
    path: "/v1/buttons",
    fixed: { store_id: store.id },
    columns: [
      { title: t("button.id"), cell: (button) => h("a", { class: "mono", href: `/buttons?q=${encodeURIComponent(button.id)}` }, button.id) },
      { title: t("button.label"), cell: (button) => button.label || "–" },
      { title: t("button.state"), cell: buttonState },
      { title: t("button.battery"), cell: battery },
      { title: t("button.seen"), cell: (button) => whole(button.last_seen_at) },
    ],
    empty: t("store.buttons.none"),
  });
  list.load();
  return list;
}

/** What has become of a store: its changes, each member before and after. */
export function historyOf(store) {
  const list = new List({
    path: `/v1/stores/${store.id}/history`,
    limit: 20,
    columns: [
      { title: t("audit.at"), cell: (change) => whole(change.at) },
      { title: t("audit.who"), cell: (change) => change.who },
      { title: t("import.fields"), cell: (change) => change.fields.map(({ field, before, after }) => h("div", {}, `${term("store", field)}: `, before !== null && [h("del", {}, String(before)), " → "], h("ins", {}, String(after ?? "–")))) },
    ],
    empty: t("store.history.none"),
  });
  list.load();
  return list;
}

/** The alarms there were at a store. */
export function alarmsOf(store) {
  const list = new List({
    path: "/v1/alarms",
    fixed: { store_id: store.id },
    limit: 20,
    columns: [
      { title: t("alarm.reference"), cell: (alarm) => h("a", { class: "mono", href: `/alarms/${alarm.id}` }, alarm.reference) },
      { title: t("alarm.opened"), cell: (alarm) => whole(alarm.received_at) },
      { title: t("alarm.kind"), cell: (alarm) => term("kind", alarm.kind) },
      { title: t("alarm.state"), cell: (alarm) => (alarm.closed ? term("disposition", alarm.closed.disposition) : term("state", alarm.state)) },
    ],
    empty: t("store.alarms.none"),
  });
  list.load();
  return list;
}
