import { configSchemaText } from "../../manifests/settings/config-schema.ts";
import type { Context } from "../command.ts";
import { EXIT } from "../exit-code.ts";

export function printSchema({ stdout }: Context): number {
  stdout.write(configSchemaText());
  return EXIT.ok;
}
