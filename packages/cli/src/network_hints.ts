/** What this command can add to failures that the library cannot explain: its own options. */
const HINTS: Readonly<Record<string, string>> = {
  ERR_SOCKET_TIMEOUT: 'it accepts or ignores connections but does not answer in time; --timeout SECONDS waits longer',
};

/** A hint for the code of a system error; null when there is nothing to say. */
export function networkHint(code: string | null): string | null {
  return (code !== null && HINTS[code]) || null;
}
