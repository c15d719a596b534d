#include "psk.h"

#include <string_view>

#include "connection.h"

namespace sslkit::ossl {

unsigned int OnPskClient(SSL* ssl, const char* hint, char* identity, unsigned int max_identity,
                         unsigned char* psk, unsigned int max_psk) {
  Connection* const connection = Connection::Of(ssl);
  if (connection == nullptr) return 0;
  return connection->Ask(connection->context()->psk_client(), [&](const PskClientCallback& ask) {
    // By name: the numbers of states differ between versions of OpenSSL.
    const bool hello = std::string_view(SSL_state_string(ssl)) == "TWCH";
    return ask(hint, hello, {reinterpret_cast<uint8_t*>(identity), max_identity}, {psk, max_psk});
  });
}

// In TLS 1.3 every ticket that a client offers is shown here first, cut at its first zero byte. An
// identity is never empty there (RFC 8446 section 4.2.11), so what looks empty is a ticket, and
// answering for it would fail its binder.
unsigned int OnPskServer(SSL* ssl, const char* identity, unsigned char* psk, unsigned int max_psk) {
  Connection* const connection = Connection::Of(ssl);
  if (connection == nullptr) return 0;
  const char* const text = identity == nullptr ? "" : identity;
  if (*text == '\0' && SSL_version(ssl) >= TLS1_3_VERSION) return 0;
  return connection->Ask(connection->current_context()->psk_server(),
                         [&](const PskServerCallback& ask) {
                           return ask(text, {psk, max_psk});
                         });
}

}  // namespace sslkit::ossl
