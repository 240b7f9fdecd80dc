import { compareDiagnostics } from "../../diagnostics/order.ts";
import { printableJson } from "../../diagnostics/printable.ts";
import type { Context, Input } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { EXIT } from "../exit-code.ts";
import { readLocalConfig } from "../local-config.ts";
import { columns } from "../section.ts";
import { configFindings } from "./config-findings.ts";
import { settingsOf } from "./settings.ts";

export async function viewConfig(context: Context, { options }: Input): Promise<number> {
  const config = await readLocalConfig(context, options["config"] as string | undefined);
  const settings = settingsOf(context, config);
  if (options["output"] === "json") {
    context.stdout.write(`${printableJson(settings)}\n`);
  } else {
    const origin = options["showOrigin"] === true;
    const rows = settings.map((each) => [each.name, each.value, ...(origin ? [each.origin] : [])]);
    context.stdout.write(`${columns(rows).join("\n")}\n`);
  }
  const findings = config === undefined ? [] : await configFindings(context, config);
  reportDiagnostics(context, findings.sort(compareDiagnostics));
  return findings.length === 0 ? EXIT.ok : EXIT.no;
}
