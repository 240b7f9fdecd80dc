import type { ImageEntry } from "../manifests/local-config.ts";

/** The registry and path that Docker adds to a short reference. */
const DEFAULT_PREFIX = /^(?:docker\.io\/)?(?:library\/)?/;

/**
 * Whether a pattern matches an image: `*` stands for any text, and a pattern without a tag for every tag. `nginx`,
 * `nginx:*` and `docker.io/library/nginx` all match nginx:1.27.
 */
export function imageMatches(pattern: string, image: string): boolean {
  const parts = short(pattern).split("*").map(escaped);
  const whole = new RegExp(`^${parts.join(".*")}$`, "s");
  return namesOf(short(image)).some((name) => whole.test(name));
}

/** The first of the entries whose pattern means the image. */
export function entryForImage(
  entries: readonly ImageEntry[],
  image: string | undefined,
): ImageEntry | undefined {
  if (image === undefined) return undefined;
  return entries.find(({ pattern }) => imageMatches(pattern, image));
}

/**
 * The reference as written, without its digest, and without its tag. A colon before a slash belongs to a registry's
 * port.
 */
function namesOf(image: string): string[] {
  const [tagged = ""] = image.split("@", 1);
  return [image, tagged, tagged.replace(/:[^:/]*$/, "")];
}

const short = (image: string): string => image.replace(DEFAULT_PREFIX, "");

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
