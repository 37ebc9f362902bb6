// The sandbox's control API, as this page uses it.
const ROOT = "/control";

/** The server said no, or could not be reached; `message` is fit to show. */
export class ControlError extends Error {}

async function call(method, path, options = {}) {
  let response;
  try {
    response = await fetch(ROOT + path, { method, ...options });
  } catch {
    throw new ControlError("The sandbox does not answer. Is it still running?");
  }
  const type = response.headers.get("content-type") ?? "";
  const body = type.includes("json") ? await response.json() : { error: (await response.text()).slice(0, 200) };
  if (!response.ok) throw new ControlError(body.error ?? `${path} answered ${response.status}`);
  return body;
}

const query = (values) => {
  const kept = Object.entries(values).filter(([, value]) => value);
  return `?${new URLSearchParams(kept)}`;
};

const get = (path, values = {}) => call("GET", path + query(values));
let last = 0;

/** When this page last asked for something, by `performance.now()`: what comes after it is its answer. */
export const asked = () => last;

const post = (path, body) => {
  last = performance.now();
  return call("POST", path, { body: JSON.stringify(body), headers: { "content-type": "application/json" } });
};

export const api = {
  state: (user) => get("/state", { user }),
  messages: (channel, user, thread) => get("/messages", { channel, user, thread_ts: thread }),
  views: (user) => get("/views", { user }),
  command: (body) => post("/command", body),
  action: (body) => post("/action", body),
  shortcut: (body) => post("/shortcut", body),
  close: (user, view) => post("/close", { user, view_id: view }),
  home: (user) => post("/home", { user }),
  charts: (on) => post("/native_charts", { on }),
  plans: (on) => post("/native_plans", { on }),
  invite: (channel) => post("/invite", { channel }),
  scope: (scope, granted) => post("/scopes", { scope, granted }),
  addFault: (fault) => post("/fault", fault),
  clearFaults: () => call("DELETE", "/fault"),
  advance: (seconds) => post("/clock", { advance: seconds }),
  bot: (what) => post("/bot", { do: what }),
  reset: () => post("/reset", {}),

  /** Post a message, with files. */
  message({ user, channel, text, thread, files }) {
    const form = new FormData();
    form.append("user", user);
    form.append("channel", channel);
    form.append("text", text);
    if (thread) form.append("thread_ts", thread);
    for (const file of files) form.append("file", file, file.name);
    return call("POST", "/message", { body: form });
  },

  /** Submit a modal: `files` maps "block_id/action_id" to a list of File. */
  submit({ user, view, values, files }) {
    const chosen = Object.entries(files).filter(([, list]) => list.length);
    if (!chosen.length) return post("/view", { user, view_id: view, values });
    const form = new FormData();
    form.append("user", user);
    form.append("view_id", view);
    form.append("values", JSON.stringify(values));
    for (const [field, list] of chosen) {
      for (const file of list) form.append(chosen.length > 1 ? field : "files", file, file.name);
    }
    return call("POST", "/view", { body: form });
  },
};

/** Follow what changes for a person; `onChange(names)`; returns a function that stops it. */
export function follow(user, onChange, onLink) {
  const source = new EventSource(`${ROOT}/stream${query({ user })}`);
  source.onopen = () => onLink(true);
  source.onerror = () => onLink(false);
  source.onmessage = (event) => onChange(JSON.parse(event.data).changed ?? []);
  return () => source.close();
}
