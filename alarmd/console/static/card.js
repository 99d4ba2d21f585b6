// An alarm on the board: made once, and then kept up to date in place, so that nothing moves under a finger.
import { write } from "./api.js";
import { deliveryChip } from "./deliveries-shown.js";
import { fill, h, say } from "./dom.js";
import { phoneLink } from "./phone.js";
import { mayHandle } from "./session.js";
import { at, counted, secondsSince } from "./time.js";
import { term, t } from "./words.js";

/** The place of an alarm in one line. */
export const addressOf = (store) => store.road_address ?? store.jibun_address;

/** One card; `update` gives it the alarm as it is by now, `tick` lets its clock go on. */
export class Card {
  constructor(alarm, onChanged) {
    this._onChanged = onChanged;
    this._since = h("span", { class: "alarm-since", role: "timer" });
    this._name = h("h3", { class: "alarm-store" });
    this._where = h("div");
    this._tags = h("div", { class: "row" });
    this._deliveries = h("div", { class: "row" });
    this._taken = h("p", { class: "soft" });
    this._trouble = h("p", { class: "alarm-trouble", role: "alert", hidden: true });
    this._acknowledge = h("button", { type: "button", class: "primary big", onclick: () => this._take() }, t("acknowledge"));
    this._details = h("a", { class: "button", href: `/alarms/${alarm.id}` }, t("details"));
    this.element = h(
      "article",
      { "data-alarm": alarm.id, tabindex: "-1" },
      h("div", { class: "alarm-top" }, this._name, this._since),
      this._where,
      this._tags,
      this._deliveries,
      this._taken,
      this._trouble,
      h("div", { class: "alarm-do" }, this._acknowledge, this._details),
    );
    this.update(alarm);
  }

  /** Show the alarm as it is by now. */
  update(alarm) {
    const before = this._shown;
    this._alarm = alarm;
    this._shown = JSON.stringify(alarm);
    if (before === this._shown) return;
    const waiting = alarm.state !== "acknowledged";
    this.element.className = `alarm ${waiting ? "waiting" : "taken"} ${alarm.kind}`;
    say(this._name, alarm.store?.name ?? t("unlocated"));
    fill(this._where, ...whereabouts(alarm));
    fill(this._tags, ...tags(alarm));
    fill(this._deliveries, alarm.deliveries.map((delivery) => deliveryChip(alarm, delivery)));
    if (!alarm.deliveries.length) fill(this._deliveries, h("span", { class: "chip bad" }, t("delivery.none")));
    this._taken.hidden = waiting;
    if (!waiting) say(this._taken, takenBy(alarm.acknowledged));
    this._acknowledge.hidden = !waiting || !mayHandle;
    this._acknowledge.setAttribute("aria-label", t("acknowledge.of", { name: this._name.textContent }));
    this.tick();
  }

  /** Let the time since the press go on. */
  tick() {
    say(this._since, counted(secondsSince(this._alarm.received_at)));
  }

  /** Put the focus on what there is to do with it. */
  focus() {
    (this._acknowledge.hidden ? this._details : this._acknowledge).focus();
  }

  /** Draw the eye to it: it has just come. */
  announce() {
    this.element.classList.add("fresh");
  }

  async _take() {
    if (this._acknowledge.ariaDisabled === "true") return;
    this._acknowledge.ariaDisabled = "true"; // a button that is really disabled would lose the focus
    this._trouble.hidden = true;
    try {
      await write("POST", `/v1/alarms/${this._alarm.id}/acknowledge`, {});
    } catch (problem) {
      say(this._trouble, t("acknowledge.failed", { why: problem.message }));
      this._trouble.hidden = false;
    }
    this._acknowledge.ariaDisabled = "false";
    this._onChanged();
  }
}

function whereabouts({ store, button }) {
  if (!store) return [h("p", { class: "alarm-address" }, t("unlocated.text", { button: button.id }))];
  return [
    h("p", { class: "alarm-address" }, addressOf(store)),
    store.entrance_note && h("p", { class: "soft" }, store.entrance_note),
    store.phone ? phoneLink(store.phone, "alarm-phone") : h("p", { class: "soft" }, t("phone.none")),
  ];
}

function tags(alarm) {
  const label = alarm.button.label || alarm.button.id;
  return [
    alarm.kind === "test" && h("span", { class: "chip warn" }, t("kind.test")),
    alarm.state === "cancel_requested" && h("span", { class: "chip warn" }, term("state", alarm.state)),
    h("span", { class: alarm.press_count > 1 ? "chip bad" : "chip" }, t("presses", { n: alarm.press_count })),
    alarm.late_by_s !== null && h("span", { class: "chip warn" }, t("late", { age: counted(alarm.late_by_s) })),
    label !== alarm.store?.name && h("span", { class: "chip" }, label),
    alarm.store && h("span", { class: "chip" }, alarm.store.district),
    h("span", { class: "soft numbers" }, `${alarm.reference} · ${at(alarm.received_at)}`),
  ];
}

function takenBy({ by, at: moment, reference }) {
  return t(reference ? "taken.with" : "taken", { by, at: at(moment), reference });
}
