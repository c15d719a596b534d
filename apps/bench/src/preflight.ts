/**
 * Before anything is timed: does this contestant do the work that is asked? What it negotiates is read by a witness from
 * the wire, and two connections that must fail show that it verifies the chain and the name. Who does not is refused with
 * the reason, and not compared.
 */
import { type Certificates, type KeyKind, SERVERNAME } from './certificates.ts';
import { AbsentContestant, Party } from './party.ts';
import type { Contestant } from './contestants.ts';
import { type Profile, type Result, type Run, SAME } from './parties/protocol.ts';
import type { ServerHello } from './server_hello.ts';
import { Witness } from './witness.ts';

export interface Verdict {
  status: 'fit' | 'absent' | 'refused' | 'skipped';
  reason?: string;
  /** As the witness read it. */
  negotiated?: Pick<ServerHello, 'protocol' | 'cipher' | 'group'>;
  runtime?: string;
  /** Why resumption is not measured, when only that is amiss. */
  noResumption?: string;
}

/** All contestants at once, on a machine that may have two cores. */
const PATIENCE_MS = 10_000;

export async function preflight(
  contestant: Contestant,
  profile: Profile,
  kind: KeyKind,
  certificates: Certificates,
  patience: () => number,
): Promise<Verdict> {
  const setting = { cores: null, patience: () => Math.min(PATIENCE_MS, patience()) };
  if ('missing' in contestant.command) return { status: 'absent', reason: contestant.command.missing };
  const parties: { stop(): Promise<void> }[] = [];
  try {
    const files = certificates.of(kind);
    const { server: serverCommand, client: clientCommand } = contestant.command;
    const server = await Party.start(
      serverCommand,
      { role: 'server', profile, behaviour: 'echo', expect: 0, chunk: 65_536, cert: files.cert, key: files.key },
      setting,
    );
    parties.push(server);
    const witness = await Witness.start(server.port);
    parties.push({ stop: async () => witness.close() });
    const start = { role: 'client', profile, ca: files.ca, port: witness.port, servername: SERVERNAME } as const;
    const client = await Party.start(clientCommand, start, setting);
    parties.push(client);
    return await examine(client, witness, profile, certificates.stranger(kind));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { status: error instanceof AbsentContestant ? 'absent' : 'refused', reason };
  } finally {
    await Promise.all(parties.map((party) => party.stop()));
  }
}

async function examine(client: Party, witness: Witness, profile: Profile, stranger: string): Promise<Verdict> {
  const first = await runOnce(client, { run: 'handshakes', count: 1, concurrency: 1, resume: false });
  const hello = witness.hellos[0];
  if (!hello) return { status: 'refused', reason: 'the witness saw no ServerHello' };
  const { protocol, cipher, group } = hello;
  const verdict: Verdict = { status: 'fit', negotiated: { protocol, cipher, group }, runtime: client.runtime };
  const refuse = (reason: string): Verdict => ({ ...verdict, status: 'refused', reason });

  const other = profile === 'same' ? differences(hello) : '';
  if (other) return refuse(other);
  if (first.verified !== 1) return refuse('does not say that the server was verified');
  for (const [what, run] of [
    ['another host name', { run: 'refuse', servername: 'other.bench.test' }],
    ["a stranger's certificate", { run: 'refuse', ca: stranger }],
  ] as const) {
    const { accepted } = await runOnce(client, run);
    if (accepted !== false) return refuse(`accepts ${what}`);
  }
  return { ...verdict, ...(await resumption(client, witness)) };
}

/** What of this handshake is not what `same` asks for. */
export function differences(hello: ServerHello): string {
  const parts = (['protocol', 'cipher', 'group'] as const)
    .filter((part) => hello[part] !== SAME[part])
    .map((part) => `${hello[part]} instead of ${SAME[part]}`);
  if (hello.retried) parts.push('a HelloRetryRequest');
  return parts.length === 0 ? '' : `negotiates ${parts.join(', ')}`;
}

async function resumption(client: Party, witness: Witness): Promise<Pick<Verdict, 'noResumption'>> {
  try {
    const result = await runOnce(client, { run: 'handshakes', count: 2, concurrency: 1, resume: true });
    const resumed = witness.hellos.slice(-2).filter((hello) => hello.resumed).length;
    if (resumed === 2 && result.resumed === 2) return {};
    return { noResumption: `resumes ${resumed} of 2 connections` };
  } catch (error) {
    return { noResumption: error instanceof Error ? error.message : String(error) };
  }
}

async function runOnce(client: Party, run: Run): Promise<Result> {
  try {
    await client.ask({ do: 'prepare', ...run }, 'prepared');
    const result = await client.ask({ do: 'go' }, 'result');
    await client.ask({ do: 'finish' }, 'finished');
    return result;
  } catch (error) {
    if (error instanceof AbsentContestant) throw error;
    throw new Error(`${nameOf(run)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function nameOf(run: Run): string {
  if (run.run === 'refuse') return run.ca ? "refusing a stranger's certificate" : 'refusing another host name';
  return run.run === 'handshakes' && run.resume ? 'resumption' : 'handshake';
}
