import type { StringMap } from "./object.ts";

const PREFIX = "nginx.ingress.kubernetes.io/";

/** Annotations of ingress-nginx that are done, by their names without the prefix. */
const DONE = [
  "app-root",
  "backend-protocol",
  "cors-allow-credentials",
  "cors-allow-headers",
  "cors-allow-methods",
  "cors-allow-origin",
  "cors-expose-headers",
  "cors-max-age",
  "enable-cors",
  "permanent-redirect",
  "permanent-redirect-code",
  "rewrite-target",
  "temporal-redirect",
  "temporal-redirect-code",
  "upstream-vhost",
  "use-regex",
] as const;

export type NginxAnnotation = (typeof DONE)[number];

/** Protocols of backends that are spoken. */
const PROTOCOLS: readonly string[] = ["HTTP", "GRPC"];

/** What they switch on is not done; that it is off is. */
const SWITCHES: readonly string[] = ["ssl-redirect", "force-ssl-redirect"];

/** Whether what an annotation asks for is done here. @param name with the prefix */
export function isAnnotationDone(name: string, value: string): boolean {
  if (!name.startsWith(PREFIX)) return false;
  const own = name.slice(PREFIX.length);
  if (SWITCHES.includes(own)) return value === "false";
  if (own === "backend-protocol") return PROTOCOLS.includes(value.toUpperCase());
  return (DONE as readonly string[]).includes(own);
}

/** The value of an annotation of ingress-nginx; undefined where it is not there, or empty. */
export function nginxAnnotation(
  { annotations }: { readonly annotations?: StringMap },
  name: NginxAnnotation,
): string | undefined {
  return annotations?.[`${PREFIX}${name}`]?.trim() || undefined;
}
