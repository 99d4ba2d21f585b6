// The map beside the board: where the stores are, and where it burns.
import * as L from "./vendor/leaflet/leaflet.js";
import { read } from "./api.js";
import { alarmMark, makeMap } from "./map.js";
import { Points } from "./points.js";
import { may } from "./session.js";

const NEAR_PX = 12;

/** The map; `onAlarm` is told which alarm's mark was clicked. */
export class BoardMap {
  constructor(element, onAlarm) {
    this._map = makeMap(element);
    this._marks = L.layerGroup().addTo(this._map);
    this._onAlarm = onAlarm;
    this._drawn = "";
    this._touched = false;
    for (const touch of ["pointerdown", "wheel", "keydown"]) element.addEventListener(touch, () => (this._touched = true), { once: true, passive: true });
    if (may("viewer")) this._map.on("click", ({ latlng }) => this._open(latlng));
  }

  /** Draw the stores, given as `GET /v1/board/points` gives them, and show all of them to whoever looks at nothing else yet. */
  drawStores(flat) {
    new Points(flat).addTo(this._map);
    if (!flat.length || this._touched) return;
    const bounds = L.latLngBounds([]);
    for (let i = 0; i < flat.length; i += 2) bounds.extend([flat[i] * 1e-5, flat[i + 1] * 1e-5]);
    this._map.fitBounds(bounds, { padding: [12, 12], animate: false });
  }

  /** Mark where these alarms are. */
  show(alarms) {
    const located = alarms.filter((alarm) => alarm.store);
    const drawn = located.map((alarm) => `${alarm.id} ${alarm.state}`).join();
    if (drawn === this._drawn) return;
    this._drawn = drawn;
    this._marks.clearLayers();
    for (const alarm of located) alarmMark(alarm, () => this._onAlarm(alarm)).addTo(this._marks);
  }

  /** Open the store that was clicked; where it is too crowded to say which, go nearer. */
  async _open({ lat, lng }) {
    const metres = (NEAR_PX * 40_075_016 * Math.cos((lat * Math.PI) / 180)) / (256 * 2 ** this._map.getZoom());
    const found = await read("/v1/stores", { near: `${lat},${lng},${metres}`, status: "open", limit: 2 });
    if (found.items.length === 1) location.assign(`/stores/${found.items[0].id}`);
    else if (found.items.length) this._map.setView([lat, lng], this._map.getZoom() + 2);
  }
}
