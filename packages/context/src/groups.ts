/** Groups for the key agreement. */
import { requireString, valueMisuse } from './arguments.ts';
import { OPENSSL_VERSION } from './constants.ts';
import type { ContextState } from './context_state.ts';
import { native } from './native.ts';
import { inContext } from './native_error.ts';
import type { NameList } from './name_list.ts';
import { quote, setNameList } from './name_list.ts';

/** @see SSLContext.setGroups */
export function setGroups(state: ContextState, groups: unknown): void {
  setNameList(state.ctx, GROUPS, groups);
}

const GROUPS: NameList = {
  argument: 'groups',
  kind: 'group',
  // The second one, and the signs below, since OpenSSL 3.5. @see SSL_CTX_set1_groups_list(3)
  separator: /[:/]/u,
  set: (ctx, list) => ctx.setGroupsList(list),
  advice: (refused) => {
    const newer = refused.some((name) => /^[?*-]|MLKEM|^DEFAULT$/iu.test(name)) && !native.has.implementedGroups;
    const needed = newer ? ' Groups with ML-KEM, and the signs ? * - and / in a list, need OpenSSL 3.5.' : '';
    return `getGroups({ includeAliases: true }) tells the names.${needed}`;
  },
};

/** @see SSLContext.setEcdhCurve */
export function setCurve(state: ContextState, name: unknown): void {
  const curve = requireString('name', name);
  const nid = native.objSn2nid(curve);
  if (nid === 0) {
    const advice = "OpenSSL's short names are meant, as prime256v1; setGroups() takes those of TLS, as P-256";
    throw valueMisuse(`unknown elliptic curve name ${quote(curve)}; ${advice}`);
  }
  const hint = `${quote(curve)} is no group of TLS that ${OPENSSL_VERSION} has. ${GROUPS.advice([])}`;
  // OpenSSL says nothing, and Python that.
  inContext(() => state.ctx.setGroups(nid), { text: 'unknown error', hint });
}
