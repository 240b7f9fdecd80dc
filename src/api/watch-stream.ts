import type { ServerResponse } from "node:http";
import type { Resource } from "../objects/api-resource.ts";
import type { KubernetesObject } from "../objects/object.ts";
import type { Store } from "../store/store.ts";
import { ResourceVersionExpiredError, type WatchEvent } from "../store/watch.ts";
import { inVersion, type Selection } from "./registry.ts";
import { expired } from "./status.ts";

/** A reader this far behind, in bytes, is ended and has to list anew. */
const MAX_BEHIND = 16 * 1024 * 1024;
/** Without a timeout from the client: as upstream, half an hour to an hour. */
const DEFAULT_SECONDS = 1800;
const BOOKMARK_EVERY = 60_000;
/** What a reader that was ended may take to read what it has been sent; then it is cut off, and its memory is free. */
const TIME_TO_READ = 30_000;

export interface WatchQuery extends Selection {
  readonly resourceVersion: string;
  readonly sendInitialEvents: boolean;
  readonly allowBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** How objects are written into events: as they are, as rows, or only their metadata. */
export type EventForm = (object: KubernetesObject, isFirst: boolean) => object;

/** The text of objects, which are written to every watch in the same form: made once for each. */
const texts = new WeakMap<KubernetesObject, string>();

/**
 * Answers a watch: events, each a line of JSON, until its time is over or the client leaves. Nobody waits for a
 * client that doesn't read: one that falls too far behind gets 410 and is cut off. What happens in one turn of the event
 * loop goes out in one write: for many watches, encryption of small records is most of what an event costs.
 * @param render undefined for the objects as they are
 */
export function streamEvents(
  response: ServerResponse,
  store: Store,
  resource: Resource,
  query: WatchQuery,
  render: EventForm | undefined,
): void {
  response.writeHead(200, {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
  });
  response.flushHeaders();
  let isFirst = true;
  let stop: (() => void) | undefined;
  let pending = "";
  let flushing: NodeJS.Immediate | undefined;
  const flush = () => {
    flushing = undefined;
    if (!response.destroyed) response.write(pending);
    pending = "";
  };
  const end = () => {
    clearTimeout(timer);
    clearInterval(bookmarks);
    clearImmediate(flushing);
    stop?.();
    response.end(pending);
    pending = "";
  };
  const timer = setTimeout(end, (query.timeoutSeconds ?? DEFAULT_SECONDS) * 1000);
  const bookmarks = setInterval(() => {
    if (query.allowBookmarks) writeBookmark(String(store.resourceVersion), false);
  }, BOOKMARK_EVERY);
  response.once("close", end);

  const write = (type: string, object: string) => {
    if (response.writableEnded || response.destroyed) return;
    pending += eventText(type, object);
    flushing ??= setImmediate(flush);
    if (response.writableLength + pending.length <= MAX_BEHIND) return;
    const error = expired("too old resource version: the watch fell behind");
    pending += eventText("ERROR", JSON.stringify(error));
    end();
    const cut = setTimeout(() => response.destroy(), TIME_TO_READ);
    response.once("close", () => clearTimeout(cut));
  };
  const writeBookmark = (resourceVersion: string, endsInitial: boolean) => {
    const { apiVersion, kind } = resource;
    const metadata = {
      resourceVersion,
      creationTimestamp: null,
      ...(endsInitial && { annotations: { "k8s.io/initial-events-end": "true" } }),
    };
    write("BOOKMARK", JSON.stringify({ kind, apiVersion, metadata }));
  };
  const tell = (event: WatchEvent) => {
    if (event.type === "BOOKMARK") {
      if (query.sendInitialEvents) writeBookmark(event.resourceVersion, true);
      return;
    }
    const object = inVersion(event.object, resource);
    // The client saw an older state of it; the event has the version in which the object left the selection.
    const shown =
      event.type === "DELETED" ? withVersion(object, String(store.resourceVersion)) : object;
    if (render !== undefined) write(event.type, JSON.stringify(render(shown, isFirst)));
    else write(event.type, textOf(shown));
    isFirst = false;
  };
  const { namespace, labelSelector, fieldSelector, resourceVersion } = query;
  // No version and "0" both begin with what there is.
  const isAnew = query.sendInitialEvents || resourceVersion === "" || resourceVersion === "0";
  try {
    stop = store.watch(
      resource.groupKind,
      {
        ...(namespace !== undefined && { namespace }),
        ...(labelSelector && { labelSelector }),
        ...(fieldSelector && { fieldSelector }),
        ...(!isAnew && { resourceVersion }),
      },
      tell,
    );
    if (response.writableEnded) stop();
  } catch (error) {
    if (!(error instanceof ResourceVersionExpiredError)) throw error;
    const status = expired(
      `too old resource version: ${resourceVersion} (${store.resourceVersion})`,
    );
    write("ERROR", JSON.stringify(status));
    end();
  }
}

function eventText(type: string, object: string): string {
  return `{"type":"${type}","object":${object}}\n`;
}

function withVersion(object: KubernetesObject, resourceVersion: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}

function textOf(object: KubernetesObject): string {
  let text = texts.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    texts.set(object, text);
  }
  return text;
}
