import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { LocalCertificates } from "../../engine/local-certificates.ts";
import type { Context } from "../command.ts";
import { dataFolder } from "../data-folder.ts";
import { EXIT } from "../exit-code.ts";
import { shellLine, type TrustStep, trustSteps, trustVariables } from "./trust-steps.ts";

/** Prints how programs are made to trust the local authority, or does it. @returns the exit code */
export async function runTrust(context: Context, doIt: boolean): Promise<number> {
  const { stdout, env } = context;
  const folder = dataFolder(env);
  // Creates the authority if no `up` has done so yet.
  await new LocalCertificates(folder, () => new Date()).authority();
  const file = join(folder, "authority.crt");
  const steps = trustSteps(process.platform, file, env["HOME"] || homedir());
  if (doIt) return install(context, steps);
  stdout.write(
    `The authority that signs certificates for https://…:8443 and Ingresses is\n  ${file}\n`,
  );
  for (const step of steps) stdout.write(`\n${step.who}:\n  ${shellLine(step)}\n`);
  stdout.write("\nfor one program, nothing installed:\n");
  for (const [name, value, who] of trustVariables(file)) {
    stdout.write(`  ${name}=${value}  # ${who}\n`);
  }
  stdout.write(`\nkubelane trust --yes does what this system has the programs for\n`);
  return EXIT.ok;
}

function install({ stdout, stderr }: Context, steps: readonly TrustStep[]): number {
  const isRoot = process.getuid?.() === 0;
  let done = 0;
  for (const step of steps) {
    const [program = "", ...args] =
      step.asRoot && !isRoot ? ["sudo", ...step.command] : step.command;
    if (!isThere(step.needs)) {
      stderr.write(`left out, as there is no ${step.needs} here: ${step.who}\n`);
      continue;
    }
    const { status } = spawnSync(program, args, { stdio: ["inherit", "ignore", "inherit"] });
    if (status === 0) {
      done++;
      stdout.write(`trusted by ${step.who}\n`);
    } else {
      stderr.write(`error: it failed for ${step.who}: ${shellLine(step)}\n`);
    }
  }
  return done > 0 ? EXIT.ok : EXIT.no;
}

function isThere(program: string): boolean {
  const finder = process.platform === "win32" ? "where" : "which";
  return spawnSync(finder, [program], { stdio: "ignore" }).status === 0;
}
