import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Files by path below the volume, with their content and mode. */
export type Payload = ReadonlyMap<string, PayloadFile>;

export interface PayloadFile {
  readonly data: Buffer;
  readonly mode: number;
}

/** Leads to the folder that is in force. */
const CURRENT = "..data";
const NEXT = "..data_tmp";

/**
 * Puts files into a volume's folder as a kubelet does, so that whoever reads them sees either all old ones or all new
 * ones: they stand in a folder of their own, a link leads to it, and that link is replaced in one step.
 */
export function writePayload(folder: string, payload: Payload): void {
  const before = currentOf(folder);
  const version = mkdtempSync(join(folder, "..version-"));
  chmodSync(version, 0o755);
  for (const [path, { data, mode }] of payload) {
    const file = join(version, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, data);
    // A mode of writeFile's is less the umask.
    chmodSync(file, mode);
  }
  rmSync(join(folder, NEXT), { force: true });
  symlinkSync(version.slice(folder.length + 1), join(folder, NEXT));
  renameSync(join(folder, NEXT), join(folder, CURRENT));
  linkAll(folder, new Set([...payload.keys()].map((path) => path.split("/", 1)[0]!)));
  if (before !== undefined) rmSync(join(folder, before), { recursive: true, force: true });
}

/** What programs see are links through the one that changes. */
function linkAll(folder: string, names: ReadonlySet<string>): void {
  const there = new Set(readdirSync(folder));
  for (const name of names)
    if (!there.has(name)) symlinkSync(join(CURRENT, name), join(folder, name));
  for (const name of there) {
    // Folders that somebody made for further volumes stay.
    if (!names.has(name) && leadsToCurrent(join(folder, name))) rmSync(join(folder, name));
  }
}

function leadsToCurrent(path: string): boolean {
  return linkOf(path)?.startsWith(`${CURRENT}/`) ?? false;
}

const currentOf = (folder: string): string | undefined => linkOf(join(folder, CURRENT));

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
