#pragma once
// Pre-shared keys: who is asked for them.
//
// OpenSSL asks in the middle of a handshake step and has no place to wait for the answer, so the
// callbacks of a context are called there and then, and answer at once. A connection that may ask
// is stepped on JavaScript's own thread only; see Connection::calls_javascript.

#include <openssl/ssl.h>

#include <climits>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace sslkit::ossl {

/// Memory of OpenSSL's that takes an answer. OpenSSL wipes the keys in it itself, and no other copy
/// is made here.
struct Room {
  uint8_t* data = nullptr;
  size_t size = 0;
};

struct PskAnswer {
  /// Longer than any key: the handshake ends with a fatal alert. 0 only means "no such key".
  static constexpr unsigned kFailed = UINT_MAX;

  unsigned length = 0;
  /// With kFailed: what JavaScript threw, see Failure::thrown.
  std::shared_ptr<void> thrown;
};

/// The hint of a TLS 1.2 server or null; `hello`: it is for a ClientHello of TLS 1.3. The identity
/// is left empty for none.
using PskClientCallback =
    std::function<PskAnswer(const char* hint, bool hello, Room identity, Room key)>;
/// What a client says it is; never null.
using PskServerCallback = std::function<PskAnswer(const char* identity, Room key)>;

/// SSL_CTX_set_psk_client_callback(3).
unsigned int OnPskClient(SSL* ssl, const char* hint, char* identity, unsigned int max_identity,
                         unsigned char* psk, unsigned int max_psk);
/// SSL_CTX_set_psk_server_callback(3).
unsigned int OnPskServer(SSL* ssl, const char* identity, unsigned char* psk, unsigned int max_psk);

}  // namespace sslkit::ossl
