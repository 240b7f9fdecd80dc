import { ConnectionError, ErrorCode, protocolError } from "./error-code.ts";
import { FRAME_SIZE, MAX_WINDOW } from "./frame.ts";

/** RFC 9113 section 6.5.2. */
export const Setting = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  /** RFC 8441 section 3. */
  ENABLE_CONNECT_PROTOCOL: 0x8,
} as const;

export type Settings = readonly (readonly [setting: number, value: number])[];

const ENTRY = 6;

export function writeSettings(settings: Settings): Buffer {
  const bytes = Buffer.alloc(settings.length * ENTRY);
  for (const [i, [setting, value]] of settings.entries()) {
    bytes.writeUInt16BE(setting, i * ENTRY);
    bytes.writeUInt32BE(value, i * ENTRY + 2);
  }
  return bytes;
}

/**
 * @param apply called for each setting in order; unknown ones have to be ignored.
 * @throws ConnectionError for a value that is not allowed.
 */
export function readSettings(
  bytes: Buffer,
  start: number,
  end: number,
  apply: (setting: number, value: number) => void,
): void {
  if ((end - start) % ENTRY !== 0) {
    throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, "settings that are cut off");
  }
  for (let at = start; at < end; at += ENTRY) {
    const setting = bytes.readUInt16BE(at);
    const value = bytes.readUInt32BE(at + 2);
    check(setting, value);
    apply(setting, value);
  }
}

function check(setting: number, value: number): void {
  if (setting === Setting.ENABLE_PUSH && value > 1) {
    throw protocolError(`ENABLE_PUSH ${value}`);
  }
  if (setting === Setting.ENABLE_CONNECT_PROTOCOL && value > 1) {
    throw protocolError(`ENABLE_CONNECT_PROTOCOL ${value}`);
  }
  if (setting === Setting.INITIAL_WINDOW_SIZE && value > MAX_WINDOW) {
    throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, `a window of ${value} bytes`);
  }
  if (setting === Setting.MAX_FRAME_SIZE && (value < FRAME_SIZE || value >= 2 ** 24)) {
    throw protocolError(`MAX_FRAME_SIZE ${value}`);
  }
}
