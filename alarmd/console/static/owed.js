// Deliveries with their attempts, and what may be done with one.
import { write } from "./api.js";
import { ask, field } from "./dialog.js";
import { h } from "./dom.js";
import { may } from "./session.js";
import { age, exactly, secondsSince, span, whole } from "./time.js";
import { done, failed } from "./toast.js";
import { term, t } from "./words.js";

/** How one delivery stands. */
export function standing(delivery) {
  const grade = { delivered: "good", cancelled: "", pending: delivery.attempts ? "bad" : "warn" }[delivery.state];
  const sign = { delivered: "✓", cancelled: "–", pending: delivery.attempts ? "✕" : "…" }[delivery.state];
  return h("span", { class: `chip ${grade}` }, `${sign} ${term("owed", delivery.state)}`);
}

/** When it was delivered, when it is tried again, or who gave it up and why. */
export function outcome(delivery) {
  if (delivery.state === "delivered") return h("span", { class: "soft" }, whole(delivery.delivered_at));
  if (delivery.state === "pending") return delivery.attempts > 0 && h("span", { class: "soft" }, t("owed.next", { at: whole(delivery.due_at) }));
  return h("span", { class: "soft" }, [delivery.cancelled_by, delivery.cancel_reason].filter(Boolean).join(": "));
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

/** Buttons to try it again, or to give it up; `changed` is called when something was done. */
export function deal(delivery, changed) {
  if (!may("operator")) return null;
  const step = async (name, said) => {
    try {
      await write("POST", `/v1/deliveries/${delivery.id}/${name}`, said);
      done(t(`owed.${name}.done`));
    } finally {
      changed(); // also where somebody was faster: it shows what the delivery is by now
    }
  };
  return h("div", { class: "row" },
    h("button", { type: "button", class: "small", onclick: () => step("retry").catch(failed) }, t("owed.retry")),
    delivery.state === "pending" && h("button", { type: "button", class: "small", onclick: () => giveUp(delivery, step) }, t("owed.cancel")));
}

const giveUp = (delivery, step) =>
  ask({
    title: t("owed.cancel"),
    text: t("owed.cancel.text", { endpoint: delivery.endpoint }),
    fields: [field("reason", t("owed.cancel.reason"), h("textarea", { maxlength: 2000, required: true }))],
    submit: t("owed.cancel"),
    danger: true,
    act: (said) => step("cancel", said),
  });
