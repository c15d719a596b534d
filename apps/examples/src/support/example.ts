import { failureText } from './failure_text.ts';
import { startLocalPeer } from './local_peer.ts';

/** Whom a client example talks to. */
export interface Peer {
  readonly host: string;
  readonly port: number;
  /** PEM file with the authorities to trust. */
  readonly cafile: string;
}

/**
 * Runs a client example against `HOST PORT CAFILE` of the command line, or against a server of its own when there are
 * no arguments. A failure is explained on standard error and the exit status is 1.
 */
export async function runExample(body: (peer: Peer) => Promise<void>): Promise<void> {
  try {
    const [host, port, cafile] = process.argv.slice(2);
    if (host === undefined) {
      await using peer = await startLocalPeer();
      await body(peer);
    } else if (port === undefined || cafile === undefined) {
      throw new TypeError('give HOST PORT CAFILE, or nothing');
    } else {
      await body({ host, port: Number(port), cafile });
    }
  } catch (error) {
    console.error(failureText(error));
    process.exitCode = 1;
  }
}
