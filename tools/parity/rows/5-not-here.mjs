import { absent } from '../row.mjs';

export const section = {
  title: 'Not here',
  rows: [
    absent(
      'SSLContext.set_npn_protocols, SSLObject.selected_npn_protocol',
      'SSLContext.set_npn_protocols SSLObject.selected_npn_protocol',
      'NPN is gone from OpenSSL; HAS_NPN is false',
    ),
    absent(
      'SSLSocket.sendto, recvfrom, recvfrom_into, sendmsg, recvmsg, recvmsg_into',
      'SSLSocket.sendto SSLSocket.recvfrom SSLSocket.recvfrom_into SSLSocket.sendmsg SSLSocket.recvmsg SSLSocket.recvmsg_into',
      'datagram and ancillary calls: Python’s raise on every TLS socket, and Socket here is for streams',
    ),
    absent(
      'SSLSocket.dup',
      'SSLSocket.dup',
      'raises NotImplementedError in Python; two owners of one TLS state cannot work',
    ),
    absent(
      'match_hostname, RAND_pseudo_bytes',
      '',
      'removed from Python in 3.12; OpenSSL checks names in the handshake',
    ),
    absent('enum_certificates, enum_crls', '', 'Windows only in Python too'),
    absent(
      '3.15: get_sigalgs',
      '',
      'a list that OpenSSL gives from 3.4 on only; setServerSigalgs() refuses the names that it does not know',
    ),
  ],
};
