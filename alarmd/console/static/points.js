// All stores on the map: points where there is room, and numbers for many where there is none. Drawn on one canvas.
import * as L from "./vendor/leaflet/leaflet.js";
import { isDark } from "./choices.js";

const CELL_PX = 56;
const SINGLE_ZOOM = 16; // from here on every store is a point of its own
const FEW = 4; // so many in a cell are drawn as points at any zoom

/** A layer of points given as latitude and longitude in turn, in 0.00001 degrees. */
export class Points extends L.Layer {
  constructor(flat) {
    super();
    const count = flat.length / 2;
    this._x = new Float64Array(count); // in the square of the Web Mercator projection, 0 to 1
    this._y = new Float64Array(count);
    for (let i = 0; i < count; i += 1) {
      const sine = Math.sin((flat[2 * i] * 1e-5 * Math.PI) / 180);
      this._x[i] = (flat[2 * i + 1] * 1e-5) / 360 + 0.5;
      this._y[i] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
    }
  }

  onAdd(map) {
    this._map = map;
    this._canvas = L.DomUtil.create("canvas", "points leaflet-zoom-hide", map.getPanes().overlayPane);
    this._canvas.setAttribute("aria-hidden", "true");
    map.on("moveend resize", this._draw, this);
    this._draw();
    return this;
  }

  onRemove(map) {
    map.off("moveend resize", this._draw, this);
    this._canvas.remove();
  }

  _draw() {
    const size = this._map.getSize();
    const ratio = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._canvas, this._map.containerPointToLayerPoint([0, 0]));
    this._canvas.width = size.x * ratio;
    this._canvas.height = size.y * ratio;
    this._canvas.style.width = `${size.x}px`;
    this._canvas.style.height = `${size.y}px`;
    const pen = this._canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const ink = isDark() ? { fill: "#7fb2e5", text: "#0b1118" } : { fill: "#2f5d8a", text: "#ffffff" };
    for (const cell of this._cells(size)) drawCell(pen, ink, cell, this._map.getZoom());
  }

  /** What is in sight, by cells of a grid that is fixed to the ground, so that nothing jumps when the map is moved. */
  _cells(size) {
    const zoom = this._map.getZoom();
    const cellsOfWorld = (256 * 2 ** zoom) / CELL_PX;
    const corner = this._map.getPixelBounds().min;
    const left = Math.floor(corner.x / CELL_PX) - 1;
    const top = Math.floor(corner.y / CELL_PX) - 1;
    const wide = Math.ceil(size.x / CELL_PX) + 3;
    const high = Math.ceil(size.y / CELL_PX) + 3;
    const cells = new Array(wide * high);
    for (let i = 0; i < this._x.length; i += 1) {
      const across = this._x[i] * cellsOfWorld;
      const down = this._y[i] * cellsOfWorld;
      const column = Math.floor(across) - left;
      const row = Math.floor(down) - top;
      if (column < 0 || row < 0 || column >= wide || row >= high) continue;
      const cell = (cells[row * wide + column] ??= { n: 0, x: 0, y: 0, points: [] });
      const x = across * CELL_PX - corner.x;
      const y = down * CELL_PX - corner.y;
      cell.n += 1;
      cell.x += x;
      cell.y += y;
      if (cell.n <= FEW || zoom >= SINGLE_ZOOM) cell.points.push([x, y]);
    }
    return cells.filter(Boolean);
  }
}

function drawCell(pen, ink, cell, zoom) {
  pen.fillStyle = ink.fill;
  if (cell.n <= FEW || zoom >= SINGLE_ZOOM) {
    for (const [x, y] of cell.points) {
      pen.beginPath();
      pen.arc(x, y, zoom >= SINGLE_ZOOM ? 6 : 3.5, 0, 2 * Math.PI);
      pen.fill();
    }
    return;
  }
  pen.globalAlpha = 0.85;
  pen.beginPath();
  pen.arc(cell.x / cell.n, cell.y / cell.n, 9 + 2.6 * Math.log2(cell.n), 0, 2 * Math.PI);
  pen.fill();
  pen.globalAlpha = 1;
  pen.fillStyle = ink.text;
  pen.font = "600 12px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillText(cell.n < 1000 ? cell.n : `${(cell.n / 1000).toFixed(1)}k`, cell.x / cell.n, cell.y / cell.n);
}
