import type { IncomingMessage, ServerResponse } from "node:http";
import type { Resource } from "../objects/api-resource.ts";
import type { ResourcePath } from "./request-path.ts";

export interface SubresourceRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly path: ResourcePath;
  readonly resource: Resource;
}
