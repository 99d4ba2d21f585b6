// The stores of the registry: found as one types.
import { read } from "./api.js";
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter, searchBox } from "./list.js";
import { phoneText } from "./phone.js";
import { may } from "./session.js";
import { term, t } from "./words.js";

const UNPROVEN_DAYS = [30, 90];
const main = document.getElementById("main");
const any = ["", t("filter.any")];

function listOf({ districts, chains }) {
  const several = (name) => districts.filter((one) => one.name === name).length > 1; // there is a 중구 in six cities
  const byName = districts.toSorted((one, other) => one.name.localeCompare(other.name, "ko"));
  const named = byName.map(({ code, name, province }) => [code, several(name) && province ? `${name} (${province})` : name]);
  return new List({
    path: "/v1/stores",
    kept: true,
    filters: [
      filter("q", t("stores.search"), searchBox(), "wide"),
      filter("district", t("alarm.district"), choice([any, ...named])),
      filter("chain", t("store.chain"), choice([any, ...chains.map((chain) => [chain, chain])])),
      filter("status", t("store.status"), choice([any, ["open", t("status.open")], ["closed", t("status.closed")]])),
      filter("without_button", t("page.buttons"), choice([any, ["true", t("stores.buttonless")], ["false", t("stores.buttoned")]])),
      filter("unproven_days", t("button.proven"), choice([any, ...UNPROVEN_DAYS.map((n) => [String(n), t("unproven", { n })])])),
      filter("low_battery", t("button.battery"), choice([any, ["true", t("fault.battery_low")]])),
      filter("in_test_mode", t("test.mode"), choice([any, ["true", t("test.on")]])),
    ],
    columns: [
      { title: t("store.code"), sort: "code", cell: (store) => h("a", { href: `/stores/${store.id}`, class: "mono" }, store.code) },
      { title: t("store.name"), sort: "name", cell: (store) => h("a", { href: `/stores/${store.id}` }, h("b", {}, store.name)) },
      { title: t("alarm.district"), sort: "district", cell: (store) => store.district },
      { title: t("store.address"), cell: (store) => store.road_address ?? store.jibun_address },
      { title: t("store.phone"), cell: (store) => (store.phone ? h("a", { href: `tel:${store.phone}` }, store.phone_display ?? phoneText(store.phone)) : "–") },
      { title: t("store.verified_on"), sort: "verified_on", cell: (store) => store.verified_on ?? "–" },
      { title: t("store.status"), cell: standing },
    ],
    empty: t("stores.empty"),
  });
}

function standing(store) {
  return h(
    "div",
    { class: "row" },
    h("span", { class: store.status === "open" ? "chip good" : "chip" }, term("status", store.status)),
    store.in_test_mode && h("span", { class: "chip warn" }, t("test.mode")),
  );
}

const actions = h(
  "div",
  { class: "row" },
  h("a", { class: "button", href: "/v1/stores/export?format=csv", download: "stores.csv" }, t("stores.export")),
  may("operator") && h("a", { class: "button", href: "/stores/import" }, t("page.import")),
  may("operator") && h("a", { class: "button primary", href: "/stores/new" }, t("stores.new")),
);
const head = h("div", { class: "head" }, h("h1", {}, t("page.stores")), actions);
fill(main, head);
try {
  const list = listOf(await read("/v1/stores/choices"));
  fill(main, head, list.element);
  await list.load();
} catch (problem) {
  fill(main, head, h("p", { class: "notice bad", role: "alert" }, problem.message));
}
