import { fileURLToPath } from "node:url";

/** The agent's program, a file of the package. */
export const AGENT = fileURLToPath(new URL("./agent.js", import.meta.url));

/** A socket to open inside the namespace. */
export interface SocketOrder {
  /** Names it in the report. */
  readonly id: number;
  readonly protocol: "TCP" | "UDP";
  readonly host: string;
  readonly port: number;
}

/** What the process outside tells the agent inside. */
export type Order =
  | { readonly type: "set-up"; readonly script: string }
  | { readonly type: "open"; readonly sockets: readonly SocketOrder[] }
  | {
      readonly type: "run";
      readonly command: readonly string[];
      readonly cwd: string;
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly type: "signal"; readonly signal: NodeJS.Signals }
  | {
      readonly type: "connect";
      readonly id: number;
      readonly host: string;
      readonly port: number;
    }
  /** Sockets to connect from outside. */
  | { readonly type: "dialers"; readonly count: number; readonly host: string }
  /** What runs in the network namespace that the file holds is killed when the process outside is gone. */
  | { readonly type: "guard" | "unguard"; readonly file: string };

/** What the agent reports. A socket that was asked for comes along with the report. */
export type Report =
  | { readonly type: "up" }
  | { readonly type: "set-up"; readonly error?: string }
  | { readonly type: "socket"; readonly id: number; readonly error?: ReportedError }
  /** One that connects from the address `host`. */
  | { readonly type: "dialer"; readonly host: string; readonly error?: ReportedError }
  | { readonly type: "ended"; readonly code: number | null; readonly signal: string | null }
  | { readonly type: "not-started"; readonly error: ReportedError };

export interface ReportedError {
  readonly code: string;
  readonly message: string;
}

export function errorOf({ code, message }: ReportedError): Error {
  return Object.assign(new Error(message), { code });
}
