import { compareDiagnostics } from "../../diagnostics/order.ts";
import { printableJson } from "../../diagnostics/printable.ts";
import type { Context, Input } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { EXIT } from "../exit-code.ts";
import { findLocalConfig } from "../local-config.ts";
import { givenManifests } from "../manifest-options.ts";
import { columns } from "../section.ts";
import { settingsInForce } from "../settings/in-force.ts";
import { configFindings } from "./config-findings.ts";
import { shownSettings } from "./settings.ts";

export async function viewConfig(context: Context, { options }: Input): Promise<number> {
  const named = options["config"] as string | undefined;
  const config = await findLocalConfig(context, named, givenManifests({ options }));
  const settings = settingsInForce(context, { options }, config);
  const shown = shownSettings(context, settings);
  if (options["output"] === "json") {
    context.stdout.write(`${printableJson(shown)}\n`);
  } else {
    const origin = options["showOrigin"] === true;
    const rows = shown.map((each) => [each.name, each.value, ...(origin ? [each.origin] : [])]);
    context.stdout.write(`${columns(rows).join("\n")}\n`);
  }
  const findings = config === undefined ? [] : await configFindings(context, settings.values);
  reportDiagnostics(context, findings.sort(compareDiagnostics));
  return findings.length === 0 ? EXIT.ok : EXIT.no;
}
