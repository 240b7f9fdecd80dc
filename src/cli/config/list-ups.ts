import { engineName, runningEngines } from "../../control/client.ts";
import { printableJson } from "../../diagnostics/printable.ts";
import { privateFolder } from "../../runtime/private-folder.ts";
import type { Context, Input } from "../command.ts";
import { EXIT } from "../exit-code.ts";
import { findRunning } from "../inventory.ts";
import { formatTable } from "../table.ts";

/** Lists the running ups and marks the one that commands in this folder use. @returns whether there are any. */
export async function listUps(context: Context, { options }: Input): Promise<number> {
  const engines = await runningEngines(privateFolder(context.env));
  const asked = (await findRunning(context))?.info.pid;
  const ups = engines.map(({ info }) => info).sort((a, b) => a.folder.localeCompare(b.folder));
  if (options["output"] === "json") {
    const rows = ups.map((info) => ({
      name: engineName(info),
      asked: info.pid === asked,
      ...info,
    }));
    context.stdout.write(`${printableJson(rows)}\n`);
  } else if (ups.length === 0) {
    context.stderr.write("no up of this user runs\n");
  } else {
    const rows = ups.map((info) => [
      info.pid === asked ? "*" : "",
      engineName(info),
      `${info.pid}`,
      info.gateway ?? "-",
      info.dns ?? "-",
      info.folder,
    ]);
    const header = ["ASKED", "NAME", "PID", "GATEWAY", "DNS", "FOLDER"];
    context.stdout.write(formatTable(header, rows));
  }
  return ups.length === 0 ? EXIT.no : EXIT.ok;
}
