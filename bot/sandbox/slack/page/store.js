// What the page knows: one object, changed here, watched by the parts that draw it.
import { api, follow } from "./api.js";

const EMPTY = { users: [], channels: [], commands: [], hints: [], shortcuts: [], faults: [], kinds: {}, targets: [] };

export const state = {
  ...EMPTY,
  optional_scopes: [],
  photos: [],
  bot: { id: "", name: "bot", status: "starting" },
  ready: false,
  linked: true,
  me: "",
  here: "",
  thread: null,
  messages: [],
  replies: [],
  views: [],
  home: null,
  people: new Map(),
  unread: new Set(),
  notes: new Map(),
};

const watchers = new Map();
let unfollow = () => {};
let fresh = true;

/** Run `draw` whenever one of these topics changes: state, messages, replies, views, home, place. */
export function watch(topics, draw) {
  for (const topic of topics) watchers.set(topic, [...(watchers.get(topic) ?? []), draw]);
}

function changed(...topics) {
  const due = new Set(topics.flatMap((topic) => watchers.get(topic) ?? []));
  for (const draw of due) draw();
}

/** The channel shown now; undefined on the home tab. */
export const channelHere = () => state.channels.find((channel) => channel.id === state.here);
export const myself = () => state.people.get(state.me);

/** Simulated seconds since the epoch: time runs on between two answers of the server. */
export function simulatedNow() {
  if (!state.now) return Date.now() / 1000;
  return state.now + ((Date.now() - state.readAt) / 1000) * (state.speed || 1);
}

/** Begin as the remembered person, or the first. */
export async function start() {
  await loadState(sessionStorage.getItem("me") ?? "");
  await become(state.people.has(sessionStorage.getItem("me")) ? sessionStorage.getItem("me") : state.users[0]?.id);
}

/** Act as another person. */
export async function become(user) {
  unfollow();
  const before = channelHere();
  sessionStorage.setItem("me", user);
  Object.assign(state, { me: user, views: [], home: null, thread: null, messages: [], replies: [] });
  state.unread.clear();
  await loadState(user);
  fresh = true;
  unfollow = follow(user, onChange, onLink);
  const kept = state.channels.find((channel) => channel.id === before?.id);
  const dm = before?.kind === "dm" && state.channels.find((channel) => channel.kind === "dm");
  const wanted = location.hash.slice(1);
  const place = kept?.id ?? (dm && dm.id) ?? "";
  await go(place || (known(wanted) ? wanted : state.channels[0]?.id));
  await loadViews();
}

const known = (place) => place === "home" || state.channels.some((channel) => channel.id === place);

/** Show a channel, or "home". */
export async function go(place, thread = null) {
  if (!known(place)) return;
  const moved = place !== state.here;
  Object.assign(state, { here: place, thread });
  if (moved) Object.assign(state, { messages: [], replies: [] });
  state.unread.delete(place);
  if (location.hash.slice(1) !== place) history.replaceState(null, "", `#${place}`);
  changed("place", "state");
  if (place === "home") await Promise.all([api.home(state.me), loadViews()]);
  else await loadMessages();
}

/** Open a thread beside the channel; null closes it. */
export async function openThread(ts) {
  state.thread = ts;
  state.replies = ts ? state.messages.filter((message) => message.ts === ts) : [];
  changed("place", "replies");
  if (ts) await loadMessages();
}

/** Say something as Slackbot that only this person sees and the server does not know. */
export function note(text, thread = null) {
  const list = state.notes.get(state.here) ?? [];
  const newest = Math.max(0, ...[...state.messages, ...state.replies, ...list].map((message) => Number(message.ts)));
  const ts = Math.max(simulatedNow(), newest + 0.0001).toFixed(6);
  const said = { ts, user: "USLACKBOT", text, ephemeral: true, local: true, thread_ts: thread };
  state.notes.set(state.here, [...list, said]);
  changed("messages", "replies");
}

async function loadState(user) {
  const news = await api.state(user);
  Object.assign(state, EMPTY, news, { ready: true, readAt: Date.now() });
  state.people = new Map(news.users.map((person) => [person.id, person]));
  state.people.set(state.bot.id, { ...state.people.get(state.bot.id), ...state.bot, is_bot: true });
  state.people.set("USLACKBOT", { id: "USLACKBOT", name: "Slackbot", is_bot: true });
  changed("state");
}

async function loadMessages() {
  const { here, me, thread } = state;
  if (here === "home" || !here) return;
  const [top, replies] = await Promise.all([
    api.messages(here, me),
    thread ? api.messages(here, me, thread) : { messages: [] },
  ]);
  if (here !== state.here || me !== state.me) return;
  state.messages = top.messages;
  if (thread === state.thread) state.replies = replies.messages;
  changed("messages", "replies");
}

async function loadViews() {
  const me = state.me;
  const { views, home } = await api.views(me);
  if (me !== state.me) return;
  Object.assign(state, { views, home: home ?? null });
  changed("views", "home");
}

function onLink(linked) {
  fresh = fresh || linked; // the first event after connecting names everything
  if (state.linked === linked) return;
  state.linked = linked;
  changed("state");
}

/** Reload what the server names; loads of one kind never overtake each other. */
function onChange(names) {
  if (names.includes("state")) queue("state", () => loadState(state.me));
  if (names.some((name) => name === `views:${state.me}` || name === `home:${state.me}`)) queue("views", loadViews);
  for (const name of names) {
    const [kind, channel] = name.split(":");
    if (kind !== "messages") continue;
    if (channel === state.here) queue("messages", loadMessages);
    else if (!fresh && state.channels.some((known) => known.id === channel)) state.unread.add(channel);
  }
  fresh = false;
  changed("unread");
}

const running = new Map();

async function queue(kind, load) {
  if (running.has(kind)) {
    running.set(kind, true);
    return;
  }
  do {
    running.set(kind, false);
    try {
      await load();
    } catch {
      onLink(false);
    }
  } while (running.get(kind));
  running.delete(kind);
}
