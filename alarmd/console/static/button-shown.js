// How a button is, in chips.
import { h } from "./dom.js";
import { age, secondsSince } from "./time.js";
import { term, t } from "./words.js";

const LOW_PCT = 20;

/** Its battery. */
export function battery(button) {
  if (button.battery_pct === null) return h("span", { class: "soft" }, "–");
  return h("span", { class: button.battery_pct <= LOW_PCT ? "chip bad" : "chip good" }, `${button.battery_pct} %`);
}

/** Whether it is heard, in test mode, tampered with, revoked. */
export function buttonState(button) {
  const supervision = { ok: "good", silent: "bad", unknown: "warn" }[button.supervision];
  return h(
    "div",
    { class: "row" },
    button.revoked_at && h("span", { class: "chip" }, t("button.revoked")),
    !button.revoked_at && !button.store_id && h("span", { class: "chip warn" }, t("button.unassigned")),
    button.supervision && h("span", { class: `chip ${supervision}` }, term("supervision", button.supervision)),
    button.tamper && h("span", { class: "chip bad" }, t("fault.button_tampered")),
    button.in_test_mode && h("span", { class: "chip warn" }, t("test.mode")),
  );
}

/** When something was, as an age. */
export const when = (moment) => (moment ? t("ago", { age: age(secondsSince(moment)) }) : t("never"));
