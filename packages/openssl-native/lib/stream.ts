import { loadBinding } from './load.ts';
import type * as types from './types.ts';

const binding: types.StreamBinding = loadBinding();

export { STREAM_ERROR, StreamEvent } from './types.ts';
export type { StreamName, StreamOwner } from './types.ts';

export type TlsStream = types.TlsStream;
export const TlsStream: types.StreamBinding['TlsStream'] = binding.TlsStream;
export type TlsListener = types.TlsListener;
export const TlsListener: types.StreamBinding['TlsListener'] = binding.TlsListener;
export const handshakeThreads: types.StreamBinding['handshakeThreads'] = binding.handshakeThreads;
export const wasReset: types.StreamBinding['wasReset'] = binding.wasReset;
export const takeArrived: types.StreamBinding['takeArrived'] = binding.takeArrived;
export const unacknowledged: types.StreamBinding['unacknowledged'] = binding.unacknowledged;

binding.setStreamDispatch(function dispatch(event, value) {
  this.owner?.onStreamEvent(event, value);
});

// What was written in the turn that ends the process has not left yet.
process.once('exit', () => binding.flushStreams());
