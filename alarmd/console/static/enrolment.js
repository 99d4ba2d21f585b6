// Enrolment by pressing: for a while, a button that nobody enrolled and that is pressed twice becomes one of the store.
import { read, write } from "./api.js";
import { beginnings, countdown, isOn } from "./countdown.js";
import { fill, h, say } from "./dom.js";
import { may } from "./session.js";
import { done, failed } from "./toast.js";
import { at } from "./time.js";
import { t } from "./words.js";

const MINUTES = [5, 15, 60];
const LOOK_EVERY_MS = 2000;

/** A store's enrolment mode: buttons to begin and end it, and meanwhile what was enrolled.
 *
 * @param since when the mode began; what was enrolled from then on is told.
 * @param changed is given what the API answered, and nothing when the mode has ended by itself.
 * @param enrolled is called when a button was enrolled.
 */
export function enrolment({ store, since, path, changed, enrolled }) {
  const gateway = h("input", { id: "enrolment-gateway", list: "gateways", value: store.enrolment_gateway_id ?? "", maxlength: 128, autocomplete: "off" });
  const set = async (until) => {
    try {
      const answer = await write("PATCH", path, { enrolment_until: until, enrolment_gateway_id: until && (gateway.value.trim() || null) });
      done(t(until ? "enrolment.begun" : "enrolment.ended"));
      changed(answer);
    } catch (problem) {
      failed(problem);
    }
  };
  if (isOn(store.enrolment_until)) return [running(store, set, changed), h("p", { class: "hint" }, t("enrolment.hint")), news(store, since, enrolled)];
  if (!may("operator")) return h("p", { class: "soft" }, t("test.off"));
  return [h("p", { class: "hint" }, t("enrolment.text")), named(gateway), h("div", { class: "row" }, beginnings(MINUTES, set))];
}

function running(store, set, changed) {
  return h(
    "div",
    { class: "row" },
    countdown("enrolment.left", store.enrolment_until, () => changed()),
    store.enrolment_gateway_id && h("span", { class: "mono" }, t("press.gateway", { id: store.enrolment_gateway_id })),
    may("operator") && h("button", { type: "button", class: "small", onclick: () => set(null) }, t("test.end")),
  );
}

/** The field of the gateway; those that are known are offered. */
function named(gateway) {
  const known = h("datalist", { id: "gateways" });
  gateway.addEventListener("focus", async () => {
    const { items } = await read("/v1/gateways", { limit: 200 });
    fill(known, items.map(({ id }) => h("option", { value: id })));
  }, { once: true });
  return h("div", {}, h("label", { for: gateway.id }, t("enrolment.gateway")), gateway, known, h("p", { class: "hint" }, t("enrolment.gateway.hint")));
}

/** What was enrolled since the mode began, looked for while it is on; and why nothing can be, where that is so. */
function news(store, since, enrolled) {
  const found = h("ul", { class: "plain", "aria-live": "polite" });
  const unclear = h("p", { class: "notice warn", role: "alert", hidden: true });
  let known = 0;
  const look = async () => {
    const [buttons, faults] = await Promise.all([read("/v1/buttons", { store_id: store.id, limit: 200 }), read("/v1/faults", { limit: 200 })]);
    const fresh = buttons.items.filter((button) => button.created_at >= since);
    if (fresh.length > known) enrolled();
    if (fresh.length !== known || !found.childNodes.length) {
      const lines = fresh.map((button) => h("li", {}, h("span", { class: "chip good" }, t("enrolment.one", { id: button.id, at: at(button.created_at) }))));
      fill(found, lines.length ? lines : h("li", { class: "soft" }, t("enrolment.none")));
    }
    known = fresh.length;
    const fault = faults.items.find(({ kind }) => kind === "enrolment_unclear");
    say(unclear, fault ? t("enrolment.unclear") : "");
    unclear.hidden = !fault;
  };
  const again = async () => {
    try {
      await look();
    } catch (problem) {
      say(unclear, problem.message);
      unclear.hidden = false;
    }
    if (found.isConnected && isOn(store.enrolment_until)) setTimeout(again, LOOK_EVERY_MS);
  };
  setTimeout(again);
  return [unclear, found];
}
