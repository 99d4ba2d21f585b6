// Endpoints: who is told, in which order, and whether they answer.
import { add, attempt, districtNames, edit, pause, remove, resume, rotate } from "./endpoint-dialogs.js";
import { fill, h } from "./dom.js";
import { List } from "./list.js";
import { Unserved } from "./routes-check.js";
import { span, whole } from "./time.js";
import { failed } from "./toast.js";
import { term, t } from "./words.js";

const unserved = new Unserved();

const list = new List({
  path: "/v1/endpoints",
  columns: [
    { title: t("endpoint.name"), cell: (one) => [h("b", {}, one.name), h("p", { class: "soft mono" }, one.url), h("p", { class: "soft" }, t(`format.${one.format}`))] },
    { title: t("endpoint.audience"), cell: (one) => [term("audience", one.audience), !one.accepts_tests && h("p", { class: "soft" }, t("endpoint.no_tests"))] },
    { title: t("endpoint.routes"), cell: (one) => [...one.stations, ...districtNames(one.districts)].join(", ") || t("endpoint.everywhere") },
    { title: t("endpoint.position"), cell: (one) => String(one.position) },
    { title: t("endpoint.waits"), cell: (one) => t("endpoint.seconds", { taken: one.escalate_after_s, acknowledged: one.acknowledge_within_s }) },
    { title: t("endpoint.health"), cell: health },
    { title: t("actions"), cell: actions },
  ],
  empty: t("endpoints.empty"),
});

function changed() {
  list.load();
  unserved.look().catch(failed);
}

function health({ id, health: found, ...one }) {
  const paused = one.paused_until && [h("span", { class: "chip warn" }, t("endpoint.paused", { until: whole(one.paused_until) })), h("p", { class: "soft" }, `${one.paused_by}: ${one.pause_reason}`)];
  const failing = found.failing_since && [h("span", { class: "chip bad" }, t("endpoint.failing", { since: whole(found.failing_since) })), found.last_error && h("p", { class: "soft" }, found.last_error)];
  const well = found.last_success_at ? t("endpoint.success", { at: whole(found.last_success_at) }) : t("endpoint.untried");
  return [
    paused,
    failing,
    h("p", { class: "soft" }, well),
    found.p50_ms !== null && h("p", { class: "soft numbers" }, t("endpoint.paces", { p50: span(found.p50_ms), p99: span(found.p99_ms) })),
    found.owed > 0 && h("a", { href: `/deliveries?state=pending&endpoint_id=${id}` }, t("endpoint.owed", { n: found.owed })),
    one.overlap_until && h("p", { class: "soft" }, t("endpoint.overlaps", { until: whole(one.overlap_until) })),
  ];
}

function actions(one) {
  const button = (name, act) => h("button", { type: "button", class: "small", onclick: () => act(one, changed) }, t(`endpoint.${name}`));
  const halt = one.paused_until ? button("resume", resume) : button("pause", pause);
  return h("div", { class: "row" }, button("test", attempt), button("edit", edit), halt, button("rotate", rotate), button("remove", remove));
}

const offer = h("button", { type: "button", class: "primary", onclick: () => add(changed) }, t("endpoint.new"));
fill(document.getElementById("main"), h("div", { class: "head" }, h("h1", {}, t("page.endpoints")), offer), unserved.element, list.element);
changed();
