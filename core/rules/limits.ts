/** What a rule, an action and a named list may hold at most. */
export const ruleLimits = {
  /** Nested conditions, the comparison itself included. */
  depth: 8,
  comparisons: 64,
  /** UTF-8 bytes of the conditions as JSON. */
  bytes: 64 * 1024,
  literalItems: 1_000,
  rulesPerAction: 100,
  listEntries: 100_000,
} as const;
