/** What an engine says of an image that it has. */
export interface LocalImage {
  readonly id: string;
  /** What ends a container of it. */
  readonly stopSignal: NodeJS.Signals;
}

/** What engines are asked of an image; {@link readImage} reads the answer. */
export const IMAGE_FORMAT = "{{.Id}} {{.Config.StopSignal}}";

export function readImage(answer: string): LocalImage {
  const [id = "", signal = ""] = answer.trim().split(" ");
  const isNamed = /^(?:SIG)?[A-Z][A-Z0-9]*$/.test(signal);
  const name = isNamed ? `SIG${signal.replace(/^SIG/, "")}` : "SIGTERM";
  return { id, stopSignal: name as NodeJS.Signals };
}

/**
 * The reference with the registry that Kubernetes means where it names none: `nginx` is docker.io/library/nginx. The
 * first part is a registry's name if it could be one of DNS.
 */
export function qualifiedReference(image: string): string {
  const [first = "", ...rest] = image.split("/");
  if (rest.length === 0) return `docker.io/library/${image}`;
  return /[.:]/.test(first) || first === "localhost" ? image : `docker.io/${image}`;
}
