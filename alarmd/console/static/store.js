// One store: what the registry says of it, its place on the map, its buttons, its alarms.
import { readTagged, write } from "./api.js";
import { alarmsOf, buttonsOf, historyOf } from "./store-lists.js";
import { ask, choice, field, showFaults } from "./dialog.js";
import { fill, h, say } from "./dom.js";
import { makeMap, pointMark } from "./map.js";
import { may } from "./session.js";
import { testMode } from "./test-mode.js";
import { done } from "./toast.js";
import { t } from "./words.js";

const last = location.pathname.split("/")[2];
const id = last === "new" ? null : last;
const SEOUL = { lat: 37.5665, lon: 126.978 };
const TEXTS = ["name", "chain", "phone", "district", "district_code", "road_address", "jibun_address", "postal_code", "police_station", "lat", "lon"];
const REQUIRED = ["name", "district", "district_code", "lat", "lon"];
const NUMBERS = ["lat", "lon"];
const WIDE = ["name", "road_address", "jibun_address"];

const main = document.getElementById("main");
const editable = may("operator");
const { districts } = await (await fetch(new URL("./districts.json", import.meta.url))).json();
const code = Object.fromEntries(Object.entries(districts).map(([number, { name }]) => [name, number]));
const mapElement = h("div", { class: "map", role: "region", "aria-label": t("map") });
const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
let etag = null;

try {
  const found = id ? await readTagged(`/v1/stores/${id}`) : { data: { status: "open" }, etag: null };
  etag = found.etag;
  show(found.data);
} catch (problem) {
  fill(main, h("p", { class: "notice bad", role: "alert" }, problem.message), h("a", { href: "/stores" }, t("page.stores")));
}

function show(store) {
  if (id) document.title = `${store.name} · alarmd`;
  const form = formOf(store);
  const lists = id ? [h("section", { class: "panel" }, h("h2", {}, t("store.buttons")), buttonsOf(store)), h("section", { class: "panel" }, h("h2", {}, t("store.alarms")), alarmsOf(store)), h("section", { class: "panel" }, h("h2", {}, t("store.history")), historyOf(store))] : [];
  fill(
    main,
    h("div", { class: "head" }, h("h1", {}, id ? store.name : t("stores.new")), id && h("span", { class: "mono soft" }, store.code)),
    h("div", { class: "columns" }, h("section", { class: "panel" }, trouble, form), h("div", {}, mapElement, h("p", { class: "hint" }, editable ? t("store.map.hint") : ""))),
    id && h("section", { class: "panel" }, h("h2", {}, t("test.mode")), testMode({ thing: store, path: `/v1/stores/${id}`, etag, changed: () => location.reload() })),
    lists,
  );
  drawMap(form, store);
}

function formOf(store) {
  const control = (name) => {
    const input = h("input", { value: store[name] ?? "", maxlength: 200, required: REQUIRED.includes(name), readonly: !editable, autocomplete: "off" });
    if (NUMBERS.includes(name)) Object.assign(input, { type: "number", step: "any" });
    if (name === "phone") Object.assign(input, { type: "tel", value: store.phone_display ?? store.phone ?? "" });
    if (name === "district") input.setAttribute("list", "districts");
    const made = field(name, t(`store.${name}`), input);
    made.classList.toggle("wide", WIDE.includes(name));
    return made;
  };
  const note = field("entrance_note", t("store.entrance_note"), h("textarea", { maxlength: 2000, readonly: !editable, value: store.entrance_note ?? "" }), t("store.entrance_note.hint"));
  note.classList.add("wide");
  const status = field("status", t("store.status"), choice([["open", t("status.open")], ["closed", t("status.closed")]], store.status));
  status.querySelector("select").disabled = !editable;
  const form = h("form", { class: "form" }, TEXTS.map(control), status, note, h("datalist", { id: "districts" }, Object.keys(code).map((name) => h("option", { value: name }))));
  if (editable) {
    form.append(h("div", { class: "row wide" }, h("button", { class: "primary big", type: "submit" }, t("save")), id && h("button", { type: "button", class: "big", onclick: () => remove(store) }, t("store.remove"))));
    form.elements.district.addEventListener("change", () => {
      const known = code[form.elements.district.value.trim()];
      if (known) form.elements.district_code.value = known;
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save(form, store);
    });
  }
  return form;
}

async function save(form, store) {
  const entered = Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim() || null]));
  for (const name of NUMBERS) entered[name] = entered[name] === null ? null : Number(entered[name]);
  try {
    if (id) {
      const changed = Object.fromEntries(Object.entries(entered).filter(([name, value]) => value !== (name === "phone" ? store.phone_display : (store[name] ?? null))));
      ({ etag } = await write("PATCH", `/v1/stores/${id}`, changed, etag));
      Object.assign(store, changed, "phone" in changed ? { phone_display: changed.phone } : {});
      trouble.hidden = true;
      done(t("saved"));
    } else {
      const given = Object.fromEntries(Object.entries(entered).filter(([, value]) => value !== null));
      location.assign(`/stores/${(await write("POST", "/v1/stores", given)).data.id}`);
    }
  } catch (problem) {
    const rest = problem.status === 412 ? t("stale") : showFaults(form, problem);
    say(trouble, rest || t("form.faults"));
    trouble.hidden = false;
    trouble.scrollIntoView({ block: "nearest" });
  }
}

const remove = (store) =>
  ask({
    title: t("store.remove"),
    text: t("store.remove.text", { name: store.name }),
    submit: t("store.remove"),
    danger: true,
    act: async () => {
      await write("DELETE", `/v1/stores/${id}`, undefined, etag);
      location.assign("/stores");
    },
  });

function drawMap(form, store) {
  const place = store.lat === undefined ? SEOUL : store;
  const map = makeMap(mapElement);
  if (id) map.setView([place.lat, place.lon], 14, { animate: false });
  const set = ({ lat, lon }) => {
    form.elements.lat.value = lat;
    form.elements.lon.value = lon;
  };
  const mark = pointMark(map, place, editable ? set : null);
  for (const name of NUMBERS) {
    form.elements[name].addEventListener("change", () => {
      const [lat, lon] = NUMBERS.map((one) => Number(form.elements[one].value));
      if (lat && lon) {
        mark.setLatLng([lat, lon]);
        map.panTo([lat, lon]);
      }
    });
  }
}
