// Practice: press a button of a store without touching it, and watch the press travel.
import { read, write } from "./api.js";
import { choice, field } from "./dialog.js";
import { fill, h, say } from "./dom.js";
import { journey } from "./journey.js";
import { onEvent } from "./shell.js";
import { storePicker } from "./store-picker.js";
import { timeline } from "./timeline.js";
import { done, failed } from "./toast.js";
import { t } from "./words.js";

const LOOK_EVERY_MS = 1000;
const given = new URLSearchParams(location.search).get("store");
const ready = h("div");
const spoken = h("p", { class: "unseen", role: "status" });
const way = h("div");
const steps = h("div", { class: "row" });
const story = h("div");
let store = null;
let told = [];
let pressed = null; // what was pressed last: {receipt, answered, told}
let round = 0;
let look = 0;
let owed = false;

async function choose(id) {
  const mine = ++round; // an answer about a store that is not chosen any more is not wanted
  const place = `/v1/stores/${encodeURIComponent(id)}`;
  fill(ready);
  history.replaceState(null, "", `?store=${encodeURIComponent(id)}`);
  try {
    const [chosen, { endpoints }, { items: buttons }] = await Promise.all([read(place), read(`${place}/practice`), read("/v1/buttons", { store_id: id, limit: 200 })]);
    if (mine !== round) return;
    store = chosen;
    told = endpoints;
    const there = buttons.filter((button) => !button.revoked_at);
    fill(ready, goesTo(), there.length ? offerPress(there) : offerEnrol());
  } catch (problem) {
    if (mine === round) failed(problem);
  }
}

function goesTo() {
  if (told.length) return h("p", { class: "notice good" }, t("practice.told", { names: told.join(", ") }));
  return h("div", { class: "notice warn" }, h("p", {}, t("practice.nobody")), h("a", { class: "button small", href: "/endpoints" }, t("practice.endpoints")));
}

function offerPress(buttons) {
  const button = choice(buttons.map(({ id, label }) => [id, label ? `${label} · ${id}` : id]));
  const go = h("button", { type: "button", class: "danger big", onclick: () => press(button.value, go) }, t("practice.press"));
  return [field("button", t("practice.button"), button), h("div", { class: "row" }, go)];
}

function offerEnrol() {
  const enrol = async () => {
    const body = { id: `practice-${store.code}`, label: t("practice.label"), store_id: store.id, silent_after_s: null };
    await write("POST", "/v1/buttons", body);
    done(t("button.enrolled", { id: body.id }));
    await choose(store.id);
  };
  return [h("p", { class: "notice" }, t("practice.none")), h("div", { class: "row" }, h("button", { type: "button", class: "primary big", onclick: () => enrol().catch(failed) }, t("practice.enrol")))];
}

async function press(buttonId, go) {
  go.disabled = true;
  const begun = performance.now();
  try {
    const receipt = (await write("POST", `/v1/stores/${store.id}/practice`, { button_id: buttonId })).data;
    pressed = { receipt, answered: performance.now() - begun, told };
    await show();
  } catch (problem) {
    failed(problem);
  }
  go.disabled = false;
}

async function show() {
  const mine = ++look; // an older answer that comes later is not wanted
  const alarm = await read(`/v1/alarms/${pressed.receipt.alarm_id}`);
  if (mine !== look) return;
  const stages = journey({ alarm, ...pressed });
  fill(way, h("h2", {}, h("a", { href: `/alarms/${alarm.id}` }, alarm.reference)), stages, alarm.press_count > 1 && h("p", { class: "notice" }, t("practice.joined")));
  owed = alarm.deliveries.some(({ state }) => state === "pending");
  say(spoken, [...stages.querySelectorAll(".done b")].at(-1).textContent);
  fill(steps, alarm.state === "closed" ? h("span", { class: "chip" }, t("state.closed")) : offerSteps(alarm));
  fill(story, h("h2", {}, t("alarm.timeline")), timeline(alarm));
}

function offerSteps(alarm) {
  const step = async (name, entered) => {
    await write("POST", `/v1/alarms/${alarm.id}/${name}`, entered);
    await show();
  };
  const button = (name, entered, said) => h("button", { type: "button", onclick: () => step(name, entered).catch(failed) }, said);
  // Of an alarm that somebody's own presses are in, a person decides on its own page.
  const ours = alarm.presses.every(({ source }) => source === "practice");
  return [!alarm.acknowledged && button("acknowledge", {}, t("acknowledge")), ours && button("close", { disposition: "test" }, t("practice.close"))];
}

const picker = storePicker(given, { onPick: choose, mayBeNone: false });
fill(
  document.getElementById("main"),
  h("div", { class: "head" }, h("h1", {}, t("page.practice"))),
  h("p", {}, t("practice.lead")),
  h("div", { class: "columns" }, h("section", { class: "panel" }, picker.element, ready), h("section", { class: "panel" }, spoken, way, steps, story)),
);
fill(way, h("p", { class: "empty" }, t("practice.empty")));
// The stream tells what has happened; what fails is tried again and again without a word.
setInterval(() => owed && show().catch(failed), LOOK_EVERY_MS);
onEvent((event) => {
  if (pressed && (event === null || event.data.alarm_id === pressed.receipt.alarm_id)) show().catch(failed);
});
