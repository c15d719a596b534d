/** The part of SSLContext that lets others look on or decide: the key log, and callbacks. */
import { Algorithms } from './algorithms.ts';
import { stateOf } from './context_state.ts';
import type { PathLike } from './files.ts';
import { setKeylogFile } from './key_log.ts';
import type { MsgCallback } from './messages.ts';
import { setMsgCallback } from './messages.ts';
import type { PskClientCallback, PskServerCallback, PskServerOptions } from './psk.ts';
import { setPskClientCallback, setPskServerCallback } from './psk.ts';
import type { SniCallback } from './sni.ts';
import { encodingServername, setSniCallback } from './sni.ts';

/** Not public by itself: what {@link SSLContext} inherits. */
export abstract class CallbackSettings extends Algorithms {
  /**
   * A file (path or `file:` URL) to which the secrets of all new connections are appended, in NSS's key log format, so that
   * tools like Wireshark can decrypt a recording. For debugging only: **who can read the file can read the traffic**. It is
   * made readable for its owner alone. null: none. A line that cannot be written later is lost without an error.
   * @throws SocketError when it cannot be opened; then there is none, as in Python.
   */
  get keylogFilename(): string | null {
    return stateOf(this).keylogFilename;
  }

  set keylogFilename(filename: PathLike | null) {
    setKeylogFile(stateOf(this), filename);
  }

  /**
   * Asked about every client before the server answers it: it can refuse, or serve another certificate. null: nobody is
   * asked. What is refused here leaves the callback that was there before.
   * @throws TypeError on a `PROTOCOL_TLS_CLIENT` context, for null too, and for what is no function.
   */
  get sniCallback(): SniCallback | null {
    return stateOf(this).sniCallback;
  }

  set sniCallback(callback: SniCallback | null) {
    setSniCallback(stateOf(this), callback);
  }

  /**
   * Python's older form of {@link sniCallback}.
   * @deprecated as in Python: assign `sniCallback`.
   */
  setServernameCallback(callback: SniCallback | null): void {
    setSniCallback(stateOf(this), encodingServername(callback));
  }

  /**
   * Enables pre-shared keys on a client, for connections that are made from now on; null: none.
   *
   * A server that takes the key shows no certificate: nothing is verified then but that both sides know the key, whatever
   * `verifyMode` and `checkHostname` say. A server that does not take it shows a certificate in TLS 1.3, and in TLS 1.2 if
   * other ciphers are enabled; that is verified as ever, so **leave `verifyMode` at `CERT_REQUIRED`** unless `setCiphers('PSK')`
   * and `maximumVersion` TLS 1.2 leave nothing but keys. TLS 1.2 needs `setCiphers` with PSK suites in any case.
   *
   * The callback is called inside the handshake and must answer at once. What it throws, and an answer that is none, ends
   * the handshake with a fatal alert and is the `cause` of its error. Sessions that were made before this call are not
   * resumed after it.
   * @throws SSLError (`ERR_SSL_WRONG_ROLE`) on a `PROTOCOL_TLS_SERVER` context, for null too.
   * @throws TypeError for what is no function.
   * @see SSL_CTX_set_psk_client_callback(3), RFC 4279, RFC 8446 section 2.2; Python's `set_psk_client_callback`
   */
  setPskClientCallback(callback: PskClientCallback | null): void {
    setPskClientCallback(stateOf(this), callback);
  }

  /**
   * Enables pre-shared keys on a server, for connections that are made from now on; null: none, and no hint.
   *
   * A client that has proven a key is not asked for a certificate, whatever `verifyMode` says. In TLS 1.3 any string may
   * come as an identity, also a part of a session ticket: give a key for identities that you know, and for no other. What
   * is said at {@link setPskClientCallback} of the callback, of sessions and of TLS 1.2 holds here, too.
   * @throws SSLError (`ERR_SSL_WRONG_ROLE`) on a `PROTOCOL_TLS_CLIENT` context, for null too.
   * @throws TypeError for what is no function, or no string; RangeError for a hint of more than 256 bytes.
   * @see SSL_CTX_set_psk_server_callback(3), SSL_CTX_use_psk_identity_hint(3); Python's `set_psk_server_callback`
   */
  setPskServerCallback(callback: PskServerCallback | null, options?: PskServerOptions): void {
    setPskServerCallback(stateOf(this), callback, options);
  }

  /**
   * Told what connections that are made from now on send and receive of the protocol, for debugging; null: nobody. Python's
   * private `_msg_callback`. **It sees handshakes in plain text.** See {@link MsgCallback}.
   * @throws TypeError for what is no function; then the callback that was there stays.
   * @see SSL_CTX_set_msg_callback(3)
   */
  get msgCallback(): MsgCallback | null {
    return stateOf(this).msgCallback;
  }

  set msgCallback(callback: MsgCallback | null) {
    setMsgCallback(stateOf(this), callback);
  }
}
