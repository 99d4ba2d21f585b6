// How a button is, in chips.
import { h } from "./dom.js";
import { age, secondsSince } from "./time.js";
import { term, t } from "./words.js";

const LOW_PCT = 20;

/** Its battery, as far as it tells: in percent or in volts, or that it is low. */
export function battery(button) {
  const low = button.battery_low || (button.battery_pct !== null && button.battery_pct <= LOW_PCT);
  const told = [button.battery_pct !== null && `${button.battery_pct} %`, button.battery_v !== null && `${button.battery_v.toFixed(2)} V`].filter(Boolean);
  if (!told.length && !low) return h("span", { class: "soft" }, "–");
  return h("span", { class: low ? "chip bad" : "chip good" }, told.join(" · ") || t("fault.battery_low"));
}

/** How strongly it is heard. */
export function signal(device) {
  const told = [device.rssi_dbm !== null && `${device.rssi_dbm} dBm`, device.link_quality !== null && `LQI ${device.link_quality}`].filter(Boolean);
  return h("span", { class: "numbers" }, told.join(" · ") || "–");
}

/** Whether it is heard, in test mode, tampered with, revoked. */
export function buttonState(button) {
  const supervision = { ok: "good", silent: "bad", unknown: "warn" }[button.supervision];
  return h(
    "div",
    { class: "row" },
    button.revoked_at && h("span", { class: "chip" }, t("button.revoked")),
    button.replaced_by && h("span", { class: "soft" }, t("button.replaced.by", { id: button.replaced_by })),
    !button.revoked_at && !button.store_id && h("span", { class: "chip warn" }, t("button.unassigned")),
    button.supervision && h("span", { class: `chip ${supervision}` }, term("supervision", button.supervision)),
    button.tamper && h("span", { class: "chip bad" }, t("fault.button_tampered")),
    button.in_test_mode && h("span", { class: "chip warn" }, t("test.mode")),
  );
}

/** When something was, as an age. */
export const when = (moment) => (moment ? t("ago", { age: age(secondsSince(moment)) }) : t("never"));
