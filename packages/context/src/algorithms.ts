/** The part of `SSLContext` that says which algorithms a handshake may use. */
import { requireBoolean, requireString } from './arguments.ts';
import { stateOf } from './context_state.ts';
import type { DhParameters } from './dh_parameters.ts';
import { loadDhParameters } from './dh_parameters.ts';
import { SSLError } from './errors.ts';
import { setCurve, setGroups } from './groups.ts';
import type { CipherInfo } from './native.ts';
import { inContext, isOpenSSLFailure } from './native_error.ts';
import { checkOptions } from './options.ts';
import { setSignatureAlgorithms } from './signature_algorithms.ts';

/** `SSLContext` extends it; there is no other use of it. */
export abstract class Algorithms {
  /** The ciphers for TLS 1.2 and below, in OpenSSL's syntax. @see openssl-ciphers(1) */
  setCiphers(ciphers: string): void {
    const state = stateOf(this);
    const list = requireString('ciphers', ciphers);
    chooseCiphers(() => state.ctx.setCipherList(list));
    state.verificationChanged();
  }

  /** The ciphers of TLS 1.3, separated by colons. */
  setCiphersuites(suites: string): void {
    const { ctx } = stateOf(this);
    const list = requireString('suites', suites);
    chooseCiphers(() => ctx.setCiphersuites(list));
  }

  /** What is enabled, those of TLS 1.3 included. */
  getCiphers(): CipherInfo[] {
    return stateOf(this).ctx.getCiphers();
  }

  /**
   * The groups for the key agreement, the preferred one first: names separated by colons, as `'X25519:P-256'`, in the
   * syntax of this OpenSSL. For all versions, both sides, and connections made from now on; replaces what
   * {@link setEcdhCurve} has set. In TLS 1.2 the groups of a client are also the curves that an ECDSA certificate of the
   * server may have (RFC 8422 section 5.1): keep `P-256` among them. Python 3.15's `set_groups`.
   * @throws SSLError for a list with a name that is no group here (`hint` tells which); the groups stay as they were.
   * @see SSL_CTX_set1_groups_list(3)
   */
  setGroups(groups: string): void {
    setGroups(stateOf(this), groups);
  }

  /**
   * The names of all groups that this OpenSSL has for the versions from `minimumVersion` to `maximumVersion`, not only those
   * that are set; ordered by their number in TLS. With `includeAliases` a group's other names follow, as `P-256` after
   * `secp256r1`. Python 3.15's `get_groups`, which needs OpenSSL 3.5; this one does not.
   * @see SSL_CTX_get0_implemented_groups(3)
   */
  getGroups(options?: { includeAliases?: boolean }): string[] {
    const { ctx } = stateOf(this);
    const { includeAliases = false } = checkOptions('getGroups', options, ['includeAliases']);
    const wanted = requireBoolean('includeAliases', includeAliases);
    return inContext(() => ctx.getImplementedGroups(wanted));
  }

  /**
   * One group for the key agreement, by OpenSSL's short name of the curve: `prime256v1`, `secp384r1`, `X25519`. Python's
   * `set_ecdh_curve`. {@link setGroups} takes several, and the names that TLS gives them; see there.
   * @throws TypeError when there is no object of that name.
   * @throws SSLError when it is no group of TLS.
   */
  setEcdhCurve(name: string): void {
    setCurve(stateOf(this), name);
  }

  /**
   * Diffie-Hellman parameters, for a server whose ciphers of TLS 1.2 agree on keys by them (`DHE-RSA-…`); without, those
   * ciphers are not used. TLS 1.3 has groups of its own for it: {@link setGroups}. Made by `openssl dhparam`.
   * @param path a file of PEM, path or `file:` URL, or the PEM itself; the first block of them counts.
   * @throws SocketError (`ENOENT`, …) when the file cannot be read.
   * @throws SSLError when there are none in it, or they are shorter than the security level wants (`DH_KEY_TOO_SMALL`);
   *   `path` and `hint` tell more. What was loaded before stays.
   * @see SSL_CTX_set0_tmp_dh_pkey(3)
   */
  loadDhParams(path: DhParameters): void {
    loadDhParameters(stateOf(this), path);
  }

  /**
   * The algorithms with which a **client** may sign, if it shows a certificate: what a server asks for, and what a client
   * chooses from; separated by colons, as `'ecdsa_secp256r1_sha256:RSA-PSS+SHA256'`. Both sides may set it; of what is left
   * the server's order decides (`OP_CIPHER_SERVER_PREFERENCE`, set by default). Python 3.15's `set_client_sigalgs`.
   * @throws SSLError for a list with a name that is no algorithm here (`hint` tells which).
   * @see SSL_CTX_set1_client_sigalgs_list(3)
   */
  setClientSigalgs(list: string): void {
    setSignatureAlgorithms(stateOf(this), 'client', list);
  }

  /**
   * The algorithms with which the **server** may sign in the handshake: what a client asks for, and what a server chooses
   * from. Also those of clients, until {@link setClientSigalgs} sets others. A session is resumed only under the algorithms
   * that it was made under. Python 3.15's `set_server_sigalgs`.
   * @throws SSLError as {@link setClientSigalgs}.
   * @see SSL_CTX_set1_sigalgs_list(3)
   */
  setServerSigalgs(list: string): void {
    setSignatureAlgorithms(stateOf(this), 'server', list);
  }
}

/** Python's text for whatever OpenSSL has to say about a list without a usable cipher. */
function chooseCiphers(choose: () => void): void {
  try {
    choose();
  } catch (failure) {
    if (!isOpenSSLFailure(failure)) throw failure;
    throw new SSLError('No cipher can be selected.', { errors: failure.errors, code: 'ERR_SSL_NO_CIPHER_MATCH' });
  }
}
