// The buttons that are enrolled: assigned and not, heard and silent, proven and not.
import { read } from "./api.js";
import { edit, enrol, etagOf, pathOf, remove, replace } from "./button-dialogs.js";
import { battery, buttonState, signal, when } from "./button-shown.js";
import { buttonTabs } from "./button-tabs.js";
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter, searchBox } from "./list.js";
import { may } from "./session.js";
import { testMode } from "./test-mode.js";
import { t } from "./words.js";

const wanted = new URLSearchParams(location.search).get("assign");
const any = ["", t("filter.any")];
const changed = () => list.load();

const list = new List({
  path: "/v1/buttons",
  kept: true,
  filters: [
    filter("q", t("buttons.search"), searchBox(), "wide"),
    filter("assigned", t("button.assigned"), choice([any, ["true", t("button.assigned.yes")], ["false", t("button.unassigned")]])),
    filter("supervision", t("button.state"), choice([any, ...["ok", "silent", "unknown"].map((one) => [one, t(`supervision.${one}`)])])),
    filter("low_battery", t("button.battery"), choice([any, ["true", t("fault.battery_low")]])),
    filter("unproven_days", t("button.proven"), choice([any, ["30", t("unproven", { n: 30 })], ["90", t("unproven", { n: 90 })]])),
  ],
  columns: [
    { title: t("button.id"), cell: named },
    { title: t("button.label"), cell: (button) => button.label || "–" },
    { title: t("alarm.store"), cell: (button) => (button.store_id ? h("a", { href: `/stores/${button.store_id}` }, button.store_name) : "–") },
    { title: t("button.state"), cell: buttonState },
    { title: t("button.battery"), cell: battery },
    { title: t("button.seen"), cell: (button) => [when(button.last_seen_at), h("p", { class: "soft" }, button.last_seen_at && signal(button))] },
    { title: t("button.proven"), cell: (button) => when(button.proven_at) },
    { title: t("test.mode"), cell: (button) => (button.revoked_at ? "–" : testMode({ thing: button, path: pathOf(button), etag: etagOf(button), changed })) },
    ...(may("operator") ? [{ title: t("actions"), cell: actions }] : []),
  ],
  empty: t("buttons.empty"),
});

function named(button) {
  const kind = [button.dialect, button.model].filter(Boolean).join(" · ");
  return [h("span", { class: "mono" }, button.id), kind && h("p", { class: "soft" }, kind)];
}

function actions(button) {
  const small = (text, onclick) => h("button", { type: "button", class: "small", onclick }, text);
  if (button.revoked_at) return small(t("button.enrol.again"), () => enrol({ id: button.id, changed }));
  return h(
    "div",
    { class: "row" },
    small(t(button.store_id ? "button.edit" : "button.assign"), () => edit({ button, changed })),
    small(t("button.replace"), () => replace({ button, changed })),
    small(t("button.remove"), () => remove({ button, changed })),
  );
}

const offer = may("operator") && h("button", { type: "button", class: "primary", onclick: () => enrol({ changed }) }, t("button.enrol"));
fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.buttons")), offer), buttonTabs(), list.element);
await list.load();
if (wanted && may("operator")) {
  // An alarm without a store sends here: the button may be enrolled, or not known at all.
  const known = (await read("/v1/buttons", { q: wanted })).items.find(({ id, revoked_at: revoked }) => id === wanted && !revoked);
  if (known) edit({ button: known, changed });
  else enrol({ id: wanted, changed });
}
