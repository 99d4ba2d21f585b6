// What the events of a bought button mean: rules, each an event and its meaning.
import { choice } from "./dialog.js";
import { h } from "./dom.js";
import { t } from "./words.js";

const MEANINGS = [["panic", t("profile.panic")], ["test", t("profile.test")], ["cancel", t("profile.cancel")], ["nothing", t("profile.nothing")]];
const USUAL = ["*", "single", "double", "triple", "long", "hold", "release", "*@left"];

/** Whether there is anything to say of the meaning: alarmd's own buttons say themselves what they mean. */
export const hasProfile = (button) => button.profile !== null || (button.dialect !== null && button.dialect !== "native");

/** An editor of a profile: `element` goes into a form, and `profile()` is what stands there, null where all is as usual. */
export function profileEditor(profile) {
  const rules = h("div", { class: "rules" });
  const add = (event = "", meaning = "panic") => {
    const row = h("div", { class: "row" });
    const name = h("input", { list: "events", value: event, maxlength: 257, required: true, autocomplete: "off", "aria-label": t("profile.event") });
    const means = choice(MEANINGS, meaning);
    means.setAttribute("aria-label", t("profile.meaning"));
    row.append(name, means, h("button", { type: "button", class: "small", "aria-label": t("profile.remove", { event }), onclick: () => row.remove() }, "✕"));
    rules.append(row);
    return name;
  };
  const exactFirst = ([one], [other]) => one.startsWith("*") - other.startsWith("*");
  for (const [event, meaning] of Object.entries(profile ?? {}).toSorted(exactFirst)) add(event, meaning);
  const element = h(
    "fieldset",
    { class: "wide", "data-field": "profile" },
    h("legend", {}, t("profile.title")),
    h("p", { class: "hint" }, t("profile.hint")),
    rules,
    h("datalist", { id: "events" }, USUAL.map((event) => h("option", { value: event }))),
    h("button", { type: "button", class: "small", onclick: () => add().focus() }, t("profile.add")),
  );
  const read = () => {
    const found = [...rules.children].map((row) => [row.querySelector("input").value.trim(), row.querySelector("select").value]);
    return found.length ? Object.fromEntries(found) : null;
  };
  return { element, profile: read };
}
