// What the composer suggests while somebody types: commands, verbs, people.
import { state } from "./store.js";

/** A verb line such as "search <words>" apart: ["search", "<words>"]. */
function apart(line) {
  const [verb, ...rest] = line.trim().split(/\s+/);
  return [verb, rest.join(" ")];
}

/**
 * Suggestions for the text before the caret.
 * Returns {options: [{label, hint, text}], at, usage}: `text` replaces everything from `at`;
 * `chosen` is the option Enter would take, -1 when Enter should send.
 */
export function suggest(before) {
  const command = before.match(/^\/(\S*)$/);
  if (command) return commands(before);
  const known = state.commands.find((command) => before.startsWith(`${command.command} `));
  if (known) return verbs(known, before.slice(known.command.length + 1));
  const at = before.match(/(?:^|\s)@([\p{L}\p{N}._-]*)$/u);
  return at ? people(at[1].toLowerCase(), before.length - at[1].length - 1) : NONE;
}

const NONE = { options: [], at: 0, chosen: -1, usage: null };

function commands(typed) {
  if (state.commands.some((command) => command.command === typed)) return { ...NONE, usage: usageOf(typed) };
  const options = state.commands.filter((command) => command.command.startsWith(typed)).map((command) => ({ label: command.command, hint: command.description, text: `${command.command} ` }));
  return { options, at: 0, chosen: 0, usage: null };
}

function usageOf(name) {
  const known = state.commands.find((command) => command.command === name);
  return { label: known.command, hint: known.description };
}

function verbs(known, typed) {
  const at = known.command.length + 1;
  const lines = state.hints.map(apart);
  const exact = lines.find(([verb]) => typed === verb || typed.startsWith(`${verb} `));
  if (exact) return { ...NONE, usage: { label: `${known.command} ${exact[0]}`, hint: exact[1] } };
  if (typed.includes(" ")) return { ...NONE, usage: usageOf(known.command) };
  const options = lines.filter(([verb]) => verb.startsWith(typed)).map(([verb, rest]) => ({ label: `${known.command} ${verb}`, hint: rest, text: rest ? `${verb} ` : verb }));
  return { options, at, chosen: typed ? 0 : -1, usage: null };
}

function people(typed, at) {
  const all = [...state.people.values()].filter((person) => person.id !== "USLACKBOT" && person.id !== state.me);
  all.sort((a, b) => Number(b.id === state.bot.id) - Number(a.id === state.bot.id));
  const options = all.filter((person) => person.name.toLowerCase().includes(typed)).map((person) => ({ label: `@${person.name}`, hint: person.is_bot ? "app" : "", text: `@${person.name} `, person: person.id }));
  return { options, at, chosen: 0, usage: null };
}
