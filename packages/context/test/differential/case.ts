/** The language of the cases: scripts that run through CPython's `ssl` and through sslkit alike. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One step; what it gives or throws is one result. Objects live under the names given with `as`. */
export type Step =
  | { do: 'context'; as: string; protocol: Json }
  | { do: 'default_context'; as: string; args?: Json[]; kwargs?: Record<string, Json> }
  | { do: 'get'; on: string; name: string }
  | { do: 'set'; on: string; name: string; value: Json }
  | { do: 'call'; on: string; name: string; args?: Json[]; kwargs?: Record<string, Json> }
  | { do: 'call_into'; on: string; nbytes: number; size: number }
  | { do: 'function'; name: string; args?: Json[]; kwargs?: Record<string, Json> }
  | { do: 'bio'; as: string }
  | { do: 'wrap'; on: string; as: string; incoming: string; outgoing: string; kwargs?: Record<string, Json> }
  | { do: 'constant'; name: string }
  | { do: 'purpose'; name: string }
  | { do: 'decode_file'; path: string }
  | { do: 'handshake'; client: string; server: string }
  /** What SNI callbacks were told, one entry a call. */
  | { do: 'told' };

export interface Case {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** What a step came to: `value`, or `error` (Python's class name) with what is known about it. */
export interface Outcome {
  readonly value?: Json;
  readonly error?: string;
  readonly bases?: readonly string[];
  readonly message?: string;
  readonly reason?: string | null;
  readonly library?: string | null;
  readonly number?: number | null;
  readonly verify_code?: number;
  readonly verify_message?: string;
}

export const bytes = (data: Uint8Array | string): Json => ({ $bytes: Buffer.from(data).toString('hex') });
export const bytearray = (data: Uint8Array | string): Json => ({ $bytearray: Buffer.from(data).toString('hex') });
export const constant = (name: string): Json => ({ $constant: name });
export const purpose = (name: string): Json => ({ $purpose: name });
export const returns = (value: Json): Json => ({ $returns: value });
export const raises = (message: string): Json => ({ $raises: message });
export const repeat = (text: string, times: number): Json => ({ $repeat: text, times });
/** A callback that notes what it is told, then assigns a context, and returns or raises. */
export const sni = (does: { context?: Json; returns?: Json; raises?: string }): Json => ({ $sni: does });
export const object = (name: string): Json => ({ $object: name });

/** A client and a server context named `cc` and `sc`. */
export function contexts(options: { verify?: string; version?: string } = {}): Step[] {
  const steps: Step[] = [
    { do: 'context', as: 'cc', protocol: constant('PROTOCOL_TLS_CLIENT') },
    { do: 'context', as: 'sc', protocol: constant('PROTOCOL_TLS_SERVER') },
  ];
  if (options.version === 'TLSv1_2') steps.push({ do: 'set', on: 'cc', name: 'maximum_version', value: 0x303 });
  if (options.version === 'TLSv1_3') steps.push({ do: 'set', on: 'cc', name: 'minimum_version', value: 0x304 });
  return steps;
}

/** Wraps both: `c` and `s`, over the BIOs `to_c` (read by the client) and `to_s`. */
export function wrapPair(client: Record<string, Json> = {}): Step[] {
  return [
    { do: 'bio', as: 'to_c' },
    { do: 'bio', as: 'to_s' },
    { do: 'wrap', on: 'cc', as: 'c', incoming: 'to_c', outgoing: 'to_s', kwargs: client },
    { do: 'wrap', on: 'sc', as: 's', incoming: 'to_s', outgoing: 'to_c', kwargs: { server_side: true } },
  ];
}

export const load = (on: string, certfile: string, keyfile?: string): Step => ({
  do: 'call',
  on,
  name: 'load_cert_chain',
  args: keyfile === undefined ? [certfile] : [certfile, keyfile],
});

export const trust = (on: string, cafile: string): Step => ({
  do: 'call',
  on,
  name: 'load_verify_locations',
  kwargs: { cafile },
});

export const handshake: Step = { do: 'handshake', client: 'c', server: 's' };

export const call = (on: string, name: string, ...args: Json[]): Step => ({ do: 'call', on, name, args });

/** TLS 1.2 and TLS 1.3 of every case of a list. */
export const VERSIONS = ['TLSv1_2', 'TLSv1_3'] as const;
