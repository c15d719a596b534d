/** Real peers: processes of other TLS implementations, and `node:tls` in this one. */
export * from './peers/curl.ts';
export * from './peers/gnutls.ts';
export * from './peers/node_tls.ts';
export * from './peers/openssl.ts';
export { commandOf, has, type Peer, type PythonVersion, pythonCommand, requires } from './peers/presence.ts';
export {
  type ExitStatus,
  type PeerOutput,
  type PeerProcess,
  type PeerServer,
  type RunOptions,
  type RunResult,
  runCommand,
  startPeer,
  type TlsVersion,
  withPort,
} from './peers/process.ts';
export * from './peers/python.ts';
