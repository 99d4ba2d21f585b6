// The buttons: enrolled and not assigned, heard and silent, proven and not.
import { read, write } from "./api.js";
import { battery, buttonState, when } from "./button-shown.js";
import { ask, choice, field } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter, searchBox } from "./list.js";
import { may } from "./session.js";
import { storePicker } from "./store-picker.js";
import { testMode } from "./test-mode.js";
import { done } from "./toast.js";
import { t } from "./words.js";

const asked = new URLSearchParams(location.search);
const search = searchBox();
search.value = asked.get("q") ?? "";
const any = ["", t("filter.any")];

const list = new List({
  path: "/v1/buttons",
  filters: [
    filter("q", t("buttons.search"), search, "wide"),
    filter("assigned", t("button.assigned"), choice([any, ["true", t("button.assigned.yes")], ["false", t("button.unassigned")]])),
    filter("supervision", t("button.state"), choice([any, ...["ok", "silent", "unknown"].map((one) => [one, t(`supervision.${one}`)])])),
    filter("low_battery", t("button.battery"), choice([any, ["true", t("fault.battery_low")]])),
    filter("unproven_days", t("button.proven"), choice([any, ["30", t("unproven", { n: 30 })], ["90", t("unproven", { n: 90 })]])),
  ],
  columns: [
    { title: t("button.id"), cell: (button) => h("span", { class: "mono" }, button.id) },
    { title: t("button.label"), cell: (button) => button.label || "–" },
    { title: t("alarm.store"), cell: (button) => (button.store_id ? h("a", { href: `/stores/${button.store_id}` }, t("button.store")) : "–") },
    { title: t("button.state"), cell: buttonState },
    { title: t("button.battery"), cell: battery },
    { title: t("button.seen"), cell: (button) => when(button.last_seen_at) },
    { title: t("button.proven"), cell: (button) => when(button.proven_at) },
    { title: t("test.mode"), cell: (button) => (button.revoked_at ? "–" : testMode({ thing: button, path: pathOf(button), etag: `"${button.version}"`, changed: () => list.load() })) },
    ...(may("operator") ? [{ title: t("actions"), cell: actions }] : []),
  ],
  empty: t("buttons.empty"),
});

const pathOf = (button) => `/v1/buttons/${encodeURIComponent(button.id)}`;

function actions(button) {
  if (button.revoked_at) return h("button", { type: "button", class: "small", onclick: () => enrol(button.id) }, t("button.enrol.again"));
  return h(
    "div",
    { class: "row" },
    h("button", { type: "button", class: "small", onclick: () => edit(button) }, t(button.store_id ? "button.edit" : "button.assign")),
    h("button", { type: "button", class: "small", onclick: () => remove(button) }, t("button.remove")),
  );
}

function edit(button) {
  const picker = storePicker(button.store_id);
  ask({
    title: t("button.edit.title", { id: button.id }),
    fields: [picker.element, field("label", t("button.label"), h("input", { value: button.label, maxlength: 200 }), t("button.label.hint"))],
    submit: t("save"),
    act: async ({ label, store_id: store }) => {
      await write("PATCH", pathOf(button), { label: label ?? "", store_id: store }, `"${button.version}"`);
      done(t("saved"));
      list.load();
    },
  });
}

function enrol(id = "") {
  const picker = storePicker(null);
  ask({
    title: t("button.enrol"),
    fields: [
      field("id", t("button.id"), h("input", { value: id, required: true, maxlength: 64, pattern: "[A-Za-z0-9_.:\\-]{1,64}", autocomplete: "off" }), t("button.id.hint")),
      field("label", t("button.label"), h("input", { maxlength: 200 }), t("button.label.hint")),
      picker.element,
    ],
    submit: t("button.enrol"),
    act: async ({ id: entered, label, store_id: store }) => {
      await write("POST", "/v1/buttons", { id: entered, label: label ?? "", store_id: store });
      done(t("button.enrolled", { id: entered }));
      list.load();
    },
  });
}

const remove = (button) =>
  ask({
    title: t("button.remove.title", { id: button.id }),
    text: t("button.remove.text"),
    submit: t("button.remove"),
    danger: true,
    act: async () => {
      await write("DELETE", pathOf(button), undefined, `"${button.version}"`);
      list.load();
    },
  });

const offer = may("operator") && h("button", { type: "button", class: "primary", onclick: () => enrol() }, t("button.enrol"));
fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.buttons")), offer), list.element);
await list.load();
const wanted = asked.get("assign");
if (wanted && may("operator")) {
  // An alarm without a store sends here: the button may be enrolled, or not known at all.
  const known = (await read("/v1/buttons", { q: wanted })).items.find(({ id, revoked_at: revoked }) => id === wanted && !revoked);
  if (known) edit(known);
  else enrol(wanted);
}
