import type { Context, Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { readLocalConfig } from "../local-config.ts";
import { columns } from "../section.ts";
import { settingsOf } from "./settings.ts";

export async function viewConfig(context: Context, { options }: Input): Promise<number> {
  const config = await readLocalConfig(context, options["config"] as string | undefined);
  const settings = settingsOf(context, config);
  if (options["output"] === "json") {
    context.stdout.write(`${JSON.stringify(settings, null, 2)}\n`);
    return EXIT.ok;
  }
  const origin = options["showOrigin"] === true;
  const rows = settings.map((each) => [each.name, each.value, ...(origin ? [each.origin] : [])]);
  context.stdout.write(`${columns(rows).join("\n")}\n`);
  return EXIT.ok;
}
