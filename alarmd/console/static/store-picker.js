// Chooses a store by typing some of its name, address or telephone number.
import { read } from "./api.js";
import { fill, h, say } from "./dom.js";
import { t } from "./words.js";

const TYPING_MS = 200;
const SHOWN = 8;

/** A field `store_id`: a search, what it found as choices, and the one that is chosen.
 *
 * @param onPick is given the id of a store that was chosen, or null.
 * @param mayBeNone whether it may be taken away again.
 */
export function storePicker(storeId, { onPick = () => {}, mayBeNone = true } = {}) {
  const chosen = h("input", { type: "hidden", name: "store_id", value: storeId ?? "" });
  const search = h("input", { type: "search", id: "store-search", autocomplete: "off", placeholder: t("picker.type") });
  const found = h("div", { class: "form", role: "radiogroup", "aria-label": t("alarm.store") });
  const told = h("p", { class: "hint", role: "status" });
  const pick = (store) => {
    chosen.value = store?.id ?? "";
    say(told, store ? t("picker.chosen", { name: store.name, address: store.road_address ?? store.jibun_address }) : t("picker.none"));
    onPick(store?.id ?? null);
  };
  const option = (store) =>
    h("div", { class: "check wide" },
      h("input", { type: "radio", name: "", id: `pick-${store.id}`, checked: store.id === chosen.value, onchange: () => pick(store) }),
      h("label", { for: `pick-${store.id}` }, h("b", {}, store.name), ` ${store.road_address ?? store.jibun_address}`));
  let typing = null;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(async () => {
      const page = search.value.trim() ? await read("/v1/stores", { q: search.value, status: "open", limit: SHOWN }) : { items: [] };
      const radios = page.items.map(option);
      fill(found, radios);
      // Of one group, though they have no name that the form would send.
      for (const radio of found.querySelectorAll("input")) {
        radio.addEventListener("change", () => {
          for (const other of found.querySelectorAll("input")) other.checked = other === radio;
        });
      }
      if (search.value.trim() && !page.items.length) say(told, t("stores.empty"));
    }, TYPING_MS);
  });
  const away = h("button", { type: "button", class: "small", onclick: () => pick(null) }, t("picker.away"));
  if (storeId) read(`/v1/stores/${storeId}`).then(pick);
  else say(told, t("picker.none"));
  return { element: h("div", { class: "wide" }, h("label", { for: "store-search" }, t("alarm.store")), search, chosen, told, found, storeId && mayBeNone && away) };
}
