// What was heard and is not enrolled: press a button, see it come, and enrol it.
import { read, write } from "./api.js";
import { enrol } from "./button-dialogs.js";
import { battery, signal, when } from "./button-shown.js";
import { buttonTabs } from "./button-tabs.js";
import { choice } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter, searchBox } from "./list.js";
import { may } from "./session.js";
import { done, failed } from "./toast.js";
import { t } from "./words.js";

const LOOK_EVERY_MS = 3000;
const DIALECTS = ["zigbee2mqtt", "shelly", "shelly1", "chirpstack", "ttn", "rtl_433", "openmqttgateway", "tasmota", "esphome", "custom"];

const storeId = new URLSearchParams(location.search).get("store_id");
const main = document.getElementById("main");
const any = ["", t("filter.any")];
const changed = () => list.load();

const list = new List({
  path: "/v1/sightings",
  filters: [
    filter("q", t("sightings.search"), searchBox(), "wide"),
    filter("dialect", t("sighting.dialect"), choice([any, ...DIALECTS.map((one) => [one, one])])),
    filter("pressed", t("sighting.pressed"), choice([any, ["true", t("yes")], ["false", t("never")]])),
    filter("broadcast", t("sighting.radio"), choice([any, ["false", t("sighting.own")], ["true", t("sighting.broadcast")]])),
  ],
  columns: [
    { title: t("button.id"), cell: named },
    { title: t("sighting.dialect"), cell: (device) => [device.dialect, device.broadcast && h("p", {}, h("span", { class: "chip warn" }, t("sighting.broadcast")))] },
    { title: t("sighting.gateway"), cell: (device) => h("span", { class: "mono" }, device.gateway_id ?? "–") },
    { title: t("sighting.signal"), cell: signal },
    { title: t("button.battery"), cell: battery },
    { title: t("sighting.pressed"), cell: pressed },
    { title: t("button.seen"), cell: (device) => [when(device.last_seen_at), h("p", { class: "soft" }, t("sighting.times", { n: device.times_heard }))] },
    ...(may("operator") ? [{ title: t("actions"), cell: action }] : []),
  ],
  empty: t("sightings.empty"),
});

function named(device) {
  const known = [device.model, device.alias].filter(Boolean).join(" · ");
  return [h("span", { class: "mono" }, device.id), known && h("p", { class: "soft" }, known)];
}

function pressed(device) {
  const [last] = device.events;
  const event = last && [last.event, last.endpoint].filter(Boolean).join("@");
  return [when(device.pressed_at), event && h("p", { class: "soft mono" }, event)];
}

function action(device) {
  const onclick = () => (storeId ? enrolHere(device) : enrol({ id: device.id, changed }));
  return h("button", { type: "button", class: "small primary", onclick }, t(storeId ? "sighting.enrol.here" : "sighting.enrol"));
}

async function enrolHere(device) {
  try {
    await write("POST", "/v1/buttons", { id: device.id, store_id: storeId });
    done(t("button.enrolled", { id: device.id }));
  } catch (problem) {
    failed(problem);
  }
  changed();
}

/** For which store one enrols, where one came from its page. */
async function purpose() {
  if (!storeId) return null;
  const store = await read(`/v1/stores/${encodeURIComponent(storeId)}`);
  return h("p", { class: "notice" }, t("sightings.for", { name: store.name }), " ", h("a", { href: `/stores/${store.id}` }, t("sightings.back")));
}

/** A button that is pressed comes by itself; not under somebody's hand. */
function follow() {
  setInterval(() => {
    const busy = document.hidden || document.querySelector("dialog") || list.element.matches(":hover, :focus-within");
    if (!busy && !list.goesOn) list.load();
  }, LOOK_EVERY_MS);
}

const head = [h("div", { class: "head" }, h("h1", {}, t("page.sightings"))), buttonTabs()];
try {
  fill(main, head, await purpose(), h("p", { class: "hint" }, t("sightings.text")), list.element);
  await list.load();
  follow();
} catch (problem) {
  fill(main, head, h("p", { class: "notice bad", role: "alert" }, problem.message));
}
