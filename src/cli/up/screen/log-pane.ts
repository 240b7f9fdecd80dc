import { stripVTControlCharacters } from "node:util";
import { printable } from "../../../diagnostics/printable.ts";
import type { Pod } from "../../../objects/pod.ts";
import type { PodLogs } from "../../../runtime/pod-logs.ts";
import { wrap } from "./cells.ts";
import { FilterField } from "./filter-field.ts";
import type { Pane, Size } from "./pane.ts";

/** Lines that are kept; of each container, as many are read at first. */
const KEPT = 10_000;

interface Line {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly text: string;
}

/** What the containers of one pod write: the last lines of it, or a place further up. */
export class LogPane implements Pane {
  readonly filter = new FilterField();
  readonly #stop = new AbortController();
  readonly #lines: Line[] = [];
  /** The last line that is shown; undefined: the last there is, whichever comes. */
  #last: Line | undefined;
  #height = 1;

  constructor(logs: Pick<PodLogs, "follow">, { metadata, spec }: Pod) {
    const pod = { namespace: metadata.namespace ?? "", name: metadata.name };
    const containers = [...(spec.initContainers ?? []), ...spec.containers];
    for (const { name } of containers) {
      void this.#follow(logs, pod, name, containers.length > 1 ? `${name} | ` : "");
    }
  }

  move(by: number): void {
    const lines = this.#admitted();
    this.#stopAt(lines, Math.max(0, this.#lastOf(lines) + by));
  }

  page(by: number): void {
    this.move(by * this.#height);
  }

  /** As many rows of the terminal as there is room for, none wider. */
  rows({ width, height }: Size): readonly string[] {
    this.#height = height;
    const lines = this.#admitted();
    let last = this.#lastOf(lines);
    let rows: readonly string[] = [];
    for (let i = last; i >= 0 && rows.length < height; i--) {
      rows = [...wrap(lines[i]!.text, width), ...rows];
    }
    if (rows.length >= height) return rows.slice(-height);
    // The first line is shown, and there is room for those below.
    while (last < lines.length - 1 && rows.length < height) {
      rows = [...rows, ...wrap(lines[++last]!.text, width)];
    }
    this.#stopAt(lines, last);
    return rows.slice(0, height);
  }

  /** Which part is shown, in words. */
  get place(): string {
    const lines = this.#admitted();
    const below = lines.length - 1 - this.#lastOf(lines);
    const all = `${lines.length} line${lines.length === 1 ? "" : "s"}`;
    return below > 0 ? `${all}, ${below} below` : all;
  }

  close(): void {
    this.#stop.abort();
  }

  async #follow(
    logs: Pick<PodLogs, "follow">,
    pod: { readonly namespace: string; readonly name: string },
    container: string,
    prefix: string,
  ): Promise<void> {
    for await (const lines of logs.follow(pod, container, KEPT, this.#stop.signal)) {
      this.#add(lines.map(({ time, line }) => ({ time, text: prefix + plain(line) })));
    }
  }

  /** In the order of their times: what was written before is read of one container after the other. */
  #add(lines: readonly Line[]): void {
    const isLater = (lines[0]?.time ?? 0) >= (this.#lines.at(-1)?.time ?? 0);
    for (const line of lines) this.#lines.push(line);
    if (!isLater) this.#lines.sort((a, b) => a.time - b.time);
    this.#lines.splice(0, this.#lines.length - KEPT);
  }

  #admitted(): readonly Line[] {
    return this.filter.isEmpty
      ? this.#lines
      : this.#lines.filter(({ text }) => this.filter.admits(text));
  }

  /** The last line to show; the one before it where the filter keeps that away. */
  #lastOf(lines: readonly Line[]): number {
    const last = this.#last;
    if (last === undefined) return lines.length - 1;
    const at = lines.lastIndexOf(last);
    return at >= 0
      ? at
      : Math.max(
          0,
          lines.findLastIndex(({ time }) => time <= last.time),
        );
  }

  #stopAt(lines: readonly Line[], last: number): void {
    this.#last = last >= lines.length - 1 ? undefined : lines[last];
  }
}

/** Without what a terminal would obey, colours and tabs among it, as those take other columns than they show. */
function plain(line: string): string {
  return stripVTControlCharacters(printable(line)).replaceAll("\t", "    ").replaceAll("\n", " ");
}
