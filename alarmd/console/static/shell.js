// What every page has: the menu, the number of alarms that burn, sound, and the word that the page has lost its stream.
import { read } from "./api.js";
import "./choices.js";
import { fill, h, say } from "./dom.js";
import { arm, disarm, isArmed, rearm, sound } from "./sound.js";
import { follow } from "./stream.js";
import { learn } from "./time.js";
import { t } from "./words.js";

const onBoard = location.pathname === "/";
const LOOK_EVERY_MS = 10_000;
const APART_MS = 200; // between two looks, so that a storm of alarms is not a storm of questions
const FLASH_MS = 700;

const still = matchMedia("(prefers-reduced-motion: reduce)");
const title = document.title;
const burning = document.getElementById("burning");
const lost = document.getElementById("lost");
const listeners = new Set();
const eventListeners = new Set();
const known = new Set();
let first = true;
let looking = false;
let again = false;
let wanting = 0;
const trouble = { stream: false, board: null };

/** Be given each new look at the board, as `GET /v1/board` has it. */
export function onLook(listener) {
  listeners.add(listener);
}

/** Be given each event of the stream, and null when the stream is there again after it was lost. */
export function onEvent(listener) {
  eventListeners.add(listener);
}

/** Look at the board now, or right after the look that is under way. */
export async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  try {
    take(await read("/v1/board"));
    trouble.board = null;
  } catch (problem) {
    trouble.board = problem;
  }
  tell();
  setTimeout(() => {
    looking = false;
    if (again) {
      again = false;
      look();
    }
  }, APART_MS);
}

function take(board) {
  learn(board.at);
  const fresh = board.waiting.filter((alarm) => !known.has(alarm.id));
  for (const alarm of fresh) known.add(alarm.id);
  if (fresh.length && !first) announce(fresh);
  const news = new Set(first ? [] : fresh.map((alarm) => alarm.id));
  first = false;
  wanting = board.waiting.filter((alarm) => alarm.kind === "panic").length;
  say(burning, t("burning", { n: board.more_waiting ? `${wanting}+` : wanting }));
  burning.hidden = wanting === 0 || onBoard;
  for (const listener of listeners) listener(board, news);
}

function announce(fresh) {
  const real = fresh.filter((alarm) => alarm.kind === "panic");
  sound({ test: real.length === 0 });
  const names = fresh.slice(0, 3).map((alarm) => alarm.store?.name ?? t("unlocated"));
  // An element of its own: the same words once more are spoken once more.
  fill(document.getElementById("spoken"), h("p", {}, t(real.length ? "new.panic" : "new.test", { names: names.join(", ") })));
}

function tell() {
  const text = trouble.stream ? t("lost.stream") : trouble.board ? t("lost.board", { why: trouble.board.message }) : "";
  say(lost, text);
  lost.hidden = text === "";
  document.body.classList.toggle("is-lost", text !== "");
}

function flash() {
  const alarmed = wanting > 0 || !lost.hidden;
  const odd = still.matches || Math.floor(Date.now() / FLASH_MS) % 2;
  const sign = lost.hidden ? `● ${t("burning", { n: wanting })}` : `⚠ ${t("lost.title")}`;
  document.title = alarmed && odd ? sign : title;
}

function offerSound() {
  const button = document.getElementById("sound");
  const show = () => {
    button.setAttribute("aria-pressed", String(isArmed()));
    say(button, t(isArmed() ? "sound.armed" : "sound.arm"));
  };
  button.addEventListener("click", async () => {
    await (isArmed() ? disarm() : arm());
    show();
  });
  rearm(show);
}

function offerMenu() {
  const toggle = document.getElementById("menu-toggle");
  toggle.addEventListener("click", () => {
    const open = document.getElementById("menu").classList.toggle("open");
    toggle.setAttribute("aria-expanded", String(open));
  });
}

offerSound();
offerMenu();
setInterval(look, LOOK_EVERY_MS);
setInterval(flash, FLASH_MS);
look();
follow({
  // A browser holds six connections to a host: only the board listens while nobody sees it.
  wanted: () => onBoard || document.visibilityState === "visible",
  onEvent: (event) => {
    look();
    for (const listener of eventListeners) listener(event);
  },
  onState: (state) => {
    trouble.stream = state === "lost";
    tell();
    if (state === "live") {
      look();
      for (const listener of eventListeners) listener(null);
    }
  },
});
