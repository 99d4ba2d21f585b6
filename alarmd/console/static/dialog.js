// Asks a few things in a dialog, and does something with them.
import { fill, h, say } from "./dom.js";
import { reasonText } from "./reasons.js";
import { t } from "./words.js";

/** A field: its label, its control, and what is wrong with it. */
export function field(name, label, control, hint = null) {
  control.id = `field-${name}`;
  control.name = name;
  const fault = h("p", { class: "fault", id: `fault-${name}`, hidden: true });
  control.setAttribute("aria-describedby", fault.id);
  return h("div", { "data-field": name }, h("label", { for: control.id }, label), control, hint && h("p", { class: "hint" }, hint), fault);
}

/** A choice of values, each with its words; `value` is chosen. */
export const choice = (options, value) =>
  h("select", {}, options.map(([key, label]) => h("option", { value: key, selected: key === value }, label)));

/** Show what the server found wrong beside its fields; what belongs to none of them is given back as text. */
export function showFaults(form, problem) {
  const rest = [];
  for (const fault of form.querySelectorAll(".fault")) fault.hidden = true;
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const { where, reason } of problem.errors ?? []) {
    const name = where.replace(/^body\./, "");
    const fault = form.querySelector(`#fault-${CSS.escape(name.split(".")[0])}`); // a list's field is one for all of it
    if (!fault) {
      rest.push(name === "body" ? reasonText(reason) : `${name}: ${reasonText(reason)}`);
      continue;
    }
    say(fault, reasonText(reason));
    fault.hidden = false;
    form.querySelector(`#field-${CSS.escape(name.split(".")[0])}`).setAttribute("aria-invalid", "true");
  }
  return problem.errors?.length ? rest.join("; ") : problem.message;
}

/** Ask in a dialog. `act` is given what was entered, empty fields as null; the dialog stays open while it fails.
 *
 * @param fields what `field` made.
 * @param danger whether the button is to warn.
 */
export function ask({ title, text = null, fields = [], submit, danger = false, act }) {
  const trouble = h("p", { class: "notice bad", role: "alert", hidden: true });
  const button = h("button", { type: "submit", class: danger ? "danger" : "primary" }, submit);
  const cancel = h("button", { type: "button", onclick: () => dialog.close() }, t("cancel"));
  const form = h("form", { class: "form" }, trouble, fields);
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, h("h2", { id: "dialog-title" }, title), text && h("p", {}, text), form);
  form.append(h("div", { class: "row wide" }, cancel, button));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const entered = [...new FormData(form)].map(([name, value]) => [name, value.trim() || null]);
      await act(Object.fromEntries(entered));
      dialog.close();
    } catch (problem) {
      const rest = showFaults(form, problem);
      say(trouble, rest);
      trouble.hidden = rest === "";
    }
    button.disabled = false;
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Show something that is shown only once, such as a key. */
export function reveal({ title, text, secret }) {
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, h("h2", { id: "dialog-title" }, title), h("p", {}, text));
  const shown = h("p", { class: "secret", tabindex: "0" }, secret);
  const copy = h("button", { type: "button", onclick: async () => say(copy, t((await copied(shown)) ? "copied" : "copy.by.hand")) }, t("copy"));
  const close = h("button", { type: "button", class: "primary", onclick: () => dialog.close() }, t("kept"));
  fill(dialog, ...dialog.childNodes, shown, h("div", { class: "row" }, copy, close));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Show something in a dialog, to be closed again. */
export function show({ title, content }) {
  const close = h("button", { type: "button", class: "primary", onclick: () => dialog.close() }, t("close"));
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, h("h2", { id: "dialog-title" }, title), content, h("div", { class: "row" }, close));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Copy what an element says; where the browser does not let us (it has no clipboard over plain http), select it. */
async function copied(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element);
    return false;
  }
}
