import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { FALLBACKS } from "../../manifests/settings/table.ts";
import { parseListenAddress } from "../../net/listen-address.ts";
import { CommandError, type Context, type Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findRunning } from "../inventory.ts";
import { findLocalConfig } from "../local-config.ts";
import { addResolver, planLines, removeResolver } from "./apply-plan.ts";
import { findNameSystem } from "./name-system.ts";
import { type ResolverPlan, resolverPlan, type Zone } from "./resolver-plan.ts";

/** Prints how this system can be made to ask our DNS for names of the cluster, or does it, or undoes it. */
export async function runResolver(context: Context, { options }: Input): Promise<number> {
  const { stdout } = context;
  const removing = options["remove"] === true;
  const zone = await zoneOf(context);
  const machine = { platform: process.platform, read, exists: existsSync };
  const plan = resolverPlan(findNameSystem(machine), zone);
  const isRoot = process.getuid?.() === 0 || process.platform === "win32";
  if (plan.refusal === undefined && (options["yes"] === true || removing)) {
    return change(context, plan, zone, removing, isRoot);
  }
  const { domains, host, port } = zone;
  stdout.write(
    `Names below ${domains.join(" and ")} are answered at ${host}:${port}; ${plan.who} looks up names here.\n`,
  );
  if (plan.refusal !== undefined) stdout.write(`\n${plan.refusal}\n`);
  const lines = planLines(plan, removing, isRoot ? "" : "sudo ");
  for (const line of lines.length > 0 ? ["", ...lines] : [])
    stdout.write(`${line && `  ${line}`}\n`);
  for (const note of plan.notes) stdout.write(`\n${note}\n`);
  if (plan.refusal !== undefined) return EXIT.no;
  stdout.write("\nkubelane resolver --yes does it, kubelane resolver --remove takes it back\n");
  return EXIT.ok;
}

/** The DNS address of the running `up`, else the one in kubelane.yaml. */
async function zoneOf(context: Context): Promise<Zone> {
  const info = (await findRunning(context))?.info;
  const values = (await findLocalConfig(context, undefined))?.values ?? FALLBACKS;
  const further = values["dns.zones"];
  if (info !== undefined) {
    const { dns, clusterDomain } = info;
    if (dns !== undefined) {
      return { domains: [clusterDomain, ...further], ...parseListenAddress(dns) };
    }
    const next = "start it without --dns off";
    throw new CommandError(EXIT.unreadable, "the running `up` serves no DNS", next);
  }
  const listen = values["dns.listen"];
  if (listen === "off") {
    throw new CommandError(EXIT.unreadable, "DNS is off in kubelane.yaml", "set dns.listen there");
  }
  return { domains: [values["clusterDomain"], ...further], ...listen };
}

function change(
  { stdout, stderr }: Context,
  plan: ResolverPlan,
  { domains, host, port }: Zone,
  removing: boolean,
  isRoot: boolean,
): number {
  const run = (command: readonly string[], input?: string): boolean => {
    const [program = "", ...args] = isRoot ? command : ["sudo", ...command];
    const stdin = input === undefined ? "inherit" : "pipe";
    const { status } = spawnSync(program, args, {
      ...(input !== undefined && { input }),
      stdio: [stdin, "ignore", "inherit"],
    });
    return status === 0;
  };
  const outcome = (removing ? removeResolver : addResolver)(plan, { read, run });
  if (outcome.result === "failed") {
    stderr.write(`error: it failed: ${outcome.line}\n`);
    return EXIT.no;
  }
  const what = removing
    ? `${plan.who} no longer asks kubelane for names below ${domains.join(" and ")}`
    : `${plan.who} asks ${host}:${port} for names below ${domains.join(" and ")}`;
  stdout.write(`${what}${outcome.result === "as-it-was" ? ", as before" : ""}\n`);
  return EXIT.ok;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
