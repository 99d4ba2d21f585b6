// The quarantine: what came, why it was refused, and what a human makes of it: an alarm, or nothing.
import { read, write } from "./api.js";
import { ask, choice, field } from "./dialog.js";
import { fill, h } from "./dom.js";
import { List, filter } from "./list.js";
import { bytesOf, hex } from "./payload.js";
import { storePicker } from "./store-picker.js";
import { age, secondsSince, whole } from "./time.js";
import { done, failed } from "./toast.js";
import { term, t } from "./words.js";

const list = new List({
  path: "/v1/quarantine",
  filters: [filter("dismissed", t("alarm.state"), choice([["false", t("quarantine.waiting")], ["true", t("quarantine.dismissed")]]))],
  columns: [
    { title: t("quarantine.last"), cell: (entry) => [whole(entry.last_at), entry.times > 1 && h("p", { class: "soft" }, t("quarantine.times", { n: entry.times, at: whole(entry.first_at) }))] },
    { title: t("import.reason"), cell: (entry) => [h("b", {}, term("odd", entry.reason)), h("p", { class: "soft" }, entry.detail)] },
    { title: t("quarantine.from"), cell: (entry) => [entry.button_id && h("p", { class: "mono" }, entry.button_id), h("span", { class: "mono soft" }, entry.topic ?? entry.source.toUpperCase())] },
    { title: t("quarantine.payload"), cell: payload },
    { title: t("actions"), cell: actions },
  ],
  empty: t("quarantine.empty"),
});

function payload(entry) {
  const bytes = bytesOf(entry.payload_b64);
  const text = entry.payload ?? new TextDecoder().decode(bytes);
  const size = t("quarantine.bytes", { n: bytes.length });
  return [
    h("pre", { class: "raw", tabindex: "0" }, text || t("quarantine.nothing")),
    bytes.length > 0 && h("details", {}, h("summary", {}, `${t("quarantine.hex")} · ${size}`), h("pre", { class: "raw hex", tabindex: "0" }, hex(bytes))),
    entry.redacted && h("p", { class: "hint" }, t("quarantine.redacted")),
  ];
}

function actions(entry) {
  const raise = h("button", { type: "button", class: "small", onclick: () => raiseAlarm(entry).catch(failed) }, t("quarantine.alarm"));
  if (entry.alarm_id) return [h("p", { class: "soft" }, t("quarantine.alarmed", { by: entry.dismissed_by, at: whole(entry.dismissed_at) })), h("a", { href: `/alarms/${entry.alarm_id}` }, t("page.alarm"))];
  if (entry.dismissed_at) {
    return [
      h("p", { class: "soft" }, t("quarantine.by", { by: entry.dismissed_by, at: whole(entry.dismissed_at) })),
      entry.dismiss_reason && h("p", {}, entry.dismiss_reason),
      raise,
    ];
  }
  return h("div", { class: "row" }, raise, h("button", { type: "button", class: "small", onclick: () => dismiss(entry) }, t("quarantine.dismiss")));
}

const dismiss = (entry) =>
  ask({
    title: t("quarantine.dismiss"),
    text: t("quarantine.dismiss.text"),
    fields: [field("reason", t("quarantine.why"), h("textarea", { maxlength: 2000, required: true }))],
    submit: t("quarantine.dismiss"),
    act: async ({ reason }) => {
      await settle(`/v1/quarantine/${entry.id}/dismiss`, { reason });
      done(t("quarantine.done"));
      list.load();
    },
  });

/** Ask at which store it was pressed, and make it an alarm. The store of the button that it names is chosen already. */
async function raiseAlarm(entry) {
  const alike = entry.button_id ? (await read("/v1/buttons", { q: entry.button_id.slice(0, 100), limit: 200 })).items : [];
  const known = alike.find((one) => one.id === entry.button_id && !one.revoked_at);
  const button = h("select");
  const offer = async (storeId) => {
    const there = storeId ? (await read("/v1/buttons", { store_id: storeId, limit: 200 })).items : [];
    const options = there.filter((one) => !one.revoked_at).map((one) => [one.id, [one.label, one.id].filter(Boolean).join(" · ")]);
    fill(button, [["", t("quarantine.button.unknown")], ...options].map(([id, label]) => h("option", { value: id }, label)));
    button.value = options.some(([id]) => id === known?.id) ? known.id : "";
  };
  const picker = storePicker(known?.store_id ?? null, { onPick: offer, mayBeNone: false });
  if (!known?.store_id) offer(null);
  ask({
    title: t("quarantine.alarm"),
    text: t("quarantine.alarm.text", { age: age(secondsSince(entry.last_at)) }),
    fields: [picker.element, field("button_id", t("alarm.button"), button), field("note", t("step.note"), h("textarea", { maxlength: 2000 }))],
    submit: t("quarantine.alarm"),
    danger: true,
    act: async (entered) => {
      if (!entered.store_id) throw new Error(t("quarantine.store.missing"));
      location.assign(`/alarms/${(await settle(`/v1/quarantine/${entry.id}/alarm`, entered)).id}`);
    },
  });
}

/** Decide on an entry. Where somebody was faster, the list shows what they made of it, and the dialog says who. */
async function settle(path, said) {
  try {
    return (await write("POST", path, said)).data;
  } catch (problem) {
    if (problem.status === 409) list.load();
    throw problem;
  }
}

fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.quarantine"))), h("p", { class: "soft" }, t("quarantine.text")), list.element);
list.load();
