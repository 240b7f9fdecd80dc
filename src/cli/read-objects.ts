import { compareDiagnostics } from "../diagnostics/order.ts";
import type { ManifestInput } from "../manifests/manifest-input.ts";
import type { LoadedObject } from "../manifests/read-manifest.ts";
import { createFileSource } from "../sources/files.ts";
import { isUnread } from "../sources/path-findings.ts";
import { CommandError, type Context } from "./command.ts";
import { reportDiagnostics } from "./diagnostics-report.ts";
import { EXIT } from "./exit-code.ts";
import { toldTo } from "./verbose.ts";

/**
 * The objects of manifest files, with findings on stderr.
 * @throws CommandError when a file can't be read.
 */
export async function readObjects(
  context: Context,
  manifests: readonly ManifestInput[],
): Promise<readonly LoadedObject[]> {
  const source = createFileSource({
    manifests,
    cwd: context.cwd,
    env: context.env,
    stdin: context.stdin,
  });
  const diagnostics = (await source.start({ apply: () => undefined, ...toldTo(context) })).sort(
    compareDiagnostics,
  );
  reportDiagnostics(context, diagnostics);
  if (diagnostics.some(isUnread)) {
    throw new CommandError(EXIT.unreadable, "not everything could be read");
  }
  return source.objects;
}
