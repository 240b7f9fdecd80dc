import type { FieldPath } from "../../diagnostics/diagnostic.ts";
import { parseQuantity } from "../quantity.ts";
import { quote } from "../read-shape.ts";
import type { Report, Rule } from "../rule.ts";
import type { AccessMode, PersistentVolume, PersistentVolumeClaim, Quantities } from "../volume.ts";

const claimModes: Rule<PersistentVolumeClaim> = {
  id: "volume-access-modes",
  severity: "error",
  check({ spec: { accessModes } }, report) {
    checkModes(accessModes, "claim", report);
  },
};

const volumeModes: Rule<PersistentVolume> = {
  id: "volume-access-modes",
  severity: "error",
  check({ spec: { accessModes } }, report) {
    checkModes(accessModes, "volume", report);
  },
};

function checkModes(
  modes: readonly AccessMode[] = [],
  what: "claim" | "volume",
  report: Report,
): void {
  const path = ["spec", "accessModes"];
  if (modes.length === 0) {
    report(path, `a ${what} needs at least one access mode`, {
      hint: "write accessModes: [ReadWriteOnce]",
    });
  } else if (modes.length > 1 && modes.includes("ReadWriteOncePod")) {
    report(path, "ReadWriteOncePod does not go with other access modes");
  }
}

const claimSize: Rule<PersistentVolumeClaim> = {
  id: "volume-size",
  severity: "error",
  check({ spec: { resources } }, report) {
    checkSize(["spec", "resources", "requests", "storage"], resources?.requests, report);
  },
};

const volumeSize: Rule<PersistentVolume> = {
  id: "volume-size",
  severity: "error",
  check({ spec: { capacity } }, report) {
    checkSize(["spec", "capacity", "storage"], capacity, report);
  },
};

function checkSize(path: FieldPath, sizes: Quantities | undefined, report: Report): void {
  const size = sizes?.["storage"];
  if (size === undefined) {
    report(path, "the size is missing", { hint: "write storage: 1Gi" });
    return;
  }
  const value = parseQuantity(String(size));
  if (value === undefined || value <= 0n) {
    report(path, `${quote(String(size))} is no size`, { hint: "write storage: 1Gi" });
  }
}

export const volumeRules: readonly Rule<PersistentVolume>[] = [volumeModes, volumeSize];
export const claimRules: readonly Rule<PersistentVolumeClaim>[] = [claimModes, claimSize];
