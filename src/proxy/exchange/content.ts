/** Whether an answer can have content (RFC 9110 sections 6.4.1 and 15.3.6). */
export function hasContent(method: string, status: number): boolean {
  return method !== "HEAD" && hasLength(status) && status !== 304;
}

/** Whether an answer with this status may carry Content-Length: with some it is forbidden (RFC 9110 section 8.6). */
export function hasLength(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 205;
}
