/** A file or folder that a process sees at another place. */
export interface Mount {
  /** Absolute, and there. */
  readonly source: string;
  /** Absolute; need not be there. */
  readonly target: string;
  readonly isFile: boolean;
  readonly readOnly: boolean;
}
