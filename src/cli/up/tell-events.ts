import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Context } from "../command.ts";
import { reportDiagnostics } from "../diagnostics-report.ts";
import { networkLine } from "./event-line.ts";
import { StandingFindings } from "./standing-findings.ts";
import type { Talk } from "./talk.ts";
import { UnreachableReport } from "./unreachable-report.ts";

export interface ToldEvents {
  /** Takes findings that the engine returned, as it takes those that it emits. */
  report(found: readonly Diagnostic[]): void;
  readonly findings: StandingFindings;
  readonly unreachable: UnreachableReport;
}

/** Prints what happens in the engine; what local pods write is not part of it. */
export function tellEvents(context: Context, engine: Engine, talk: Talk): ToldEvents {
  const findings = new StandingFindings();
  const report = (found: readonly Diagnostic[]): void => {
    findings.add(found);
    if (!talk.isJson) reportDiagnostics(context, found);
    else for (const each of found) talk.tell({ type: "diagnostic", ...each }, undefined);
  };
  engine.on("fault", (error) => talk.write(`error: ${error.message}\n`));
  engine.on("told", (message) => talk.tell({ type: "told", message }, message));
  engine.on("diagnostics", report);
  engine.on("network", (outcome) =>
    talk.tell({ type: "network", ...outcome }, networkLine(outcome)),
  );
  engine.on("mended", (files) => {
    findings.mended(files);
    for (const file of files) talk.tell({ type: "mended", file }, `${file}: no findings any more`);
  });
  const unreachable = new UnreachableReport(talk);
  engine.on("unreachable", (...lost) => unreachable.add(...lost));
  engine.on("reachable", (relay) => unreachable.regained(relay));
  return { report, findings, unreachable };
}
