// A map of the districts' outlines, over tiles where there is a server for them, and what is put on it.
import * as L from "./vendor/leaflet/leaflet.js";
import { isDark } from "./choices.js";
import { h } from "./dom.js";
import { t } from "./words.js";

const SEOUL = [
  [37.413, 126.734],
  [37.715, 127.269],
];
const NAMES_FROM_ZOOM = 12;
const PULSE_PX = 22;
const { tiles, tilesOf } = document.body.dataset;

/** As near as there is something to see around a place: streets on tiles, districts without. */
export const NEAR_ZOOM = tiles ? 16 : 12;

/** A map in an element, with the districts drawn; it shows Seoul until told otherwise. */
export function makeMap(element) {
  const map = L.map(element, { attributionControl: false, zoomControl: false, minZoom: 6, maxZoom: 19, zoomSnap: 0.5, preferCanvas: true });
  L.control.zoom({ zoomInTitle: t("map.in"), zoomOutTitle: t("map.out") }).addTo(map);
  map.fitBounds(SEOUL);
  if (tiles) drawTiles(map);
  drawDistricts(map);
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(element);
  return map;
}

/** Leaflet's own layer of tiles loads an image of its own in place of one that is not wanted any more: no page may. */
class Tiles extends L.GridLayer {
  createTile({ x, y, z }, done) {
    const url = tiles.replace("{z}", z).replace("{x}", x).replace("{y}", y);
    return h("img", { alt: "", src: url, onload: (event) => done(null, event.target), onerror: (event) => done(new Error(url), event.target) });
  }
}

function drawTiles(map) {
  new Tiles({ maxZoom: map.getMaxZoom(), className: isDark() ? "tiles dim" : "tiles" }).addTo(map);
  if (!tilesOf) return;
  const whose = new L.Control({ position: "bottomright" });
  whose.onAdd = () => h("div", { class: "tiles-of" }, tilesOf);
  whose.addTo(map);
}

async function drawDistricts(map) {
  const { districts } = await (await fetch(new URL("./districts.json", import.meta.url))).json();
  const style = { color: isDark() ? "#6a7788" : "#7a8797", weight: 1.2, fillColor: isDark() ? "#1d232b" : "#f9fafb", fillOpacity: tiles ? 0 : 1, interactive: false };
  const shapes = L.layerGroup().addTo(map);
  const names = L.layerGroup();
  map.createPane("ground").style.zIndex = 250; // over the tiles, under all else
  const renderer = L.canvas({ pane: "ground", padding: 0.5 });
  for (const { name, ring } of Object.values(districts)) {
    const outline = L.polygon(ring.map(([lon, lat]) => [lat, lon]), { ...style, renderer, pane: "ground" }).addTo(shapes);
    const label = h("span", {}, name);
    const icon = L.divIcon({ className: "district-name", html: label, iconSize: [80, 20] });
    L.marker(outline.getBounds().getCenter(), { icon, interactive: false, keyboard: false, pane: "ground" }).addTo(names);
  }
  const show = () => (map.getZoom() >= NAMES_FROM_ZOOM ? names.addTo(map) : names.remove());
  map.on("zoomend", show);
  show();
}

/** A mark that pulses where an alarm is. */
export function alarmMark(alarm, onOpen) {
  const state = alarm.state === "acknowledged" ? "taken" : alarm.kind === "test" ? "test" : "";
  const icon = L.divIcon({ className: `pulse ${state}`, html: h("span", { class: "unseen" }, alarm.store.name), iconSize: [PULSE_PX, PULSE_PX] });
  const { lat, lon } = alarm.store.location;
  const mark = L.marker([lat, lon], { icon, zIndexOffset: state ? 0 : 1000 });
  return mark.on("click", onOpen).on("keypress", (event) => event.originalEvent.key === "Enter" && onOpen());
}

/** A point that can be dragged, and set by a click on the map; `onSet` is given {lat, lon}. */
export function pointMark(map, place, onSet) {
  const movable = Boolean(onSet);
  const icon = L.divIcon({ className: "pulse taken", html: h("span", { class: "unseen" }, t("map.point")), iconSize: [PULSE_PX, PULSE_PX] });
  const options = { icon, draggable: movable, interactive: movable, keyboard: movable, autoPan: true };
  const mark = L.marker([place.lat, place.lon], options).addTo(map);
  if (onSet) {
    const tell = ({ lat, lng }) => onSet({ lat: Number(lat.toFixed(6)), lon: Number(lng.toFixed(6)) });
    mark.on("dragend", () => tell(mark.getLatLng()));
    map.on("click", ({ latlng }) => {
      mark.setLatLng(latlng);
      tell(latlng);
    });
  }
  return mark;
}
