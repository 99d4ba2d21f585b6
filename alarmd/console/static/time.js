// Times as people read them.
import { language } from "./session.js";
import { t } from "./words.js";

const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(language, { month: "2-digit", day: "2-digit" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });

let ahead = 0; // of the server's clock over ours, in ms

/** Learn what the time is at the server, so that what is counted does not depend on this machine's clock. */
export function learn(serverTime) {
  ahead = Date.parse(serverTime) - Date.now();
}

/** Now, by the server's clock, in ms. */
export const now = () => Date.now() + ahead;

/** Seconds since a moment; never less than 0. */
export const secondsSince = (moment) => Math.max(0, (now() - Date.parse(moment)) / 1000);

/** 00:42, 12:05, 3:07:22: how long something goes on. */
export function counted(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** An age in one unit. */
export function age(seconds) {
  if (seconds < 60) return t("age.s", { n: Math.round(seconds) });
  if (seconds < 3600) return t("age.min", { n: Math.round(seconds / 60) });
  if (seconds < 172_800) return t("age.h", { n: Math.round(seconds / 3600) });
  return t("age.d", { n: Math.round(seconds / 86_400) });
}

/** The time of day, with the date where it is another day. */
export function at(moment) {
  if (!moment) return "–";
  const date = new Date(moment);
  const today = date.toDateString() === new Date().toDateString();
  return today ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

/** The time of day to the millisecond. */
export function exactly(moment) {
  const date = new Date(moment);
  return `${clock.format(date)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** Date and time. */
export const whole = (moment) => (moment ? full.format(new Date(moment)) : "–");

/** Milliseconds between two moments of the server, which tells microseconds. */
export function millisecondsBetween(from, to) {
  const micros = (moment) => Date.parse(moment) + Number((/\.\d{3}(\d{3})/.exec(moment) ?? [0, 0])[1]) / 1000;
  return micros(to) - micros(from);
}

/** 12 ms, 3.4 s. */
export const span = (ms) => (ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`);
