// The way of one press, stage by stage, each with the milliseconds since it came in.
import { h } from "./dom.js";
import { millisecondsBetween, span } from "./time.js";
import { t } from "./words.js";

/** The stages of a press that was answered with `receipt`, as far as its alarm tells; a stage is done, failing or waiting.
 *
 * @param answered how long the browser waited for the receipt, in ms.
 * @param told the names of those who are to be told; none where nobody accepts tests.
 */
export function journey({ alarm, receipt, answered, told }) {
  const press = alarm.presses.find(({ press_id: id }) => id === receipt.press_id);
  const since = (moment) => millisecondsBetween(press.received_at, moment);
  return h("ol", { class: "journey", "aria-label": t("journey") }, [
    stage("pressed", "done", "+0 ms", `${press.button_id}`),
    stage("recorded", "done", `+${span(receipt.took_ms)}`, t("journey.answered", { took: span(answered) })),
    delivered(alarm, since, told),
    acknowledged(alarm, since),
  ]);
}

function delivered(alarm, since, told) {
  const taken = alarm.timeline.filter(({ what, detail }) => what === "delivered" && detail.audience === "police");
  const first = taken.find(({ at }) => since(at) >= 0);
  if (first) return stage("delivered", "done", `+${span(since(first.at))}`, first.who);
  const owed = alarm.deliveries.find(({ state }) => state === "pending");
  if (owed?.attempts) return stage("delivered", "failing", null, t("delivery.failing", { endpoint: owed.endpoint, n: owed.attempts }));
  if (owed) return stage("delivered", "waiting", null, owed.endpoint);
  if (taken.length) return stage("delivered", "done", null, t("journey.earlier"));
  return told.length ? stage("delivered", "waiting", null, told.join(", ")) : stage("delivered", "failing", null, t("journey.nobody"));
}

function acknowledged(alarm, since) {
  const taken = alarm.acknowledged;
  if (!taken) return stage("acknowledged", "waiting", null, t("journey.waiting"));
  const took = since(taken.at);
  return stage("acknowledged", "done", took >= 0 ? `+${span(took)}` : null, took >= 0 ? taken.by : t("journey.earlier"));
}

const SIGNS = { done: "✓", failing: "✕", waiting: "…" };

const stage = (name, state, took, detail) =>
  h("li", { class: state, "data-stage": name },
    h("span", { class: "journey-sign", "aria-hidden": "true" }, SIGNS[state]),
    h("b", {}, t(`journey.${name}`)),
    h("span", { class: "journey-took numbers" }, took ?? t(`journey.state.${state}`)),
    h("span", { class: "soft" }, detail));
