import type { Rcode } from "./rcode.ts";

export const CLASS_IN = 1;

/** A question. */
export interface Question {
  /** Presentation form with the final dot; the case is kept. */
  readonly name: string;
  /** `A`, `SRV`, `TYPE1234`. */
  readonly type: string;
  /** 1 is IN. */
  readonly class: number;
}

/** The data of an SOA record. */
export interface SoaData {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

/** The data of an SRV record (RFC 2782). */
export interface SrvData {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

interface RecordBase {
  /** Owner, in presentation form with the final dot. */
  readonly name: string;
  /** Seconds. */
  readonly ttl: number;
  /** Absent means IN. */
  readonly class?: number;
}

/** `data` is an address or a name. */
export interface TextRecord extends RecordBase {
  readonly type: "A" | "AAAA" | "CNAME" | "NS" | "PTR";
  readonly data: string;
}
/** The host and port of a service (SRV). */
export interface SrvRecord extends RecordBase {
  readonly type: "SRV";
  readonly data: SrvData;
}
/** The start of a zone (SOA). */
export interface SoaRecord extends RecordBase {
  readonly type: "SOA";
  readonly data: SoaData;
}
/** Texts (TXT). */
export interface TxtRecord extends RecordBase {
  readonly type: "TXT";
  /** Character strings, one code unit for each byte. */
  readonly data: readonly string[];
}
/** The mail server of a name (MX). */
export interface MxRecord extends RecordBase {
  readonly type: "MX";
  readonly data: { readonly preference: number; readonly exchange: string };
}
/** Any other type, with uninterpreted data (RFC 3597). */
export interface OpaqueRecord extends RecordBase {
  readonly type: `TYPE${number}` | "HINFO" | "DS" | "HTTPS" | "SVCB" | "CAA" | "NAPTR" | "DNSKEY";
  readonly data: Uint8Array;
}

/** A record, by the type of its data. */
export type ResourceRecord =
  | TextRecord
  | SrvRecord
  | SoaRecord
  | TxtRecord
  | MxRecord
  | OpaqueRecord;

/** An EDNS option with uninterpreted data (RFC 6891). */
export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

/** The OPT record (RFC 6891). */
export interface Edns {
  /** UDP payload size that the sender accepts. */
  readonly udpSize: number;
  readonly version: number;
  /** DNSSEC OK. */
  readonly do: boolean;
  readonly options: readonly EdnsOption[];
}

/** A DNS message (RFC 1035, 4.1). */
export interface Message {
  readonly id: number;
  /** Whether it is a response. */
  readonly qr: boolean;
  readonly opcode: number;
  readonly aa: boolean;
  readonly tc: boolean;
  readonly rd: boolean;
  readonly ra: boolean;
  readonly ad: boolean;
  readonly cd: boolean;
  readonly rcode: Rcode;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  /** Without the OPT record, which is `edns`. */
  readonly additional: readonly ResourceRecord[];
  readonly edns?: Edns;
}
