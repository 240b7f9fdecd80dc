/** `127.0.0.1:80`, `[::1]:80`: as URLs and people write an address with its port (RFC 3986, 3.2.2). */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
