/** The machine's proxies are outside the pods' network and can't be reached from it. */
const PROXIES: ReadonlySet<string> = new Set([
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "FTP_PROXY",
  "NO_PROXY",
]);

/** Whether a variable names a proxy, in either spelling. */
export const isProxyVariable = (name: string): boolean => PROXIES.has(name.toUpperCase());

/** The variables of a process that make sense in a network of its own. */
export function withoutProxies(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !isProxyVariable(name)));
}
