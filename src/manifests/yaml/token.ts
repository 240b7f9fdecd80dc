/** What a scanner finds. Numbers, since a document has many of them. */
export const PENDING = 0;
/** Where a key could have begun, and did not. */
export const NOTHING = 1;
export const KEY = 2;
/** A block mapping begins with its first key. */
export const MAPPING_AND_KEY = 3;
export const VALUE = 4;
export const SEQUENCE_START = 5;
export const MAPPING_START = 6;
export const BLOCK_END = 7;
export const ENTRY = 8;
export const FLOW_SEQUENCE_START = 9;
export const FLOW_SEQUENCE_END = 10;
export const FLOW_MAPPING_START = 11;
export const FLOW_MAPPING_END = 12;
export const FLOW_ENTRY = 13;
export const PLAIN = 14;
export const QUOTED = 15;
export const ALIAS = 16;
export const ANCHOR = 17;
export const TAG = 18;
export const DIRECTIVE = 19;
export const DOCUMENT_START = 20;
export const DOCUMENT_END = 21;
export const STREAM_END = 22;
