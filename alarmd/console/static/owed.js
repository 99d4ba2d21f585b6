// Deliveries with their attempts, and what may be done with one.
import { write } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { may } from "./session.js";
import { age, exactly, secondsSince, span } from "./time.js";
import { done, failed } from "./toast.js";
import { term, t } from "./words.js";

/** How one delivery stands. */
export function standing(delivery) {
  const grade = { delivered: "good", cancelled: "", pending: delivery.attempts ? "bad" : "warn" }[delivery.state];
  const sign = { delivered: "✓", cancelled: "–", pending: delivery.attempts ? "✕" : "…" }[delivery.state];
  return h("span", { class: `chip ${grade}` }, `${sign} ${term("owed", delivery.state)}`);
}

/** Its attempts, the last one first; folded where there are many. */
export function attempts(delivery) {
  const lines = delivery.attempt_list.toReversed().map((attempt) =>
    h("li", {}, `${attempt.number}. ${exactly(attempt.ended_at)} · ${attempt.status ?? "–"} · ${span(attempt.duration_ms)}`,
      attempt.error && h("span", { class: "fault" }, ` ${attempt.error}`),
      attempt.answer && h("pre", { class: "raw" }, attempt.answer)));
  if (!lines.length) return h("span", { class: "soft" }, t("attempt.none", { age: age(secondsSince(delivery.created_at)) }));
  return h("details", {}, h("summary", {}, t("attempt.n", { n: delivery.attempts })), h("ul", {}, lines));
}

/** Buttons to try it again, or to give it up. */
export function deal(delivery, changed) {
  if (!may("operator")) return null;
  const step = async (name) => {
    await write("POST", `/v1/deliveries/${delivery.id}/${name}`);
    done(t(`owed.${name}.done`));
    changed();
  };
  return h("div", { class: "row" },
    h("button", { type: "button", class: "small", onclick: () => step("retry").catch(failed) }, t("owed.retry")),
    delivery.state === "pending" && h("button", { type: "button", class: "small", onclick: () => giveUp(delivery, step) }, t("owed.cancel")));
}

const giveUp = (delivery, step) =>
  ask({ title: t("owed.cancel"), text: t("owed.cancel.text", { endpoint: delivery.endpoint }), submit: t("owed.cancel"), danger: true, act: () => step("cancel") });
