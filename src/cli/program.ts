import {
  Argument,
  Command as Commander,
  CommanderError,
  InvalidArgumentError,
  Option,
} from "commander";
import { EngineEndedError } from "../control/ended-error.ts";
import { nearestName } from "../diagnostics/nearest-name.ts";
import { printable } from "../diagnostics/printable.ts";
import {
  type Command,
  CommandError,
  type Option as CommandOption,
  type Context,
  type Input,
} from "./command.ts";
import { EXIT } from "./exit-code.ts";
import { GLOBAL_OPTIONS, withGlobalOptions } from "./global-options.ts";
import { insteadOfKubectl } from "./kubectl-words.ts";

/**
 * Runs a command line, without the program's own name.
 * @returns the exit code; every message has been written by then.
 */
export async function runProgram(
  commands: readonly Command[],
  version: string,
  argv: readonly string[],
  context: Context,
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Commander("kubelane")
    .description("Kubernetes Services on your own machine: found by name, balanced over live pods.")
    .version(version, "-V, --version", "print the version")
    .helpCommand("help [command]", "help for a command")
    // Arguments are left out, as they would leave too little room for the summaries.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .showSuggestionAfterError(true)
    .showHelpAfterError("(see kubelane --help)")
    .addHelpText("after", "\nHelp for a command: kubelane COMMAND --help");
  for (const option of GLOBAL_OPTIONS) program.addOption(toOption(option));
  for (const command of commands) {
    const child = program
      .command(command.name)
      .summary(command.summary)
      .description(describe(command))
      .showHelpAfterError(`(see kubelane ${command.name} --help)`)
      .addHelpText("after", examplesOf(command));
    for (const { name, summary, required, variadic, choices } of command.arguments) {
      const word = variadic ? `${name}...` : name;
      const argument = new Argument(required ? `<${word}>` : `[${word}]`, summary);
      if (choices !== undefined) argument.argParser(choiceOf(choices));
      child.addArgument(argument);
    }
    for (const option of command.options) child.addOption(toOption(option));
    for (const option of GLOBAL_OPTIONS) child.addOption(toOption(option).hideHelp());
    child.action(async () => {
      const input: Input = {
        args: child.processedArgs,
        options: child.opts(),
        separated: argv.includes("--"),
      };
      const options = { ...program.opts(), ...child.opts() };
      exitCode = await command.run(withGlobalOptions(context, options), input);
    });
  }
  configureOutput(program, context);
  try {
    refuseUnknownHelp(commands, argv);
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    const exitCode = report(error, context);
    const hint =
      separatorHint(commands, argv, error) ?? oneEachHint(argv, error) ?? kubectlHint(argv, error);
    if (hint !== undefined) context.stderr.write(`  ${hint}\n`);
    return exitCode;
  }
}

function toOption({
  flags,
  summary,
  fallback,
  choices,
  instead,
  repeatable,
  hidden,
}: CommandOption): Option {
  const option = new Option(flags, summary).hideHelp(hidden === true);
  if (fallback !== undefined) option.default(fallback);
  if (repeatable === true) {
    option.argParser((value: string, before: readonly string[] = []) => [...before, value]);
  }
  if (choices !== undefined) option.argParser(choiceOf(choices, instead)).argChoices = [...choices];
  return option;
}

function choiceOf(
  choices: readonly string[],
  instead?: CommandOption["instead"],
): (value: string) => string {
  return (value) => {
    if (choices.includes(value)) return value;
    const elsewhere = instead?.(value);
    if (elsewhere !== undefined) throw new InvalidArgumentError(elsewhere);
    const near = nearestName(value, choices);
    const meant = near === undefined ? "" : ` Did you mean ${near}?`;
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(", ")}.${meant}`);
  };
}

/** Each subcommand needs this setting; otherwise commander prints and exits by itself. */
function configureOutput(program: Commander, { stdout, stderr, color }: Context): void {
  for (const each of [program, ...program.commands]) {
    each.exitOverride().configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(printable(text)),
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      getOutHasColors: () => color,
      getErrHasColors: () => color,
    });
  }
}

function report(error: unknown, { stderr }: Context): number {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  if (error instanceof CommandError) {
    stderr.write(printable(`kubelane: ${error.message}\n`));
    if (error.hint !== undefined) stderr.write(printable(`  ${error.hint}\n`));
    return error.exitCode;
  }
  if (error instanceof EngineEndedError) {
    stderr.write(`kubelane: ${error.message}\n`);
    return EXIT.no;
  }
  throw error;
}

/** Help for an unknown command must be an error, not the general help. */
function refuseUnknownHelp(commands: readonly Command[], argv: readonly string[]): void {
  const [first, second] = argv;
  const asked =
    first === "help" ? second : ["--help", "-h"].includes(argv.at(-1) ?? "") ? first : undefined;
  const names = [...commands.map(({ name }) => name), "help"];
  if (asked === undefined || asked.startsWith("-") || names.includes(asked)) return;
  const near = nearestName(asked, names);
  const hint = near === undefined ? "see kubelane --help" : `did you mean ${near}?`;
  throw new CommandError(EXIT.usage, `there is no command "${asked}"`, hint);
}

/** `logs`, `apply`: the equivalent here. */
function kubectlHint(argv: readonly string[], error: unknown): string | undefined {
  if (!(error instanceof CommanderError) || error.code !== "commander.unknownCommand") return;
  const word = argv.find((each) => !each.startsWith("-"));
  return word === undefined ? undefined : insteadOfKubectl(word);
}

/** `up -f a.yaml b.yaml`, or a pattern that the shell has expanded. */
function oneEachHint(argv: readonly string[], error: unknown): string | undefined {
  if (!(error instanceof CommanderError) || error.code !== "commander.excessArguments") return;
  if (!argv.some((word) => word.startsWith("-f") || word === "--filename")) return;
  return "-f takes one path, as kubectl's does: write it before each, or put the pattern in quotes";
}

/** `shell ls -l`: an option of the program was parsed as one of ours. */
function separatorHint(
  commands: readonly Command[],
  argv: readonly string[],
  error: unknown,
): string | undefined {
  if (!(error instanceof CommanderError) || error.code !== "commander.unknownOption") return;
  const command = commands.find(({ name }) => argv.includes(name));
  const takesProgram = command?.arguments.some(({ summary }) => summary.includes("-- program"));
  if (takesProgram !== true || argv.includes("--")) return;
  return `is it the program's? write -- before the program: kubelane ${command?.name} -- PROGRAM …`;
}

/** Lines that are too long for a terminal are wrapped; others keep their line breaks. */
function describe({ summary, description = "" }: Command): string {
  return `${summary}\n\n${description.replace(/(?<=[^\n]{80})\n/g, " ")}`.trimEnd();
}

function examplesOf(command: Command): string {
  const lines = command.examples.map(({ line, does }) => `  $ kubelane ${line}\n      ${does}`);
  return lines.length === 0 ? "" : `\nExamples:\n${lines.join("\n")}`;
}
