// Short words at the edge of the page: something was done, or could not be.
import { h } from "./dom.js";

const SHOWN_MS = 6000;

/** Say that something was done. */
export const done = (text) => show(text, "toast");

/** Say why something could not be done. */
export const failed = (problem) => show(problem.message, "toast bad");

function show(text, className) {
  const toast = h("div", { class: className }, text);
  document.getElementById("toasts").append(toast);
  setTimeout(() => toast.remove(), SHOWN_MS);
}
