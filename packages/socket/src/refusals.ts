/** What OpenSSL would say to calls at the wrong time; said before it is asked, so that the connection stays as it is. */
import { SSLError } from '@sslkit/context';

export function protocolIsShutdown(): SSLError {
  return refusal('PROTOCOL_IS_SHUTDOWN', 'protocol is shutdown', 'This side has ended its direction already.');
}

export function shutdownWhileInInit(): SSLError {
  const hint = 'Wait for the handshake before unwrap(), or close() the socket.';
  return refusal('SHUTDOWN_WHILE_IN_INIT', 'shutdown while in init', hint);
}

export function stillInInit(): SSLError {
  const hint = 'The handshake is not complete: wait for doHandshake() first.';
  return refusal('STILL_IN_INIT', 'still in init', hint);
}

export function dataAfterCloseNotify(): SSLError {
  const hint = 'Data from the peer has not been read yet: read() it until the empty Buffer, then unwrap() again.';
  return refusal('APPLICATION_DATA_AFTER_CLOSE_NOTIFY', 'application data after close notify', hint);
}

function refusal(reason: string, text: string, hint: string): SSLError {
  return new SSLError(`[SSL: ${reason}] ${text}`, { errno: 1, library: 'SSL', reason, hint });
}
