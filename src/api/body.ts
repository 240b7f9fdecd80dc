import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { readYamlValue } from "../manifests/yaml-text.ts";
import { readProtobuf } from "./protobuf.ts";
import { badRequest, tooLarge, unsupportedMediaType } from "./status.ts";

/** API servers have the same limits. */
const MAX_BODY = 3 * 1024 * 1024;

const unzip = promisify(gunzip);

/** @throws StatusError for a body that is too large. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) throw tooLarge(MAX_BODY);
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (request.headers["content-encoding"] !== "gzip") return body;
  // A small compressed body must not fill the memory when it is unpacked.
  return unzip(body, { maxOutputLength: MAX_BODY }).catch(() => {
    throw badRequest("the body is not gzip, or too large unpacked");
  });
}

/** Deeper than any real object; recursive code must not overflow the stack. */
const MAX_DEPTH = 1000;

/** @throws StatusError for a media type that is not supported, or a body that isn't valid in it. */
export function decodeBody(body: Buffer, contentType: string | undefined): unknown {
  const value = decode(body, contentType);
  if (isDeeper(value, MAX_DEPTH)) throw badRequest("exceeded max depth");
  return value;
}

/** Iterates level by level: a recursive check could itself overflow the stack. */
function isDeeper(value: unknown, limit: number): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== "object" || each === null) continue;
      for (const inner of Object.values(each)) next.push(inner);
    }
    level = next;
  }
  return false;
}

function decode(body: Buffer, contentType: string | undefined): unknown {
  const type = contentType?.split(";", 1)[0]?.trim().toLowerCase() || "application/json";
  switch (type) {
    case "application/json":
    case "application/json-patch+json":
    case "application/merge-patch+json":
    case "application/strategic-merge-patch+json":
      return readJson(body);
    case "application/yaml":
    case "application/apply-patch+yaml":
      return readYaml(body);
    case "application/vnd.kubernetes.protobuf":
      return readProtobuf(body);
    default:
      throw unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`,
      );
  }
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw badRequest(`the body is no JSON: ${(cause as Error).message}`);
  }
}

function readYaml(body: Buffer): unknown {
  const text = body.toString("utf8");
  // Most bodies that are sent as YAML are JSON, which is faster to parse.
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text);
    } catch {}
  }
  const { value, problem } = readYamlValue(text);
  if (problem !== undefined) throw badRequest(`error converting YAML to JSON: ${problem}`);
  return value;
}
