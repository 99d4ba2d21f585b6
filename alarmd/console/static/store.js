// One store: what the registry says of it, its place on the map, its modes, its buttons, its alarms.
import { readTagged, write } from "./api.js";
import { settle } from "./conflict.js";
import { isOn } from "./countdown.js";
import { ask, showFaults } from "./dialog.js";
import { fill, h, say } from "./dom.js";
import { enrolment } from "./enrolment.js";
import { makeMap, NEAR_ZOOM, pointMark } from "./map.js";
import { may } from "./session.js";
import { differing, entered, FIELDS, formOf, NUMBERS } from "./store-form.js";
import { alarmsOf, buttonsOf, historyOf } from "./store-lists.js";
import { testMode } from "./test-mode.js";
import { done } from "./toast.js";
import { t } from "./words.js";

const last = location.pathname.split("/")[2];
const id = last === "new" ? null : last;
const path = `/v1/stores/${id}`;
const SEOUL = { lat: 37.5665, lon: 126.978 };
const SAID = ["station", "precinct", "designated_year", "reference_date", "provider_name", "provider_code"];

const main = document.getElementById("main");
const title = h("h1", {}, t("stores.new"));
const editing = h("section", { class: "panel" });
const mapElement = h("div", { class: "map", role: "region", "aria-label": t("map") });
const modes = h("div", { class: "pair" });
const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
let store = { status: "open", ...SEOUL }; // as the form was filled
let etag = null;
let form = null;
let mark = null;
let map = null;
let enrolledFrom = null; // since when the store waits for buttons that are pressed

try {
  if (id) take(await readTagged(path));
  open();
} catch (problem) {
  fill(main, h("p", { class: "notice bad", role: "alert" }, problem.message), h("a", { href: "/stores" }, t("page.stores")));
}

function take(found) {
  store = found.data;
  etag = found.etag;
}

function open() {
  const lists = id ? { buttons: buttonsOf(store), alarms: alarmsOf(store), history: historyOf(store) } : {};
  fill(
    main,
    h("div", { class: "head" }, title, id && h("span", { class: "mono soft" }, store.code)),
    h("div", { class: "columns" }, editing, h("div", {}, mapElement, may("operator") && h("p", { class: "hint" }, t("store.map.hint")), id && said())),
    id && modes,
    Object.entries(lists).map(([name, list]) => h("section", { class: "panel" }, h("div", { class: "head" }, h("h2", {}, t(`store.${name}`)), name === "buttons" && offers()), list.element)),
  );
  showForm();
  drawMap();
  if (id) showModes(store, lists.buttons);
}

function offers() {
  return h("div", { class: "row" },
    may("operator") && h("a", { class: "button small", href: `/buttons/sightings?store_id=${id}` }, t("store.buttons.heard")),
    may("admin") && h("a", { class: "button small", href: `/practice?store=${id}` }, t("page.practice")));
}

/** What follows from the rest, or came with the file it is from. */
function said() {
  const told = SAID.filter((name) => store[name] !== null);
  return h("dl", { class: "facts" }, told.map((name) => [h("dt", {}, t(`store.${name}`)), h("dd", {}, String(store[name]))]));
}

function showForm() {
  if (id) {
    say(title, store.name);
    document.title = `${store.name} · alarmd`;
  }
  const taking = id && h("button", { type: "button", class: "big", onclick: remove }, t("store.remove"));
  const more = h("div", { class: "row wide" }, h("button", { class: "primary big", type: "submit" }, t("save")), taking);
  form = formOf(id ? store : { status: "open" }, may("operator") && more);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });
  for (const name of NUMBERS) form.elements[name].addEventListener("change", () => place([form.elements.lat.value, form.elements.lon.value]));
  trouble.hidden = true;
  fill(editing, trouble, form);
}

async function save() {
  try {
    if (!id) {
      const given = Object.fromEntries(Object.entries(entered(form)).filter(([, value]) => value !== null));
      location.assign(`/stores/${(await write("POST", "/v1/stores", given)).data.id}`);
      return;
    }
    settled(await write("PATCH", path, differing(form, store), etag));
    done(t("saved"));
  } catch (problem) {
    await refused(problem);
  }
}

async function refused(problem) {
  let rest = problem.status === 412 ? t("stale") : showFaults(form, problem) || t("form.faults");
  if (problem.status === 412) {
    try {
      await settle({ path, before: store, mine: differing(form, store), names: FIELDS, settled });
    } catch (another) {
      rest = another.message;
    }
  }
  say(trouble, rest);
  trouble.hidden = false;
  trouble.scrollIntoView({ block: "nearest" });
}

function settled(found) {
  take(found);
  showForm();
  place([store.lat, store.lon]);
}

/** Modes are set beside the form. What is entered there stays; it is saved over this change, and over no other's. */
function showModes(now, buttons) {
  const changed = async (answer) => {
    const found = answer ?? (await readTagged(path));
    if (FIELDS.every((name) => found.data[name] === store[name])) etag = found.etag;
    showModes(found.data, buttons);
  };
  enrolledFrom = isOn(now.enrolment_until) ? (enrolledFrom ?? now.updated_at) : null;
  fill(
    modes,
    h("section", { class: "panel" }, h("h2", {}, t("test.mode")), h("p", { class: "hint" }, t("test.text")), testMode({ thing: now, path, changed })),
    h("section", { class: "panel" }, h("h2", {}, t("enrolment")), enrolment({ store: now, since: enrolledFrom, path, changed, enrolled: () => buttons.load() })),
  );
}

function remove() {
  ask({
    title: t("store.remove"),
    text: t("store.remove.text", { name: store.name }),
    submit: t("store.remove"),
    danger: true,
    act: async () => {
      await write("DELETE", path, undefined, etag);
      location.assign("/stores");
    },
  });
}

function drawMap() {
  map = makeMap(mapElement);
  if (id) map.setView([store.lat, store.lon], NEAR_ZOOM, { animate: false });
  const set = ({ lat, lon }) => {
    form.elements.lat.value = lat;
    form.elements.lon.value = lon;
  };
  mark = pointMark(map, store, may("operator") ? set : null);
}

function place(entries) {
  const [lat, lon] = entries.map(Number);
  if (!lat || !lon || !mark) return;
  mark.setLatLng([lat, lon]);
  map.panTo([lat, lon]);
}
