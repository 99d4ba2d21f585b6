// Follows /v1/events. Read with fetch and not with EventSource, which hides the comments by which the server shows
// that it is still there: a connection that died without a word must be noticed, since a silent board looks calm.
import { logInAgain } from "./api.js";

const SILENT_MS = 20_000; // a comment comes every 15 s at the latest
const AGAIN_MS = [250, 500, 1000, 2000, 3000];

let lastEventId = null;

/** Follow what changes until the page goes away; what was missed in between is made up for.
 *
 * @param onEvent is given each event: {type, data}.
 * @param onState is told "live" when it listens, and "lost" when it does not.
 * @param wanted says whether to listen just now; asked before each attempt.
 */
export async function follow({ onEvent, onState, wanted = () => true }) {
  for (let failures = 0; ; ) {
    if (wanted()) {
      const heard = await listen(onEvent, onState, wanted);
      failures = heard ? 0 : failures + 1;
      if (wanted()) onState("lost");
    }
    await pause(AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]);
  }
}

async function listen(onEvent, onState, wanted) {
  const abort = new AbortController();
  let watchdog = setTimeout(() => abort.abort(), SILENT_MS);
  const leave = () => wanted() || abort.abort();
  document.addEventListener("visibilitychange", leave);
  let heard = false;
  try {
    const headers = { Accept: "text/event-stream", ...(lastEventId ? { "Last-Event-ID": lastEventId } : {}) };
    const response = await fetch("/v1/events", { headers, signal: abort.signal, cache: "no-store" });
    if (response.status === 401) logInAgain();
    if (!response.ok) return false;
    const read = reader(onEvent);
    for await (const text of texts(response.body)) {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort(), SILENT_MS);
      if (!heard) onState("live");
      heard = true;
      read(text);
    }
  } catch {
    // Cut, silent for too long, or not wanted any more: whoever follows decides what then.
  } finally {
    clearTimeout(watchdog);
    document.removeEventListener("visibilitychange", leave);
  }
  return heard;
}

async function* texts(body) {
  const stream = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await stream.read();
    if (done) return;
    yield value;
  }
}

/** Reads pieces of a stream as they come (WHATWG HTML, 9.2.6). */
function reader(onEvent) {
  let rest = "";
  return (text) => {
    const blocks = (rest + text).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) dispatch(block, onEvent);
  };
}

function dispatch(block, onEvent) {
  const fields = { event: "message", data: [] };
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (name === "data") fields.data.push(value);
    else if (name) fields[name] = value;
  }
  if (fields.id) lastEventId = fields.id;
  if (fields.data.length) onEvent({ type: fields.event, data: JSON.parse(fields.data.join("\n")) });
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
