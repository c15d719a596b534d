/** With which algorithms the two sides may sign in the handshake. */
import type { ContextState } from './context_state.ts';
import type { NameList } from './name_list.ts';
import { setNameList } from './name_list.ts';

/** @see SSLContext.setClientSigalgs, SSLContext.setServerSigalgs */
export function setSignatureAlgorithms(state: ContextState, signer: 'client' | 'server', list: unknown): void {
  const taken = setNameList(state.ctx, signer === 'client' ? OF_CLIENTS : OF_SERVERS, list);
  // A session resumes what was proven by a signature: not by one that is no longer good enough.
  state.signatureAlgorithms = { ...state.signatureAlgorithms, [signer]: taken };
  state.verificationChanged();
}

const ANY = {
  argument: 'list',
  kind: 'signature algorithm',
  separator: /:/u,
  advice: () =>
    'Names are those of TLS, as ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256, ed25519, or pairs, as ECDSA+SHA256, ' +
    'RSA-PSS+SHA256; upper and lower case count.',
} as const;

const OF_CLIENTS: NameList = { ...ANY, set: (ctx, list) => ctx.setClientSigalgsList(list) };

const OF_SERVERS: NameList = { ...ANY, set: (ctx, list) => ctx.setSigalgsList(list) };
