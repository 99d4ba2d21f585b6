// How what is owed to an endpoint stands, in a chip.
import { h } from "./dom.js";
import { millisecondsBetween, span } from "./time.js";
import { t } from "./words.js";

/** One endpoint of an alarm on the board. */
export function deliveryChip(alarm, delivery) {
  const values = { endpoint: delivery.endpoint, n: delivery.attempts };
  if (delivery.pending) {
    const tried = delivery.attempts > 0;
    return h("span", { class: tried ? "chip bad" : "chip warn" }, `${tried ? "✕" : "…"} ${t(tried ? "delivery.failing" : "delivery.sending", values)}`);
  }
  if (delivery.delivered) {
    const took = span(millisecondsBetween(alarm.received_at, delivery.first_delivered_at));
    return h("span", { class: "chip good" }, `✓ ${t("delivery.delivered", { ...values, took })}`);
  }
  return h("span", { class: "chip" }, `– ${t("delivery.cancelled", values)}`);
}
