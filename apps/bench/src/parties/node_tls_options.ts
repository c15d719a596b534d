import type { TLSSocket } from 'node:tls';
import { type Negotiated, type Profile, SAME } from './protocol.ts';

/** What carries the TLS records: a `net.Socket`, or a Duplex without a file descriptor. */
export type NodeTlsChannel = 'net' | 'duplex';

/** The options of both parties that fix what is negotiated. */
export function profileOptions(profile: Profile): { minVersion?: 'TLSv1.3'; ciphers?: string; ecdhCurve?: string } {
  if (profile === 'defaults') return {};
  return { minVersion: SAME.protocol, ciphers: SAME.cipher, ecdhCurve: SAME.group };
}

/** What the socket tells: a server never knows the group, and some clients keep it to themselves. */
export function negotiated(socket: TLSSocket, server: boolean): Negotiated {
  const info = server ? null : (socket.getEphemeralKeyInfo?.() as { name?: string } | null);
  return {
    protocol: socket.getProtocol() ?? '?',
    cipher: socket.getCipher()?.standardName ?? '?',
    group: info?.name ?? null,
  };
}
