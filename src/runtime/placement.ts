import type { AttachAddress, ContainerEntry, ImageEntry } from "../manifests/local-config.ts";
import type { Container, Pod, PodSpec } from "../objects/pod.ts";
import { entryForImage } from "./image-pattern.ts";
import { type Assignment, describeTarget } from "./target.ts";

/** What this machine does with a pod. */
export type Placement =
  | { readonly kind: "run"; readonly entries: ReadonlyMap<string, ContainerEntry> }
  | { readonly kind: "attach"; readonly address: AttachAddress; readonly position: number }
  | { readonly kind: "stub" }
  /** It stays Pending, for this reason. */
  | { readonly kind: "none"; readonly reason: string; readonly message: string };

/**
 * Decides by the entries that apply to a pod.
 * @param taken addresses of its attach entry that other pods use, by position
 * @param images the entries for images, to say which image has none
 */
export function placementOf(
  { metadata, spec }: Pod,
  assignment: Assignment | undefined,
  taken: ReadonlySet<number>,
  images: readonly ImageEntry[],
): Placement {
  if (assignment === undefined) {
    return { kind: "none", reason: "NoLocalProcess", message: whyNoProcess(spec, images) };
  }
  if (assignment.kind === "run") {
    const { entries } = assignment;
    if (spec.containers.some(({ name }) => entries.has(name))) return { kind: "run", entries };
    const named = [...entries.keys()].map((name) => `"${name}"`).join(", ");
    const has = spec.containers.map(({ name }) => name).join(", ");
    const message = `its \`run\` entry is for container ${named}; the pod has ${has}`;
    return { kind: "none", reason: "NoSuchContainer", message };
  }
  if (assignment.kind === "stub") return { kind: "stub" };
  if (metadata.deletionTimestamp !== undefined) {
    const message = "it is about to end; its address is for the next pod";
    return { kind: "none", reason: "Terminating", message };
  }
  const { addresses, target } = assignment.entry;
  const position = addresses.findIndex((_, i) => !taken.has(i));
  const address = addresses[position];
  if (address !== undefined) return { kind: "attach", address, position };
  const count = addresses.length === 1 ? "1 address" : `${addresses.length} addresses`;
  const message = `its \`attach\` entry (${describeTarget(target)}) has ${count}, and other pods have taken them`;
  return { kind: "none", reason: "NoAddressLeft", message };
}

/**
 * What stands for a container that is added to a pod which runs: an entry for its image, or else the program of its own
 * command on this machine, which is what a tool for debugging is. Its default is a shell.
 */
export function entryOfAdded(
  container: Container,
  entries: ReadonlyMap<string, ContainerEntry>,
  images: readonly ImageEntry[],
): ContainerEntry {
  const known = entryForImage(images, container.image);
  if (known !== undefined) return known;
  const [beside] = entries.values();
  // Beside containers of their own images it is one, too.
  if ("ownImage" in beside!) return { ownImage: true, env: {} };
  const { command: [program = "sh"] = [] } = container;
  const { cwd, position } = beside!;
  return { pattern: container.image ?? "", command: [program], cwd, env: {}, position };
}

function whyNoProcess({ containers }: PodSpec, images: readonly ImageEntry[]): string {
  const without = containers.filter(({ image }) => entryForImage(images, image) === undefined);
  const [first] = without;
  return first?.image !== undefined && without.length < containers.length
    ? `no \`images\` entry in kubelane.yaml for ${first.image}, the image of its container ${first.name}`
    : "no `run`, `attach`, `images` or `stub` entry for it in kubelane.yaml";
}
