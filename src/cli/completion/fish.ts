import { type CommandWords, type Flag, GLOBAL_FLAGS, type Offer } from "./vocabulary.ts";

/** `complete` commands for fish, with descriptions. */
export function fishScript(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const none = `not __fish_seen_subcommand_from ${names}`;
  const lines = [
    "# fish completion for kubelane",
    "complete -c kubelane -f",
    ...GLOBAL_FLAGS.map((flag) => flagLine(flag, none)),
  ];
  for (const { name, summary, flags, arguments: args } of commands) {
    lines.push(`complete -c kubelane -n ${quote(none)} -a ${name} -d ${quote(summary)}`);
    const inside = `__fish_seen_subcommand_from ${name}`;
    for (const flag of flags) lines.push(flagLine(flag, inside));
    const [first] = args;
    const offered = first === undefined ? "" : argument(first);
    if (offered !== "") lines.push(`complete -c kubelane -n ${quote(inside)} ${offered}`);
  }
  return `${lines.join("\n")}\n`;
}

function flagLine({ names, summary, value }: Flag, condition: string): string {
  const parts = names.map((name) =>
    name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
  );
  if (value !== undefined) parts.push(value.type === "files" ? "-r -F" : "-x");
  if (value?.type === "words") parts.push(`-a ${quote(value.words.join(" "))}`);
  return `complete -c kubelane -n ${quote(condition)} ${parts.join(" ")} -d ${quote(summary)}`;
}

function argument(offer: Offer): string {
  switch (offer.type) {
    case "words":
      return `-a ${quote(offer.words.join(" "))}`;
    case "files":
      return "-F";
    case "nothing":
      return "";
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
