#pragma once
// The question that a server's context may have for JavaScript when a ClientHello is there: go on,
// refuse, or with another context?
//
// Theory of operation. Two of OpenSSL's callbacks work together. The ClientHello callback only
// reads the name and suspends the handshake (SSL_ERROR_WANT_CLIENT_HELLO_CB), on whatever thread
// the step runs; JavaScript is asked on its own thread, takes its time, and answers into the
// Connection. When the handshake is continued, the answer is carried out in the servername
// callback, the very place where CPython runs its callback: behind the choice of the version, of a
// TLS 1.3 cipher and of the session, before ALPN and the certificate. So what follows the other
// context (certificate, ALPN, trusted authorities, ciphers of TLS 1.2) and what stays with the
// first one (verify mode, versions, options, session tickets) is the same as there.
//
// A connection is asked once. A second ClientHello (after a HelloRetryRequest, or to renegotiate)
// must ask for the same name, RFC 8446 section 4.1.2: else one name could be approved and another
// one served.

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

namespace sslkit::ossl {

class Context;

struct HelloQuestion {
  /// What the client asks for; nothing when it does not say.
  std::optional<std::string> server_name;
  bool answered = false;
  /// The fatal alert that refuses; SSL_AD_CLOSE_NOTIFY (0) to go on.
  int alert = 0;
  /// Whose certificate to use; null: the first one's. OpenSSL's callbacks point into it, so it
  /// stays as long as the SSL.
  std::shared_ptr<Context> context;
  /// With the context: what sessions are bound to, at most 32 bytes. Without it a client that one
  /// context has verified could resume under another one.
  std::string session_id_context;
};

/// SSL_CTX_set_client_hello_cb(3).
int OnClientHello(SSL* ssl, int* alert, void* context);
/// SSL_CTX_set_tlsext_servername_callback(3).
int OnServerName(SSL* ssl, int* alert, void*);

}  // namespace sslkit::ossl
