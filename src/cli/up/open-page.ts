import type { RequestListener } from "node:http";
import type { Engine } from "../../engine/engine.ts";
import { PageFiles } from "../../page/page-files.ts";
import { servePage } from "../../page/serve-page.ts";
import type { Context } from "../command.ts";
import { packageVersion } from "../version.ts";
import type { OpenPageOptions } from "./page-answers.ts";
import { pageAnswers } from "./page-answers.ts";

export interface OpenPage {
  readonly listener: RequestListener;
  /** What opens it with everything that it can do. */
  link(): string;
  close(): void;
}

/** The page that a browser gets of the gateway. @returns undefined where it was not built: then there is a plainer one. */
export async function openPage(
  context: Context,
  engine: Engine,
  options: OpenPageOptions,
): Promise<OpenPage | undefined> {
  const files = await PageFiles.read().catch((error: Error) => {
    context.stderr.write(`note: the gateway's page is a plain one: ${error.message}\n`);
    return undefined;
  });
  if (files === undefined) return undefined;
  const port = () => engine.gateway?.port ?? 0;
  const { listener, path, close } = servePage({
    engine,
    files,
    port,
    version: packageVersion(),
    recent: options.recent,
    troubles: options.troubles,
    answers: pageAnswers(context, engine, options),
  });
  return { listener, link: () => `http://localhost:${port()}${path}`, close };
}
