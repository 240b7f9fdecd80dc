import { quote } from "../../network/script-text.ts";
import { type CommandWords, type Flag, GLOBAL_FLAGS, type Offer } from "./vocabulary.ts";

/** A function for zsh's completion system, with descriptions. */
export function zshScript(commands: readonly CommandWords[]): string {
  const described = commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`);
  return `#compdef kubelane
_kubelane() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands
  commands=(
${described.join("\n")}
  )
  _arguments -C ${GLOBAL_FLAGS.map(specOf).join(" ")} '1: :->command' '*:: :->arguments' && return
  case $state in
    command) _describe -t commands command commands ;;
    arguments)
      case $words[1] in
${commands.map(commandCase).join("\n")}
      esac
      ;;
  esac
}
if [ "$funcstack[1]" = _kubelane ]; then _kubelane "$@"; else compdef _kubelane kubelane; fi
`;
}

function commandCase({ name, flags, arguments: args, repeats }: CommandWords): string {
  const specs = flags.map(specOf);
  for (const [i, offer] of args.entries()) {
    const position = repeats && i === args.length - 1 ? "*" : String(i + 1);
    specs.push(quote(`${position}:argument:${action(offer)}`));
  }
  return `        ${name})\n          _arguments \\\n            ${specs.join(" \\\n            ")}\n          ;;`;
}

/** `'(-o --output)'{-o,--output}'[how to print]:value:(table json)'` */
function specOf({ names, summary, value }: Flag): string {
  const text = `[${summary.replace(/[[\]\\]/g, "\\$&")}]${value === undefined ? "" : `:value:${action(value)}`}`;
  if (names.length === 1) return `${names[0]}${quote(text)}`;
  return `${quote(`(${names.join(" ")})`)}{${names.join(",")}}${quote(text)}`;
}

function action(offer: Offer): string {
  switch (offer.type) {
    case "words":
      return `(${offer.words.join(" ")})`;
    case "files":
      return "_files";
    case "nothing":
      return " ";
  }
}
