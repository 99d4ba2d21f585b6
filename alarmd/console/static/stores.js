// The stores of the registry: found as one types.
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter, searchBox } from "./list.js";
import { phoneText } from "./phone.js";
import { may } from "./session.js";
import { term, t } from "./words.js";

const { districts } = await (await fetch(new URL("./districts.json", import.meta.url))).json();
const byName = Object.entries(districts).map(([code, { name }]) => [code, name]).toSorted((a, b) => a[1].localeCompare(b[1], "ko"));

const list = new List({
  path: "/v1/stores",
  filters: [
    filter("q", t("stores.search"), searchBox(), "wide"),
    filter("district", t("alarm.district"), choice([["", t("filter.any")], ...byName])),
    filter("status", t("store.status"), choice([["", t("filter.any")], ["open", t("status.open")], ["closed", t("status.closed")]])),
  ],
  columns: [
    { title: t("store.code"), cell: (store) => h("a", { href: `/stores/${store.id}`, class: "mono" }, store.code) },
    { title: t("store.name"), cell: (store) => h("a", { href: `/stores/${store.id}` }, h("b", {}, store.name)) },
    { title: t("alarm.district"), cell: (store) => store.district },
    { title: t("store.address"), cell: (store) => store.road_address ?? store.jibun_address },
    { title: t("store.phone"), cell: (store) => (store.phone ? h("a", { href: `tel:${store.phone}` }, store.phone_display ?? phoneText(store.phone)) : "–") },
    { title: t("store.status"), cell: standing },
  ],
  empty: t("stores.empty"),
});

function standing(store) {
  return [
    h("span", { class: store.status === "open" ? "chip good" : "chip" }, term("status", store.status)),
    store.in_test_mode && h("span", { class: "chip warn" }, t("test.mode")),
  ];
}

const actions = h(
  "div",
  { class: "row" },
  h("a", { class: "button", href: "/v1/stores/export?format=csv", download: "stores.csv" }, t("stores.export")),
  may("operator") && h("a", { class: "button", href: "/stores/import" }, t("page.import")),
  may("operator") && h("a", { class: "button primary", href: "/stores/new" }, t("stores.new")),
);
fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.stores")), actions), list.element);
list.load();
