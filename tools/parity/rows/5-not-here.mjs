import { absent } from '../row.mjs';

const later = 'an issue of its own; until then the name does not exist here, so using it fails at once';

export const section = {
  title: 'Not here',
  rows: [
    absent('SSLContext.sni_callback', 'SSLContext.sni_callback SSLContext.set_servername_callback', later),
    absent(
      'SSLContext.set_psk_client_callback',
      'SSLContext.set_psk_client_callback SSLContext.set_psk_server_callback HAS_PSK',
      later,
    ),
    absent(
      'SSLContext.post_handshake_auth',
      'SSLContext.post_handshake_auth SSLSocket.verify_client_post_handshake SSLObject.verify_client_post_handshake',
      later,
    ),
    absent('SSLContext.keylog_filename', 'SSLContext.keylog_filename', later),
    absent('SSLContext.load_dh_params', 'SSLContext.load_dh_params SSLContext.set_ecdh_curve', later),
    absent(
      'SSLContext.set_npn_protocols',
      'SSLContext.set_npn_protocols SSLSocket.selected_npn_protocol SSLObject.selected_npn_protocol',
      'NPN is gone from OpenSSL; HAS_NPN is false',
    ),
    absent(
      'SSLContext.sslsocket_class',
      'SSLContext.sslsocket_class SSLContext.sslobject_class',
      'subclass SSLContext and override wrapSocket or wrapBio instead',
    ),
    absent(
      'get_protocol_name',
      'get_protocol_name',
      'undocumented in Python; the constants of Protocol are readable by name',
    ),
    absent(
      'SSLSocket.sendto',
      'SSLSocket.sendto SSLSocket.recvfrom SSLSocket.recvfrom_into SSLSocket.sendmsg SSLSocket.recvmsg SSLSocket.recvmsg_into',
      'datagram and ancillary calls: Python’s raise on every TLS socket, and Socket here is for streams',
    ),
    absent(
      'SSLSocket.dup',
      'SSLSocket.dup',
      'raises NotImplementedError in Python; two owners of one TLS state cannot work',
    ),
    absent('SSLSocket.connect_ex', 'SSLSocket.connect_ex', 'connect() rejects with the same error number'),
  ],
};
