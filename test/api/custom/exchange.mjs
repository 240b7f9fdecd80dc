/** Sends an exchange by whoever asks: the recorder, or a test. */
export function ask(send, { method, path, body, type = "application/json" }) {
  const headers = { ...(body !== undefined && { "content-type": type }) };
  return send(method, path, headers, body === undefined ? undefined : JSON.stringify(body));
}

/** What of an answer two servers have in common: nothing that time or chance chose. */
export function answerOf({ status, headers, body }) {
  const warnings = [headers.warning ?? []].flat().flatMap((text) => text.split(/, (?=299 - )/));
  if (typeof body !== "object" || body === null) return { code: status, body };
  if (body.kind === "Status") {
    const { reason, message, details = {} } = body;
    const causes = details.causes?.map(({ reason, message, field }) => ({
      reason,
      message,
      field,
    }));
    return {
      code: status,
      ...(reason && { reason, message }),
      ...(causes && { causes }),
      warnings,
    };
  }
  const { metadata = {}, ...rest } = body;
  const { name, namespace, generation, labels } = metadata;
  return { code: status, metadata: { name, namespace, generation, labels }, ...rest, warnings };
}
