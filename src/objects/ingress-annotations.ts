import type { StringMap } from "./object.ts";

const PREFIX = "nginx.ingress.kubernetes.io/";

/** Supported annotations of ingress-nginx, without the prefix. */
const DONE = [
  "affinity",
  "affinity-canary-behavior",
  "affinity-mode",
  "allowlist-source-range",
  "app-root",
  "backend-protocol",
  "canary",
  "canary-by-cookie",
  "canary-by-header",
  "canary-by-header-pattern",
  "canary-by-header-value",
  "canary-weight",
  "canary-weight-total",
  "cors-allow-credentials",
  "cors-allow-headers",
  "cors-allow-methods",
  "cors-allow-origin",
  "cors-expose-headers",
  "cors-max-age",
  "denylist-source-range",
  "enable-cors",
  "force-ssl-redirect",
  "from-to-www-redirect",
  "permanent-redirect",
  "permanent-redirect-code",
  "preserve-trailing-slash",
  "proxy-body-size",
  "proxy-connect-timeout",
  "proxy-read-timeout",
  "proxy-send-timeout",
  "relative-redirects",
  "rewrite-target",
  "server-alias",
  "session-cookie-domain",
  "session-cookie-expires",
  "session-cookie-max-age",
  "session-cookie-name",
  "session-cookie-path",
  "session-cookie-samesite",
  "session-cookie-secure",
  "ssl-redirect",
  "temporal-redirect",
  "temporal-redirect-code",
  "upstream-vhost",
  "use-regex",
  "whitelist-source-range",
  "x-forwarded-prefix",
] as const;

export type NginxAnnotation = (typeof DONE)[number];

/** Annotations without an effect here: bodies are streamed anyway, and logs are this program's own. */
const WITHOUT_EFFECT: readonly string[] = [
  "client-body-buffer-size",
  "enable-access-log",
  "enable-opentelemetry",
  "enable-rewrite-log",
  "http2-push-preload",
  "proxy-buffer-size",
  "proxy-buffering",
  "proxy-buffers-number",
  "proxy-busy-buffers-size",
  "proxy-max-temp-file-size",
  "proxy-request-buffering",
  "service-upstream",
  "session-cookie-hash",
];

/** The supported values of annotations that have others, too; in lower case. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  affinity: ["cookie"],
  "backend-protocol": ["http", "https", "grpc", "grpcs"],
  "proxy-http-version": ["1.1"],
  "proxy-ssl-verify": ["off"],
  "session-cookie-change-on-failure": ["true"],
  "session-cookie-conditional-samesite-none": ["false"],
  "use-port-in-redirects": ["false"],
};

/** Why other annotations are not supported, by the beginning or end of their names. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/-snippet$/, "it is configuration of nginx itself"],
  [
    /^(?:auth|enable-global-auth|satisfy)/,
    "nobody is authenticated, and every request is let through",
  ],
  [/^custom-headers$/, "the headers of its ConfigMap are not added"],
  [/^(?:enable-)?(?:modsecurity|owasp)/, "requests are not inspected"],
  [/^limit-/, "requests are not limited"],
  [/^mirror-/, "requests are not copied to other URLs"],
  [/^ssl-passthrough$/, "TLS is terminated: a TLSRoute passes it through"],
];

/** The finding for an annotation that is not supported. @param name with the prefix */
export function annotationProblem(name: string, value: string): string | undefined {
  const plain = `${name} is another controller's, and not done here`;
  if (!name.startsWith(PREFIX)) return plain;
  const own = name.slice(PREFIX.length);
  const values = VALUES[own];
  if (values !== undefined) {
    return values.includes(value.trim().toLowerCase())
      ? undefined
      : `${plain} with ${JSON.stringify(value)}, only with ${values.join(", ")}`;
  }
  if ((DONE as readonly string[]).includes(own) || WITHOUT_EFFECT.includes(own)) return undefined;
  const refused = REFUSED.find(([names]) => names.test(own));
  return refused === undefined ? plain : `${plain}: ${refused[1]}`;
}

/** Whether the object has an annotation of ingress-nginx at all. */
export function hasNginxAnnotation({ annotations = {} }: { readonly annotations?: StringMap }) {
  return Object.keys(annotations).some((name) => name.startsWith(PREFIX));
}

/** The value of an annotation of ingress-nginx; undefined where it is absent or empty. */
export function nginxAnnotation(
  { annotations }: { readonly annotations?: StringMap },
  name: NginxAnnotation,
): string | undefined {
  return annotations?.[`${PREFIX}${name}`]?.trim() || undefined;
}
