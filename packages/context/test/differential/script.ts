/** Runs a case through sslkit; the counterpart of `oracle.py`, name by name. */
import * as fs from 'node:fs';
import * as pem from '@sslkit/pem';
import * as ssl from '@sslkit/context';
import type { Case, Json, Outcome, Step } from './case.ts';
import { outcomeOf } from './outcome.ts';

type Environment = Map<string, unknown>;
type Callable = (...args: unknown[]) => unknown;

export function runCase({ steps }: Case): Outcome[] {
  const environment: Environment = new Map();
  return steps.map((step) => outcomeOf(() => runStep(step, environment)));
}

function runStep(step: Step, environment: Environment): unknown {
  const value = (json: Json): unknown => decode(json, environment);
  const on = (name: string): Record<string, unknown> => environment.get(name) as Record<string, unknown>;
  switch (step.do) {
    case 'context':
      environment.set(step.as, new ssl.SSLContext(value(step.protocol) as ssl.Protocol));
      return null;
    case 'default_context':
      environment.set(step.as, createDefault((step.args ?? []).map(value), values(step.kwargs, value)));
      return null;
    case 'get':
      return on(step.on)[camelCase(step.name)];
    case 'set':
      on(step.on)[camelCase(step.name)] = attributeValue(step.name, value(step.value));
      return null;
    case 'call':
      return callMethod(on(step.on), step.name, (step.args ?? []).map(value), values(step.kwargs, value));
    case 'call_into': {
      const buffer = Buffer.alloc(step.size);
      const count = (environment.get(step.on) as ssl.SSLObject).read(step.nbytes, buffer);
      return [count, buffer];
    }
    case 'function':
      return callFunction(step.name, (step.args ?? []).map(value));
    case 'bio':
      environment.set(step.as, new ssl.MemoryBIO());
      return null;
    case 'wrap':
      environment.set(step.as, wrap(step, environment, values(step.kwargs, value)));
      return null;
    case 'constant': {
      const found = (ssl as Record<string, unknown>)[step.name];
      return typeof found === 'boolean' ? Number(found) : found;
    }
    case 'purpose': {
      const { nid, shortname, longname, oid } = ssl.Purpose[step.name as 'SERVER_AUTH'];
      return [nid, shortname, longname, oid];
    }
    case 'decode_file':
      return ssl.decodeCertificate(readText(step.path));
    case 'told':
      return environment.get(TOLD) ?? [];
    case 'handshake':
      return handshakes(environment.get(step.client) as ssl.SSLObject, environment.get(step.server) as ssl.SSLObject);
  }
}

function wrap(step: Step & { do: 'wrap' }, environment: Environment, kwargs: Record<string, unknown>): ssl.SSLObject {
  const context = environment.get(step.on) as ssl.SSLContext;
  const incoming = environment.get(step.incoming) as ssl.MemoryBIO;
  return context.wrapBio(incoming, environment.get(step.outgoing) as ssl.MemoryBIO, camelKeys(kwargs));
}

function createDefault(args: unknown[], kwargs: Record<string, unknown>): ssl.SSLContext {
  return ssl.createDefaultContext(args[0] as ssl.Purpose | undefined, camelKeys(kwargs));
}

/** As in oracle.py: both sides in turn, each until it is done or has failed. */
function handshakes(client: ssl.SSLObject, server: ssl.SSLObject): Record<'client' | 'server', Outcome> {
  const sides = { client, server };
  const result: Partial<Record<'client' | 'server', Outcome>> = {};
  for (let round = 0; round < 20; round++) {
    for (const side of ['client', 'server'] as const) {
      if (result[side]) continue;
      const outcome = outcomeOf(() => sides[side].doHandshake());
      if (outcome.error !== 'SSLWantReadError') result[side] = outcome;
    }
  }
  const waiting = { error: 'SSLWantReadError' };
  return { client: result.client ?? waiting, server: result.server ?? waiting };
}

/** Python's argument lists, in our shapes: what is optional there is in an options object here. */
const METHODS: Record<string, (args: unknown[], kwargs: Record<string, unknown>) => unknown[]> = {
  load_cert_chain: ([certfile, keyfile, password], kwargs) => {
    const secret = password ?? kwargs.password;
    const key = keyfile ?? kwargs.keyfile ?? null;
    return secret === undefined ? [certfile, key] : [certfile, key, { password: secret }];
  },
  load_verify_locations: ([cafile, capath, cadata], kwargs) => [{ cafile, capath, cadata, ...kwargs }],
  get_ca_certs: ([binaryForm], kwargs) => [{ binaryForm: Boolean(binaryForm ?? kwargs.binary_form) }],
};

function callMethod(
  on: Record<string, unknown>,
  name: string,
  args: unknown[],
  kwargs: Record<string, unknown>,
): unknown {
  const shaped = METHODS[name]?.(args, kwargs) ?? args;
  return (on[camelCase(name)] as Callable).apply(on, shaped);
}

const FUNCTIONS: Record<string, Callable> = {
  DER_cert_to_PEM_cert: pem.derCertToPemCert as Callable,
  PEM_cert_to_DER_cert: pem.pemCertToDerCert as Callable,
  cert_time_to_seconds: pem.certTimeToSeconds as Callable,
  RAND_status: ssl.randStatus as Callable,
  RAND_add: ssl.randAdd as Callable,
  RAND_bytes: ((n: number) => ssl.randBytes(n).length) as Callable,
  get_protocol_name: ssl.getProtocolName as Callable,
};

function callFunction(name: string, args: unknown[]): unknown {
  return (FUNCTIONS[name] as Callable)(...args);
}

const ODD_NAMES: Record<string, string> = { getpeercert: 'getPeerCert' };

function camelCase(name: string): string {
  return ODD_NAMES[name] ?? name.replace(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

function camelKeys(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [camelCase(key), value]));
}

/** `options` are bigint here. */
function attributeValue(name: string, value: unknown): unknown {
  return name === 'options' && Number.isInteger(value) ? BigInt(value as number) : value;
}

function values(kwargs: Record<string, Json> | undefined, value: (json: Json) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(kwargs ?? {}).map(([key, json]) => [key, value(json)]));
}

function decode(json: Json, environment: Environment): unknown {
  if (Array.isArray(json)) return json.map((item: Json) => decode(item, environment));
  if (typeof json !== 'object' || json === null) return json;
  const value = json as Record<string, Json>;
  if ('$bytes' in value || '$bytearray' in value)
    return Buffer.from((value.$bytes ?? value.$bytearray) as string, 'hex');
  if ('$repeat' in value) return (value.$repeat as string).repeat(value.times as number);
  if ('$returns' in value) return () => decode(value.$returns as Json, environment);
  if ('$raises' in value) {
    return () => {
      throw Object.assign(new Error(value.$raises as string), { name: 'RuntimeError' });
    };
  }
  if ('$sni' in value) return sniCallback(value.$sni as Record<string, Json>, environment);
  if ('$constant' in value) return (ssl as Record<string, unknown>)[value.$constant as string];
  if ('$purpose' in value) return ssl.Purpose[value.$purpose as 'SERVER_AUTH' | 'CLIENT_AUTH'];
  if ('$object' in value) return environment.get(value.$object as string);
  return values(value, (item) => decode(item, environment));
}

const TOLD = '$told';

function sniCallback(does: Record<string, Json>, environment: Environment): ssl.SniCallback {
  return (connection, name, context) => {
    const told = (environment.get(TOLD) ?? []) as unknown[];
    const ours = [connection === environment.get('s'), name, context === environment.get('sc')];
    environment.set(TOLD, [
      ...told,
      [...ours, connection.version(), connection.serverHostname, connection.context === context],
    ]);
    if ('context' in does) connection.context = decode(does.context as Json, environment) as ssl.SSLContext;
    if ('raises' in does) throw new Error(does.raises as string);
    return decode(does.returns ?? null, environment) as ssl.SniAnswer;
  };
}

function readText(path: string): Buffer {
  return fs.readFileSync(path);
}
