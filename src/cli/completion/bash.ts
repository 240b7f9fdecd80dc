import { type CommandWords, type Flag, GLOBAL_FLAGS, type Offer } from "./vocabulary.ts";

/** A function for bash's `complete`; works with bash 3.2, which macOS has. */
export function bashScript(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name);
  return `# bash completion for kubelane
_kubelane() {
  local current previous command words files i first
  current="\${COMP_WORDS[COMP_CWORD]}"
  previous="\${COMP_WORDS[COMP_CWORD-1]}"
  command="" words="" files=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${names.join("|")}) command="\${COMP_WORDS[i]}"; first=$((i + 1)); break ;;
    esac
  done
  case "$command" in
    "")
${place(GLOBAL_FLAGS, [{ type: "words", words: names }], false)}
      ;;
${commands.map(commandCase).join("\n")}
  esac
  COMPREPLY=()
  if [ -n "$files" ]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -f -- "$current")
  elif [ -n "$words" ]; then
    while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -W "$words" -- "$current")
  fi
}
complete -F _kubelane kubelane
`;
}

function commandCase({ name, flags, arguments: args, repeats }: CommandWords): string {
  return `    ${name})\n${place(flags, args, repeats)}\n      ;;`;
}

/** What to offer after a flag, for a flag, and for an argument. */
function place(flags: readonly Flag[], args: readonly Offer[], repeats: boolean): string {
  const values = flags.filter(({ value }) => value !== undefined);
  const all = flags.flatMap(({ names }) => names).join(" ");
  const cases = values.map(
    ({ names, value }) => `        ${names.join("|")}) ${assign(value!)} ;;`,
  );
  const [first = { type: "nothing" } as Offer] = args;
  const single = args.length <= 1;
  const argument =
    single && repeats
      ? assign(first)
      : `[ "$COMP_CWORD" -eq "\${first:-$COMP_CWORD}" ] && ${assign(first)}`;
  return `      case "$previous" in
${cases.join("\n")}
        *)
          case "$current" in
            -*) words="${all}" ;;
            *) ${argument} ;;
          esac
          ;;
      esac`;
}

function assign(offer: Offer): string {
  switch (offer.type) {
    case "words":
      return `words="${offer.words.join(" ")}"`;
    case "files":
      return "files=1";
    case "nothing":
      return ":";
  }
}
