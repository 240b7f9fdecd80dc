/** A field's part in why an object is refused. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The plural, or the kind where an object is invalid: as upstream fills it in. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly Cause[];
  readonly retryAfterSeconds?: number;
}

/** A request is refused: carries what an API server answers with (meta/v1 Status). */
export class StatusError extends Error {
  override readonly name = "StatusError";
  /** The HTTP status. */
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  toJSON(): object {
    const { code, reason, message, details } = this;
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details && { details }),
      code,
    };
  }
}

/** What a message says of a resource: `pods`, `deployments.apps`. */
export interface ResourceName {
  readonly group: string;
  readonly plural: string;
}

export function qualified({ group, plural }: ResourceName): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function detailsOf({ group, plural }: ResourceName, name: string): StatusDetails {
  return { name, ...(group !== "" && { group }), kind: plural };
}

export function notFound(resource: ResourceName, name: string): StatusError {
  const message = `${qualified(resource)} "${name}" not found`;
  return new StatusError(404, "NotFound", message, detailsOf(resource, name));
}

export function alreadyExists(resource: ResourceName, name: string): StatusError {
  const message = `${qualified(resource)} "${name}" already exists`;
  return new StatusError(409, "AlreadyExists", message, detailsOf(resource, name));
}

export function conflict(
  resource: ResourceName,
  name: string,
  why: string,
  causes?: readonly Cause[],
): StatusError {
  const details = { ...detailsOf(resource, name), ...(causes && { causes }) };
  const message =
    causes === undefined
      ? `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`
      : why;
  return new StatusError(409, "Conflict", message, details);
}

export function changedMeanwhile(resource: ResourceName, name: string): StatusError {
  const why =
    "the object has been modified; please apply your changes to the latest version and try again";
  return conflict(resource, name, why);
}

export function invalid(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  causes: readonly Cause[],
): StatusError {
  const what = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const texts = causes.map(({ field, message }) =>
    field === "" ? message : `${field}: ${message}`,
  );
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const details = {
    name,
    ...(kind.group !== "" && { group: kind.group }),
    kind: kind.kind,
    causes,
  };
  return new StatusError(422, "Invalid", `${what} "${name}" is invalid: ${list}`, details);
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function methodNotAllowed(verb: string): StatusError {
  const message = `the server does not allow this method on the requested resource`;
  return new StatusError(405, "MethodNotAllowed", message, { kind: verb });
}

/** For a path that leads nowhere. */
export function noSuchPath(): StatusError {
  const message = "the server could not find the requested resource";
  return new StatusError(404, "NotFound", message, {});
}

export function expired(message: string): StatusError {
  return new StatusError(410, "Expired", message);
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError(415, "UnsupportedMediaType", message);
}

export function notAcceptable(offered: readonly string[]): StatusError {
  const message = `only the following media types are accepted: ${offered.join(", ")}`;
  return new StatusError(406, "NotAcceptable", message);
}

export function tooLarge(limit: number): StatusError {
  const message = `Request entity too large: limit is ${limit}`;
  return new StatusError(413, "RequestEntityTooLarge", message);
}
