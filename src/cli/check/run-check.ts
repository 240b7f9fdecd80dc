import { RULES, ruleInfo } from "../../checks/catalog.ts";
import { nearestName } from "../../diagnostics/nearest-name.ts";
import { countBySeverity, describeCounts } from "../../diagnostics/order.ts";
import type { ManifestInput } from "../../manifests/manifest-input.ts";
import type { LocalConfig } from "../../manifests/read-local-config.ts";
import type { Release } from "../../objects/release.ts";
import { isUnread } from "../../sources/path-findings.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findLocalConfig } from "../local-config.ts";
import { givenManifests } from "../manifest-options.ts";
import { withProgress } from "../progress.ts";
import { formatTable } from "../table.ts";
import { timed } from "../verbose.ts";
import { packageVersion } from "../version.ts";
import { type CheckOptions, type CheckResult, checkFiles } from "./check-files.ts";
import { fixFiles } from "./fix-files.ts";
import { type CheckFormat, formatFindings } from "./formats.ts";

export async function runCheck(context: Context, { args, options }: Input): Promise<number> {
  if (options["rules"] === true) {
    context.stdout.write(ruleTable());
    return EXIT.ok;
  }
  const maxWarnings = parseCount(options["maxWarnings"] as string | undefined);
  const ignored = (options["ignore"] ?? []) as readonly string[];
  for (const id of ignored) refuseUnknown(id);
  const given = [...((args[0] ?? []) as readonly string[]), ...(givenManifests({ options }) ?? [])];
  const config = given.length === 0 ? await namingConfig(context) : undefined;
  const manifests = config?.values.manifests ?? given;
  const exclude = (options["exclude"] ?? []) as readonly string[];
  const release = (options["kubernetes"] as Release | undefined) ?? config?.values.kubernetes;
  const check = () => checkManifests(context, manifests, ignored, { exclude, release, config });
  const result = options["fix"] === true ? await fixAll(context, check) : await check();
  const format = options["output"] as CheckFormat;
  const text = formatFindings(result, format, { color: context.color, version: packageVersion() });
  context.stdout.write(text);
  return conclude(context, result, maxWarnings);
}

/** An object may be checked further once its first errors are fixed, so more may be found. */
const MAX_FIX_ROUNDS = 10;

/** Fixes what can be fixed, and prints how much. @returns the remaining findings. */
async function fixAll(context: Context, check: () => Promise<CheckResult>): Promise<CheckResult> {
  const fixed = new Map<string, number>();
  let result = await check();
  for (let round = 0; round < MAX_FIX_ROUNDS; round++) {
    const made = fixFiles(context, result);
    if (made.size === 0) break;
    for (const [file, edits] of made) fixed.set(file, (fixed.get(file) ?? 0) + edits);
    result = await check();
  }
  const findings = [...fixed.values()].reduce((sum, edits) => sum + edits, 0);
  context.stderr.write(`fixed ${count(findings, "finding")} in ${count(fixed.size, "file")}\n`);
  return result;
}

/** The kubelane.yaml whose manifests are checked. @throws CommandError when there is none. */
async function namingConfig(context: Context): Promise<LocalConfig> {
  const config = await findLocalConfig(context, undefined);
  if (config !== undefined) return config;
  throw new CommandError(
    EXIT.unreadable,
    "there is nothing to check: no kubelane.yaml is here or above",
    "name manifests, for example kubelane check k8s/",
  );
}

function checkManifests(
  context: Context,
  manifests: readonly ManifestInput[],
  ignored: readonly string[],
  options: CheckOptions,
): Promise<CheckResult> {
  return withProgress(context, "checking", () =>
    timed(
      context,
      ({ objects }) => `checked ${count(objects, "object")}`,
      async () => {
        const result = await checkFiles(context, manifests, options);
        const diagnostics = result.diagnostics.filter(({ rule }) => !ignored.includes(rule));
        return { ...result, diagnostics };
      },
    ),
  );
}

/** Prints the totals on stderr. @returns the exit code. */
function conclude(
  { stderr }: Context,
  { diagnostics, objects }: CheckResult,
  maxWarnings: number | undefined,
): number {
  const counts = countBySeverity(diagnostics);
  const sum = describeCounts(counts) || "no findings";
  stderr.write(`${sum}; ${count(objects, "object")} usable\n`);
  if (diagnostics.some(isUnread)) return EXIT.unreadable;
  if (counts.error > 0) return EXIT.no;
  if (maxWarnings === undefined || counts.warning <= maxWarnings) return EXIT.ok;
  stderr.write(`more than ${count(maxWarnings, "warning")} (--max-warnings)\n`);
  return EXIT.no;
}

function parseCount(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text);
  throw new CommandError(EXIT.usage, `--max-warnings ${text} is no count`, "write a number, 0 say");
}

function refuseUnknown(id: string): void {
  if (ruleInfo(id) !== undefined) return;
  const ids = RULES.map((rule) => rule.id);
  const near = nearestName(id, ids);
  throw new CommandError(
    EXIT.usage,
    `there is no rule ${id}`,
    near === undefined ? "kubelane check --rules lists them" : `did you mean ${near}?`,
  );
}

function ruleTable(): string {
  return formatTable(
    ["RULE", "SEVERITY", "FIX", "FINDS"],
    RULES.map(({ id, severity, fixable, finds }) => [
      id,
      severity,
      fixable ? "yes" : "-",
      finds.replaceAll("`", ""),
    ]),
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
