/** What OpenSSL would say to calls at the wrong time; said before it is asked, so that the connection stays as it is. */
import { SSLEOFError, SSLError } from '@sslkit/context';

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

/** A client has left before the SNI callback has answered; OpenSSL, which waits for the answer, cannot see it. */
export function leftWhileAsked(): SSLEOFError {
  const reason = 'UNEXPECTED_EOF_WHILE_READING';
  const hint = 'The client has ended the connection before the SNI callback has answered.';
  return new SSLEOFError(`[SSL: ${reason}] EOF occurred in violation of protocol`, { library: 'SSL', reason, hint });
}

function refusal(reason: string, text: string, hint: string): SSLError {
  return new SSLError(`[SSL: ${reason}] ${text}`, { errno: 1, library: 'SSL', reason, hint });
}
