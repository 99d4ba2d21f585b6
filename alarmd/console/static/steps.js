// The steps that a human takes with an alarm.
import { write } from "./api.js";
import { ask, choice, field } from "./dialog.js";
import { h } from "./dom.js";
import { term, t } from "./words.js";

const DISPOSITIONS = ["actual", "false", "test", "duplicate", "cancelled"];

const input = (attributes = {}) => h("input", { maxlength: 200, autocomplete: "off", ...attributes });
const about = () => [
  field("by", t("step.by"), input(), t("step.by.hint")),
  field("reference", t("step.reference"), input(), t("step.reference.hint")),
];
const noted = (attributes = {}) => field("note", t("step.note"), h("textarea", { maxlength: 2000, ...attributes }));

/** The buttons for what may be done with an alarm now; `done` is called when something was. */
export function steps(alarm, done) {
  const step = (name, entered) => take(`/v1/alarms/${alarm.id}/${name}`, entered, done);
  const over = alarm.state === "closed";
  const waiting = !over && alarm.state !== "acknowledged";
  const title = (name) => `${t(`step.${name}`)} · ${alarm.reference}`;
  const dialog = (name, fields, danger = false) =>
    ask({ title: title(name), fields, submit: t(`step.${name}`), danger, act: (entered) => step(name, entered) });
  const button = (name, onclick, className = "") => h("button", { type: "button", class: className, onclick, "data-step": name }, t(`step.${name}`));
  return [
    waiting && button("acknowledge", () => dialog("acknowledge", [...about(), noted()]), "primary big"),
    !over && button("close", () => dialog("close", [field("disposition", t("step.disposition"), choice(DISPOSITIONS.map((one) => [one, term("disposition", one)]))), ...about(), noted()]), waiting ? "big" : "primary big"),
    waiting && button("reject", () => dialog("reject", [field("reason", t("step.reason"), h("textarea", { maxlength: 2000, required: true })), ...about(), noted()], true), "big"),
    !waiting && alarm.kind !== "canary" && button("reopen", () => dialog("reopen", [field("reason", t("step.reopen.reason"), h("textarea", { maxlength: 2000, required: true }), t("step.reopen.hint")), ...about(), noted()], true), "big"),
    button("note", () => dialog("note", [noted({ required: true }), field("by", t("step.by"), input(), t("step.by.hint"))]), "big"),
  ];
}

/** Take a step. Where somebody was faster, the page shows what the alarm is by now, and the dialog says who it was. */
async function take(path, entered, done) {
  try {
    await write("POST", path, entered);
  } catch (problem) {
    if (problem.status === 409) done();
    throw problem;
  }
  done();
}
