/** What an engine reports of an image on the machine. */
export interface LocalImage {
  readonly id: string;
  /** The signal that ends its containers. */
  readonly stopSignal: NodeJS.Signals;
}

/** The format that engines are asked to print an image in; {@link readImage} parses it. */
export const IMAGE_FORMAT = "{{.Id}} {{.Config.StopSignal}}";

export function readImage(answer: string): LocalImage {
  const [id = "", signal = ""] = answer.trim().split(" ");
  const isNamed = /^(?:SIG)?[A-Z][A-Z0-9]*$/.test(signal);
  const name = isNamed ? `SIG${signal.replace(/^SIG/, "")}` : "SIGTERM";
  return { id, stopSignal: name as NodeJS.Signals };
}

/**
 * A reference completed with the registry that Kubernetes assumes: `nginx` is docker.io/library/nginx. The first part
 * counts as a registry if it looks like a DNS name.
 */
export function qualifiedReference(image: string): string {
  const [first = "", ...rest] = image.split("/");
  if (rest.length === 0) return `docker.io/library/${image}`;
  return /[.:]/.test(first) || first === "localhost" ? image : `docker.io/${image}`;
}
