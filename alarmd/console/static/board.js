// The board: is anything burning, and is everything alive.
import { read } from "./api.js";
import { Card } from "./card.js";
import { fill, h, say } from "./dom.js";
import { may } from "./session.js";
import { look, onLook } from "./shell.js";
import { t } from "./words.js";
import { vitals } from "./vitals.js";

const LINES_EVERY_MS = 1000;

const line = h("ul", { class: "vitals", "aria-label": t("vitals") });
const calm = h("p", { class: "calm reading", role: "status" }, t("board.loading"));
const waitingTitle = h("h2", { class: "waiting-title", hidden: true, tabindex: "-1" });
const waiting = h("div", { role: "group", "aria-label": t("board.waiting") });
const takenTitle = h("h2", { hidden: true }, t("board.taken"));
const taken = h("div", { role: "group", "aria-label": t("board.taken") });
const mapElement = h("div", { class: "map board-map", role: "region", "aria-label": t("map") });
const skip = h("a", { class: "skip", href: "#main", hidden: true, onclick: toNewest }, t("board.newest"));
const cards = new Map();
let map = null;

// The first stop of the keyboard: from there one key more acknowledges.
document.querySelector(".skip").before(skip);

fill(
  document.getElementById("main"),
  h("h1", { class: "unseen" }, t("page.board")),
  line,
  h("section", { class: "alarms" }, calm, waitingTitle, waiting, takenTitle, taken),
  mapElement,
);

function show(board, fresh) {
  const at = document.activeElement?.closest("[data-alarm]");
  fill(line, vitals(board));
  place(waiting, board.waiting, fresh);
  place(taken, board.taken, fresh);
  const present = new Set([...board.waiting, ...board.taken].map((alarm) => alarm.id));
  for (const [id, card] of cards) {
    if (!present.has(id)) {
      card.element.remove();
      cards.delete(id);
    }
  }
  calm.classList.remove("reading");
  calm.hidden = board.waiting.length > 0;
  calm.classList.toggle("unsure", !board.ready);
  say(calm, t(board.ready ? "board.calm" : "board.unsure"));
  waitingTitle.hidden = skip.hidden = board.waiting.length === 0;
  say(waitingTitle, t("board.waiting.n", { n: `${board.waiting.length}${board.more_waiting ? "+" : ""}` }));
  takenTitle.hidden = board.taken.length === 0;
  map?.show([...board.waiting, ...board.taken], fresh);
  if (at && document.activeElement === document.body) goOn(at);
}

/** A card that went elsewhere has lost the focus: it goes on, but to nothing that one more touch of a key would do. */
function goOn(card) {
  if (!waitingTitle.hidden) waitingTitle.focus();
  else if (card.isConnected) card.focus();
}

/** Put the cards of these alarms into an element in this order, moving only those that are not in their place. */
function place(element, alarms, fresh) {
  // Real ones before tests; each list comes the newest first.
  const ordered = [...alarms.filter((alarm) => alarm.kind !== "test"), ...alarms.filter((alarm) => alarm.kind === "test")];
  ordered.forEach((alarm, index) => {
    let card = cards.get(alarm.id);
    if (card) card.update(alarm);
    else {
      card = new Card(alarm, look);
      cards.set(alarm.id, card);
      if (fresh.has(alarm.id)) card.announce();
    }
    if (element.children[index] !== card.element) element.insertBefore(card.element, element.children[index] ?? null);
  });
}

/** Put the focus on what there is to do with the newest alarm. */
function toNewest(event) {
  event?.preventDefault();
  cards.get(waiting.firstElementChild?.dataset.alarm)?.focus();
}

onLook(show);
setInterval(() => {
  for (const card of cards.values()) card.tick();
}, LINES_EVERY_MS);

// After the alarms: they do not wait for a map.
const { BoardMap } = await import("./board-map.js");
map = new BoardMap(mapElement, (alarm) => cards.get(alarm.id)?.element.scrollIntoView({ block: "center" }));
look();
if (may("viewer")) map.drawStores(await read("/v1/board/points"));
