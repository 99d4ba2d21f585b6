// Speaks to the API, with the session of the page.
import { csrf } from "./session.js";
import { t } from "./words.js";

const WITHIN_MS = 15_000;
const IMPORT_WITHIN_MS = 300_000;

/** What the API answered in place of what was asked (RFC 9457); status 0 where it did not answer at all. */
export class Problem extends Error {
  constructor(status, detail, errors = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

/** Read: the JSON of the answer. Parameters that are null, undefined or empty are left out. */
export async function read(path, parameters = {}) {
  return (await request("GET", withQuery(path, parameters))).data;
}

/** Read one thing together with its ETag: `{data, etag}`. */
export const readTagged = (path) => request("GET", path);

/** Write; with an ETag only what is still as it was. Gives `{data, etag}`. */
export function write(method, path, body, etag = null) {
  const headers = { "Content-Type": "application/json" };
  if (etag) headers["If-Match"] = etag;
  return request(method, path, { headers, body: body === undefined ? undefined : JSON.stringify(body) });
}

/** Send a file as it is. */
export async function sendFile(path, parameters, file) {
  return (await request("POST", withQuery(path, parameters), { headers: typeOf(file), body: file }, IMPORT_WITHIN_MS)).data;
}

/** Send a file, and get one back. */
export async function exchangeFile(path, parameters, file) {
  const response = await answer("POST", withQuery(path, parameters), { headers: typeOf(file), body: file }, AbortSignal.timeout(IMPORT_WITHIN_MS));
  if (!response.ok) throw problemOf(response.status, await parsed(response));
  return response.blob();
}

/** Send a file to be imported, be told how far it is as {stage, done, of}, and get the report. */
export async function followImport(path, parameters, file, onProgress) {
  const abort = new AbortController();
  let watchdog = setTimeout(() => abort.abort(), IMPORT_WITHIN_MS);
  try {
    const response = await answer("POST", withQuery(path, { ...parameters, stream: true }), { headers: typeOf(file), body: file }, abort.signal);
    if (!response.ok) throw problemOf(response.status, await parsed(response));
    for await (const line of lines(response.body)) {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => abort.abort(), IMPORT_WITHIN_MS);
      const told = JSON.parse(line);
      if (told.report) return told.report;
      if (told.problem) throw problemOf(told.problem.status, told.problem);
      onProgress(told);
    }
  } catch (problem) {
    if (problem instanceof Problem) throw problem;
  } finally {
    clearTimeout(watchdog);
  }
  throw new Problem(0, t("import.cut"));
}

async function* lines(body) {
  const stream = body.pipeThrough(new TextDecoderStream()).getReader();
  const pieces = [];
  for (;;) {
    const { done, value } = await stream.read();
    const [first, ...more] = (value ?? "").split("\n");
    pieces.push(first);
    for (const next of more) {
      yield pieces.splice(0, Infinity, next).join("");
    }
    if (done) return;
  }
}

const typeOf = (file) => ({ "Content-Type": file.type || "application/octet-stream" });

async function request(method, path, sent = {}, within = WITHIN_MS) {
  const response = await answer(method, path, sent, AbortSignal.timeout(within));
  const data = await parsed(response);
  if (!response.ok) throw problemOf(response.status, data);
  return { data, etag: response.headers.get("ETag") };
}

async function answer(method, path, { headers = {}, body } = {}, signal) {
  let response;
  try {
    response = await fetch(path, {
      method,
      body,
      headers: { Accept: "application/json", ...headers, ...(method === "GET" ? {} : { "X-CSRF-Token": csrf }) },
      signal,
    });
  } catch {
    throw new Problem(0, t("problem.unreachable"));
  }
  return response.status === 401 ? logInAgain() : response;
}

/** Go and log in, and come back. The page goes away: what is given is never done, and who waits for it waits no more. */
export function logInAgain() {
  location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  return new Promise(() => {});
}

const problemOf = (status, data) => new Problem(status, detailOf(status, data), data?.errors ?? []);

function detailOf(status, data) {
  const known = { 500: "problem.internal", 503: "problem.unavailable" }[status];
  return known ? t(known, { id: data?.instance ?? "" }) : (data?.detail ?? `HTTP ${status}`);
}

async function parsed(response) {
  try {
    return JSON.parse(await response.text());
  } catch {
    return null;
  }
}

function withQuery(path, parameters) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(given.flatMap(([name, value]) => [value].flat().map((one) => [name, one])));
  return query.size ? `${path}?${query}` : path;
}
