// One alarm, with all that happened to it.
import { read } from "./api.js";
import { addressOf } from "./card.js";
import { fill, h, say } from "./dom.js";
import { attempts, deal, outcome, standing } from "./owed.js";
import { phoneLink } from "./phone.js";
import { may, mayHandle } from "./session.js";
import { onEvent } from "./shell.js";
import { steps } from "./steps.js";
import { at, counted, secondsSince, whole } from "./time.js";
import { presses, timeline } from "./timeline.js";
import { term, t } from "./words.js";

const id = location.pathname.split("/")[2];
const main = document.getElementById("main");
const title = h("div", { class: "head" });
const doing = h("div", { class: "row" });
const place = h("section", { class: "panel" });
const mapElement = h("div", { class: "map", role: "region", "aria-label": t("map"), hidden: true });
const told = h("section", { class: "panel" });
const owed = h("section", { class: "panel" });
const pressed = h("section", { class: "panel" });
const since = h("span", { class: "alarm-since numbers", role: "timer" });
let shown = null;
let mapped = false;

async function load() {
  try {
    shown = await read(`/v1/alarms/${id}`);
  } catch (problem) {
    if (shown) throw problem;
    fill(main, h("p", { class: "notice bad", role: "alert" }, problem.message), h("a", { href: "/alarms" }, t("page.alarms")));
    return;
  }
  if (!title.isConnected) fill(main, title, doing, h("div", { class: "columns" }, h("div", {}, place, told, owed), h("div", {}, mapElement, pressed)));
  show(shown);
}

function show(alarm) {
  document.title = `${alarm.store?.name ?? t("unlocated")} · ${alarm.reference}`;
  fill(title, h("h1", {}, alarm.store?.name ?? t("unlocated")), h("div", { class: "row" }, stateChip(alarm), alarm.state === "closed" ? null : since));
  tick();
  doing.className = mayHandle ? "row panel" : "row";
  if (mayHandle) fill(doing, steps(alarm, load));
  fill(place, h("h2", {}, t("alarm.snapshot")), facts(alarm));
  fill(told, h("h2", {}, t("alarm.timeline")), timeline(alarm));
  fill(pressed, h("h2", {}, t("alarm.presses", { n: alarm.press_count })), presses(alarm));
  const all = may("operator") && h("a", { href: `/deliveries?alarm_id=${id}` }, t("page.deliveries"));
  fill(owed, h("div", { class: "head" }, h("h2", {}, t("alarm.deliveries")), all), alarm.deliveries.length ? alarm.deliveries.map(delivery) : h("p", { class: "notice bad" }, t("delivery.none")));
  if (alarm.store && !mapped) drawMap(alarm.store.location);
}

const stateChip = (alarm) => [
  alarm.kind !== "panic" && h("span", { class: "chip warn" }, term("kind", alarm.kind)),
  h("span", { class: `chip ${{ open: "bad", cancel_requested: "warn" }[alarm.state] ?? "good"}` }, alarm.closed ? `${term("state", "closed")} · ${term("disposition", alarm.closed.disposition)}` : term("state", alarm.state)),
];

function facts(alarm) {
  const store = alarm.store;
  const rows = [
    [t("alarm.reference"), h("span", { class: "mono" }, alarm.reference)],
    [t("alarm.opened"), whole(alarm.received_at)],
    alarm.late_by_s !== null && [t("alarm.late"), counted(alarm.late_by_s)],
    alarm.acknowledged && [t("alarm.acknowledged"), [alarm.acknowledged.by, alarm.acknowledged.reference, at(alarm.acknowledged.at)].filter(Boolean).join(" · ")],
    alarm.closed && [t("alarm.closed"), [alarm.closed.by, term("disposition", alarm.closed.disposition), at(alarm.closed.at)].join(" · ")],
    [t("alarm.button"), buttonOf(alarm)],
    store && [t("store.phone"), store.phone ? phoneLink(store.phone, "alarm-phone") : t("phone.none")],
    store && [t("store.address"), h("b", {}, addressOf(store))],
    store?.road_address && store.jibun_address && [t("store.jibun_address"), store.jibun_address],
    store?.entrance_note && [t("store.entrance_note"), store.entrance_note],
    store && [t("alarm.district"), `${store.district} (${store.district_code})`],
    store?.police_station && [t("store.police_station"), store.police_station],
    store && [t("store.code"), may("viewer") ? h("a", { href: `/stores/${store.id}` }, store.code) : store.code],
  ].filter(Boolean);
  if (!store) return [h("p", { class: "notice bad" }, t("unlocated.text", { button: alarm.button.id })), may("operator") && h("p", {}, h("a", { class: "button primary", href: `/buttons?q=${encodeURIComponent(alarm.button.id)}&assign=${encodeURIComponent(alarm.button.id)}` }, t("button.assign"))), list(rows)];
  return list(rows);
}

/** The button, where it is known: of what was in quarantine nobody may know it. */
const buttonOf = ({ button }) => (button.id.startsWith("quarantine:") ? t("quarantine.button.unknown") : [button.label, button.id].filter(Boolean).join(" · "));

const list = (rows) => h("dl", { class: "facts" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

const delivery = (one) =>
  h("div", { class: "owed" }, standing(one), h("b", {}, one.endpoint), h("span", { class: "soft" }, term("alert", one.alert_type)), outcome(one), attempts(one), deal(one, load));

async function drawMap({ lat, lon }) {
  mapped = true;
  mapElement.hidden = false;
  const { NEAR_ZOOM, makeMap, pointMark } = await import("./map.js");
  const map = makeMap(mapElement);
  map.setView([lat, lon], NEAR_ZOOM, { animate: false });
  pointMark(map, { lat, lon }, null);
}

function tick() {
  if (shown) say(since, counted(secondsSince(shown.received_at)));
}

setInterval(tick, 1000);
onEvent((event) => {
  if (event === null || event.data.alarm_id === id) load();
});
load();
