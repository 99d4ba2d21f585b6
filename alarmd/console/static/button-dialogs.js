// What is done to a button: enrol, change, replace, remove. Each is asked in a dialog.
import { read, write } from "./api.js";
import { ask, field } from "./dialog.js";
import { fill, h } from "./dom.js";
import { hasProfile, profileEditor } from "./profile.js";
import { storePicker } from "./store-picker.js";
import { done } from "./toast.js";
import { t } from "./words.js";

export const pathOf = (button) => `/v1/buttons/${encodeURIComponent(button.id)}`;
export const etagOf = (button) => `"${button.version}"`;

const labelField = (label = "") => field("label", t("button.label"), h("input", { value: label, maxlength: 200 }), t("button.label.hint"));

/** Enrol a button; `id` and `storeId` are what is known of it already. */
export function enrol({ id = "", storeId = null, changed }) {
  ask({
    title: t("button.enrol"),
    fields: [
      field("id", t("button.id"), h("input", { value: id, required: true, maxlength: 128, autocomplete: "off" }), t("button.id.hint")),
      labelField(),
      storePicker(storeId).element,
    ],
    submit: t("button.enrol"),
    act: async ({ id: entered, label, store_id: store }) => {
      await write("POST", "/v1/buttons", { id: entered, label: label ?? "", store_id: store });
      done(t("button.enrolled", { id: entered }));
      changed();
    },
  });
}

/** Change what is said of a button: its store, its label, how long it may be silent, what its events mean. */
export function edit({ button, changed }) {
  const editor = hasProfile(button) ? profileEditor(button.profile) : null;
  const silent = h("input", { type: "number", min: 1, max: 31_536_000, value: button.silent_after_s ?? "" });
  ask({
    title: t("button.edit.title", { id: button.id }),
    fields: [
      storePicker(button.store_id).element,
      labelField(button.label),
      field("silent_after_s", t("button.silent_after_s"), silent, t("button.silent_after_s.hint")),
      editor?.element,
    ],
    submit: t("save"),
    act: async ({ label, store_id: store, silent_after_s: seconds }) => {
      const change = { label: label ?? "", store_id: store, silent_after_s: seconds === null ? null : Number(seconds) };
      await write("PATCH", pathOf(button), editor ? { ...change, profile: editor.profile() } : change, etagOf(button));
      done(t("saved"));
      changed();
    },
  });
}

/** Let another button take the place of one that is broken; those that could are offered. */
export function replace({ button, changed }) {
  const by = h("input", { required: true, maxlength: 128, list: "candidates", autocomplete: "off" });
  const candidates = h("datalist", { id: "candidates" });
  by.addEventListener("focus", async () => {
    const [heard, spare] = await Promise.all([read("/v1/sightings", { pressed: true, limit: 50 }), read("/v1/buttons", { assigned: false, limit: 50 })]);
    const free = spare.items.filter(({ revoked_at: revoked }) => !revoked);
    fill(candidates, [...heard.items, ...free].map(({ id, label, model }) => h("option", { value: id }, label || model || "")));
  }, { once: true });
  ask({
    title: t("button.replace.title", { id: button.id }),
    text: t("button.replace.text"),
    fields: [field("by", t("button.replace.by"), by, t("button.replace.hint")), candidates],
    submit: t("button.replace"),
    act: async ({ by: entered }) => {
      await write("POST", `${pathOf(button)}/replace`, { by: entered }, etagOf(button));
      done(t("button.replaced", { id: button.id, by: entered }));
      changed();
    },
  });
}

/** Remove a button; one that was ever pressed is revoked, and stays in the list. */
export const remove = ({ button, changed }) =>
  ask({
    title: t("button.remove.title", { id: button.id }),
    text: t("button.remove.text"),
    submit: t("button.remove"),
    danger: true,
    act: async () => {
      await write("DELETE", pathOf(button), undefined, etagOf(button));
      changed();
    },
  });
