// The form of a store: what an operator says of it.
import { read } from "./api.js";
import { choice, field } from "./dialog.js";
import { fill, h } from "./dom.js";
import { may } from "./session.js";
import { t } from "./words.js";

const REQUIRED = ["name", "district", "district_code", "lat", "lon"];
const WIDE = ["name", "road_address", "jibun_address", "entrance_note"];
const TEXTS = ["name", "chain", "phone", "district", "district_code", "province", "road_address", "jibun_address", "postal_code", "police_station", "verified_on", "lat", "lon"];

const TYPING_MS = 200;
const SUGGESTED = 20;

export const NUMBERS = ["lat", "lon"];
export const FIELDS = [...TEXTS, "status", "entrance_note"];

const { districts } = await (await fetch(new URL("./districts.json", import.meta.url))).json();
const code = Object.fromEntries(Object.entries(districts).map(([number, { name }]) => [name, number]));

/** The form, filled with a store; `more` are its buttons. */
export function formOf(store, more) {
  const form = h(
    "form",
    { class: "form" },
    TEXTS.map((name) => made(name, textOf(name, store))),
    made("status", statusOf(store)),
    made("entrance_note", noteOf(store), t("store.entrance_note.hint")),
    h("datalist", { id: "districts" }, Object.keys(code).map((name) => h("option", { value: name }))),
    h("datalist", { id: "stations" }),
    more,
  );
  if (may("operator")) suggestStations(form);
  form.elements.district.addEventListener("change", () => {
    const known = code[form.elements.district.value.trim()];
    if (known) form.elements.district_code.value = known;
  });
  return form;
}

/** Offer the stations and precincts whose names have in them what is typed. */
function suggestStations(form) {
  const typed = form.elements.police_station;
  let typing = null;
  typed.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(async () => {
      const { items } = await read("/v1/stations", { q: typed.value.trim(), limit: SUGGESTED });
      fill(form.querySelector("#stations"), items.map(({ name }) => h("option", { value: name })));
    }, TYPING_MS);
  });
}

/** What is entered, by name: empty fields are null, and a telephone number is as it was typed. */
export function entered(form) {
  const values = FIELDS.map((name) => [name, form.elements[name].value.trim() || null]);
  return Object.fromEntries(values.map(([name, value]) => [name, NUMBERS.includes(name) && value !== null ? Number(value) : value]));
}

/** What is entered and is not so already. */
export const differing = (form, store) => Object.fromEntries(Object.entries(entered(form)).filter(([name, value]) => value !== shown(name, store)));

/** What the form shows of a field. */
export const shown = (name, store) => (name === "phone" ? store.phone_display : store[name]) ?? null;

function made(name, control, hint = null) {
  const element = field(name, t(`store.${name}`), control, hint);
  element.classList.toggle("wide", WIDE.includes(name));
  return element;
}

function textOf(name, store) {
  const input = h("input", { value: shown(name, store) ?? "", maxlength: 200, required: REQUIRED.includes(name), readonly: !may("operator"), autocomplete: "off" });
  if (NUMBERS.includes(name)) Object.assign(input, { type: "number", step: "any" });
  if (name === "phone") input.type = "tel";
  if (name === "verified_on") input.type = "date";
  const list = { district: "districts", police_station: "stations" }[name];
  if (list) input.setAttribute("list", list);
  return input;
}

function statusOf(store) {
  const select = choice([["open", t("status.open")], ["closed", t("status.closed")]], store.status);
  select.disabled = !may("operator");
  return select;
}

const noteOf = (store) => h("textarea", { maxlength: 2000, readonly: !may("operator"), value: store.entrance_note ?? "" });
