import type { FieldPath } from "../diagnostics/diagnostic.ts";
import type { Finding } from "./finding.ts";
import { quote } from "./json.ts";
import { isBefore, NEWEST, type Release } from "./release.ts";
import type { ReportDetails } from "./rule.ts";

/** More about a finding: the rule, where it is one of its own. */
export interface PlaceDetails extends ReportDetails {
  readonly rule?: string;
  readonly usable?: boolean;
}

/** A place in an object, where findings can be reported. */
export class Place {
  readonly #findings: Finding[];
  readonly #parent: Place | undefined;
  readonly #step: string | number;
  readonly #details: PlaceDetails;
  readonly #release: Release;

  /** @param release of the server that is asked. */
  constructor(
    findings: Finding[],
    release: Release = NEWEST,
    parent?: Place,
    step: string | number = "",
    details: PlaceDetails = {},
  ) {
    this.#findings = findings;
    this.#release = release;
    this.#parent = parent;
    this.#step = step;
    this.#details = details;
  }

  get path(): FieldPath {
    const path: (string | number)[] = [];
    for (let place: Place = this; place.#parent !== undefined; place = place.#parent) {
      path.unshift(place.#step);
    }
    return path;
  }

  /** The place of a field, or of one below it. */
  at(...steps: FieldPath): Place {
    let place: Place = this;
    for (const step of steps) {
      place = new Place(this.#findings, this.#release, place, step, this.#details);
    }
    return place;
  }

  /** Whether the server is older than a release. */
  isBefore(release: Release): boolean {
    return isBefore(this.#release, release);
  }

  /** The same place, for findings with further properties: their rule, or that they concern the field's name. */
  as(details: PlaceDetails): Place {
    const said = { ...this.#details, ...details };
    return new Place(this.#findings, this.#release, this.#parent, this.#step, said);
  }

  /** Reports a missing value. */
  required(message = "this field is required", details?: PlaceDetails): void {
    this.#find("field-required", message, details);
  }

  /** Reports an invalid value. */
  invalid(message: string, details?: PlaceDetails): void {
    this.#find("field-value", message, details);
  }

  /** Reports a value that the rest of the object excludes. */
  forbidden(message: string, details?: PlaceDetails): void {
    this.#find("field-forbidden", message, { at: "key", ...details });
  }

  /** Reports a duplicate in a list. */
  duplicate(value: string | number, details?: PlaceDetails): void {
    this.#find(
      "field-duplicate",
      `${quote(String(value))} is taken by another of the list`,
      details,
    );
  }

  #find(rule: string, message: string, told: PlaceDetails = {}): void {
    const { rule: own = rule, hint, ...details } = { ...this.#details, ...told };
    this.#findings.push({
      rule: own,
      severity: "error",
      message,
      path: this.path,
      ...(hint === undefined ? {} : { hint }),
      ...details,
    });
  }
}
