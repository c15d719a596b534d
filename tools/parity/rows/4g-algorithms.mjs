import { row } from '../row.mjs';
import { context, socket, table } from '../tests.mjs';

const groups = (name) => context('groups', name);
const dh = (name) => context('dh_params', name);
const sigalgs = (name) => context('sigalgs', name);
const peers = (name) => socket('algorithms', name);

export const section = {
  title: 'Groups, Diffie-Hellman parameters, signature algorithms',
  intro:
    'Sections 2.a and 2.f: set_ecdh_curve and load_dh_params as CPython 3.11 has them; the others came with 3.15, which was ' +
    'not at hand to be run beside them.',
  rows: [
    row('set_ecdh_curve(name)', 'SSLContext.set_ecdh_curve', 'context:SSLContext.setEcdhCurve(name)', [
      table('algorithms', 'set_ecdh_curve('),
      table('algorithms', 'set_ecdh_curve: client'),
      groups('a curve goes by OpenSSL’s short name, and must be a group'),
    ]),
    row(
      'load_dh_params(path)',
      'SSLContext.load_dh_params',
      'context:SSLContext.loadDhParams(path)',
      [
        table('algorithms', 'load_dh_params: '),
        table('algorithms', 'DHE: '),
        dh('where they come from'),
        dh('file, step and cause are named'),
        dh('an encrypted block: nobody is asked for a password'),
        peers('s_client sees the cipher and the parameters that were loaded'),
      ],
      'a file: URL or { pem } too; errors name file, step and cause; an encrypted block is an error',
      'parameters need not be on disk; CPython asks for the password of an encrypted block on the terminal',
    ),
    row(
      '3.15: set_groups(groups)',
      '',
      'context:SSLContext.setGroups(groups)',
      [
        groups('on the client is'),
        groups('the last one of setGroups and setEcdhCurve counts'),
        groups('no group in common: the server says so'),
        peers('s_client without one in common: the server’s error says so'),
        groups('what is no list of groups nothing'),
      ],
      'an empty list is refused on every OpenSSL; hint tells which names are wrong',
      'OpenSSL 3.5 takes an empty list, and then every handshake fails',
    ),
    row(
      '3.15: get_groups(include_aliases=False)',
      '',
      'context:SSLContext.getGroups({ includeAliases })',
      [
        groups('names every group once, in the order of their numbers in TLS'),
        groups('with aliases, other names follow the first one'),
        groups('goes by the range of versions'),
      ],
      'on every OpenSSL 3; CPython raises NotImplementedError below 3.5',
      'what the function of 3.5 collects from the providers can be asked of them before it, with the same result',
    ),
    row(
      '3.15: set_client_sigalgs(list), set_server_sigalgs(list)',
      '',
      'context:SSLContext.setServerSigalgs(list)',
      [
        sigalgs('a client that allows'),
        sigalgs('of a client certificate'),
        sigalgs('none in common: the server says so'),
        peers('s_client sees with what the server signs, and what it asks clients for'),
        peers('s_server sees what the client allows, and with what it signs'),
        sigalgs('a session that was proven under others is not resumed'),
      ],
      'a session is bound to them',
      'a resumed session proves nothing anew: see Better than Python 1',
    ),
    row(
      '3.15: client_sigalg(), server_sigalg()',
      '',
      'context:SSLObject.clientSigalg()',
      [
        sigalgs('of a client certificate'),
        sigalgs('keys of other kinds'),
        sigalgs('before the handshake, and of a resumed session, there is none'),
        sigalgs('no signature where the server only decrypts'),
      ],
      'on every OpenSSL 3, where CPython raises NotImplementedError below 3.5; null after a key exchange by RSA',
      'the parts that older ones tell make the name; a server of OpenSSL names an algorithm also when it has not signed',
    ),
    row(
      '3.15: group()',
      '',
      'context:SSLObject.group()',
      [
        groups('on the client is'),
        groups('a resumed session tells the group too'),
        peers('s_client agrees on the one group of the server'),
        dh('has the parameters of'),
        context('parity_context', 'group() names the key-agreement group, the same on both sides'),
      ],
      'on every OpenSSL 3, where CPython raises NotImplementedError below 3.2',
      'it can be told there as well',
    ),
  ],
};
