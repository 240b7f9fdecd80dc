import type { Argument, Command, Option } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { GLOBAL_OPTIONS } from "../../src/cli/global-options.ts";

/** `docs/cli/README.md`, made of the commands as data. */
export function commandsPage(): string {
  const rows = COMMANDS.map(({ name, summary }) => `| [\`${name}\`](#${name}) | ${summary} |\n`);
  return `<!-- Made from src/cli/commands; \`npx vitest run test/docs -u\` makes it anew. -->

# Commands

| command | does |
|---|---|
${rows.join("")}
Every command takes

${table(GLOBAL_OPTIONS.map(optionRow))}
Data goes to standard output, talk to standard error. Exit codes: 0 fine, 1 the answer is no (no match,
findings, NXDOMAIN), 2 usage, 3 input unreadable, 4 could not listen, 129, 130 and 143 ended by a signal.

${COMMANDS.map(section).join("\n")}`;
}

function section(command: Command): string {
  const { name, summary, description, arguments: args, options, examples } = command;
  const usage = [
    "kubelane",
    name,
    ...args.map(argumentWord),
    ...(options.length > 0 ? ["[options]"] : []),
  ];
  const parts = [
    `## ${name}\n`,
    `\`${usage.join(" ")}\`: ${summary}.\n`,
    description === undefined ? "" : `${description.replace(/\n/g, " ")}\n`,
    table([
      ...args.map(argumentRow),
      ...options.filter(({ hidden }) => hidden !== true).map(optionRow),
    ]),
    examples.length === 0
      ? ""
      : `\`\`\`sh\n${examples.map(({ line, does }) => `kubelane ${line}   # ${does}`).join("\n")}\n\`\`\`\n`,
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function argumentWord({ name, required, variadic }: Argument): string {
  const word = variadic ? `${name}...` : name;
  return required ? `<${word}>` : `[${word}]`;
}

const argumentRow = (argument: Argument): [string, string] => [
  argumentWord(argument),
  argument.summary + choices(argument.choices),
];

const optionRow = ({
  flags,
  summary,
  fallback,
  choices: words,
  repeatable,
}: Option): [string, string] => [
  flags,
  summary +
    choices(words) +
    (repeatable ? "; may be repeated" : "") +
    (fallback === undefined ? "" : ` (default: ${fallback})`),
];

const choices = (words: readonly string[] | undefined) =>
  words === undefined ? "" : `: ${words.join(", ")}`;

function table(rows: readonly (readonly [string, string])[]): string {
  if (rows.length === 0) return "";
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const lines = rows.map(([left, right]) => `| \`${cell(left)}\` | ${cell(right)} |\n`);
  return `| | |\n|---|---|\n${lines.join("")}`;
}
