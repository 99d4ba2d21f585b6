// The sound of a new alarm. A browser lets a page sound only after somebody has touched it: a button arms it, and it stays
// armed on the pages that follow.
const KEPT = "alarmd_sound";

let context = null;

/** Whether it would be heard. */
export const isArmed = () => context?.state === "running";

/** Be ready to sound, and let it be heard once, softly. */
export async function arm() {
  localStorage.setItem(KEPT, "armed");
  context ??= new AudioContext();
  await context.resume();
  tone(880, 0, 0.12, 0.15);
}

/** Be ready again where it was armed on an earlier page, at the latest when somebody touches this one (but for the button
 * itself, which would turn it off again with the same touch). */
export function rearm(onArmed) {
  if (localStorage.getItem(KEPT) !== "armed") return;
  context = new AudioContext();
  context.addEventListener("statechange", onArmed);
  const touched = ({ target }) => target.id !== "sound" && localStorage.getItem(KEPT) === "armed" && context.resume();
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, touched, { once: true });
}

/** Be silent. */
export function disarm() {
  localStorage.removeItem(KEPT);
  return context?.suspend();
}

/** Sound: two tones by turns for two seconds, or one short one for a test. */
export function sound({ test }) {
  if (!isArmed()) return;
  if (test) tone(660, 0, 0.2, 0.3);
  else for (let turn = 0; turn < 8; turn += 1) tone(turn % 2 ? 740 : 988, turn * 0.25, 0.22, 0.7);
}

function tone(hertz, after, lasts, loud) {
  const start = context.currentTime + after;
  const oscillator = new OscillatorNode(context, { type: "square", frequency: hertz });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setValueAtTime(loud * 0.4, start);
  gain.gain.exponentialRampToValueAtTime(0.001, start + lasts);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + lasts);
}
