import { quote } from "../network/script-text.ts";

/** An interactive shell, started so that its prompt says where it is. */
export interface InteractiveShell {
  readonly command: readonly string[];
  /** Variables that it needs besides. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its start-up files, by name in the folder. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * The user's shell with a mark before its own prompt, whatever its start-up files make of that. An unknown one
 * starts as it is.
 * @param folder where its files will be.
 */
export function interactiveShell(
  shell: string,
  mark: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): InteractiveShell {
  // Of a mark, prompts would expand what looks like a variable, a command or an escape.
  if (!/^[\w\-./() ]*$/.test(mark)) return interactiveShell(shell, "(kubelane) ", folder, env);
  const plain = { command: [shell], env: {}, files: new Map<string, string>() };
  switch (shell.slice(shell.lastIndexOf("/") + 1)) {
    case "bash":
      return {
        ...plain,
        command: [shell, "--rcfile", `${folder}/bashrc`, "-i"],
        files: new Map([["bashrc", bashStart(mark)]]),
      };
    case "zsh":
      return {
        command: [shell, "-i"],
        env: { ZDOTDIR: folder },
        files: new Map([
          [".zshenv", zshFile(".zshenv", env["ZDOTDIR"], `ZDOTDIR=${quote(folder)}`)],
          [".zshrc", zshFile(".zshrc", env["ZDOTDIR"], zshMark(mark))],
        ]),
      };
    case "fish":
      return { ...plain, command: [shell, "--init-command", fishStart(mark)] };
    case "sh":
    case "dash":
    case "ash":
    case "ksh":
      return { ...plain, env: { PS1: `${mark}$ ` } };
    default:
      return plain;
  }
}

/** After every prompt command of the user's: some make the prompt anew for each line. */
function bashStart(mark: string): string {
  const marked = quote(mark);
  return `[ -r ~/.bashrc ] && . ~/.bashrc
__kubelane_mark() {
  local status=$?
  case $PS1 in ${marked}*) ;; *) PS1=${marked}$PS1 ;; esac
  return $status
}
PROMPT_COMMAND+=(__kubelane_mark)
__kubelane_mark
`;
}

/** Reads the user's own file first, with ZDOTDIR as it was before the shell was given another. */
function zshFile(name: string, zdotdir: string | undefined, then: string): string {
  const home = zdotdir === undefined ? "unset ZDOTDIR" : `ZDOTDIR=${quote(zdotdir)}`;
  return `${home}
[ -r "\${ZDOTDIR:-$HOME}/${name}" ] && . "\${ZDOTDIR:-$HOME}/${name}"
${then}
`;
}

function zshMark(mark: string): string {
  const marked = quote(mark);
  return `__kubelane_mark() { [[ $PS1 == ${marked}* ]] || PS1=${marked}$PS1 }
autoload -Uz add-zsh-hook && add-zsh-hook precmd __kubelane_mark`;
}

function fishStart(mark: string): string {
  return `functions -q fish_prompt; and functions -c fish_prompt __kubelane_prompt; or function __kubelane_prompt; echo -n '> '; end; function fish_prompt; echo -n ${quote(mark)}; __kubelane_prompt; end`;
}

/**
 * The same on a terminal of its own, by way of `script`. On the terminal outside, it would make process groups
 * of the namespace the foreground, and could not give the terminal back to a group that it does not see.
 */
export function onOwnTerminal(started: InteractiveShell, shell: string): InteractiveShell {
  const line = `SHELL=${quote(shell)} exec ${started.command.map(quote).join(" ")}`;
  return {
    ...started,
    command: ["script", "--quiet", "--return", "--command", line, "/dev/null"],
    // Who reads the line.
    env: { ...started.env, SHELL: "/bin/sh" },
  };
}
