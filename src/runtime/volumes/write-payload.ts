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

/** The name of the link to the current folder. */
const CURRENT = "..data";
const NEXT = "..data_tmp";

/**
 * Replaces a volume's files atomically, as the kubelet does: they are written into a new folder, then a link to it is
 * replaced in one step, so that readers see either all old files or all new ones.
 */
export function writePayload(folder: string, payload: Payload): void {
  const before = currentOf(folder);
  const version = mkdtempSync(join(folder, "..version-"));
  chmodSync(version, 0o755);
  for (const [path, { data, mode }] of payload) {
    const file = join(version, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, data);
    // The umask reduces the mode that is passed to writeFile.
    chmodSync(file, mode);
  }
  rmSync(join(folder, NEXT), { force: true });
  symlinkSync(version.slice(folder.length + 1), join(folder, NEXT));
  renameSync(join(folder, NEXT), join(folder, CURRENT));
  linkAll(folder, new Set([...payload.keys()].map((path) => path.split("/", 1)[0]!)));
  if (before !== undefined) rmSync(join(folder, before), { recursive: true, force: true });
}

/** Programs see links that go through the link which is replaced. */
function linkAll(folder: string, names: ReadonlySet<string>): void {
  const there = new Set(readdirSync(folder));
  for (const name of names)
    if (!there.has(name)) symlinkSync(join(CURRENT, name), join(folder, name));
  for (const name of there) {
    // Folders that contain mounts of further volumes are kept.
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
