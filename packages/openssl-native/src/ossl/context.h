#pragma once
// An SSL_CTX with the callbacks that every connection of this addon uses. The callbacks are pure
// C++: a handshake may run on a pool thread, where no JavaScript value may be touched.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "key_log.h"
#include "pem_load.h"
#include "psk.h"
#include "ptr.h"

namespace sslkit::ossl {

struct CipherInfo {
  uint32_t id = 0;
  std::string name, protocol, description;
  int strength_bits = 0, alg_bits = 0;
  bool aead = false;
  /// Empty when the suite leaves it open.
  std::string symmetric, digest, kea, auth;
};

struct AlpnProtocols {
  /// Length-prefixed names, RFC 7301 section 3.1.
  std::string wire;
  bool required = false;
};

/// Shared by the JavaScript object and by every connection made from it.
class Context {
 public:
  explicit Context(const SSL_METHOD* method);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  SSL_CTX* get() const { return ctx_.get(); }

  std::vector<CipherInfo> Ciphers() const;
  void UseCertificateAndKey(const CertificateChain& chain, EVP_PKEY* key);
  void SetClientCaList(const std::vector<ByteView>& certs);
  void SetAlpn(AlpnProtocols protocols);
  void SetStore(X509_STORE* store);
  void SetVerifyFlags(unsigned long flags);
  unsigned long GetVerifyFlags() const;
  /// Whether JavaScript is asked when a ClientHello arrives; see hello_question.h.
  void AskAboutHellos(bool ask);
  bool asks_about_hellos() const { return asks_about_hellos_.load(std::memory_order_relaxed); }

  /// Where the secrets of connections go; null: nowhere.
  void SetKeyLog(std::shared_ptr<KeyLog> log);
  std::shared_ptr<KeyLog> key_log() const;

  /// For new connections; null: none. Connections that were made with one ask the present one.
  void SetPskClient(std::shared_ptr<const PskClientCallback> callback);
  /// Ends the sessions that were made before. The hint goes to clients of TLS 1.2; null: none.
  /// Throws a Failure for one that is too long.
  void SetPskServer(std::shared_ptr<const PskServerCallback> callback, const char* hint);
  /// JavaScript's object is gone, and with it the functions.
  void DropCallbacks() {
    psk_client_.reset();
    psk_server_.reset();
  }
  /// To be used on JavaScript's thread only.
  const std::shared_ptr<const PskClientCallback>& psk_client() const { return psk_client_; }
  const std::shared_ptr<const PskServerCallback>& psk_server() const { return psk_server_; }

  /// Whether what connections send and receive is collected; see messages.h. For new ones.
  void ReportMessages(bool report);
  bool reports_messages() const { return reports_messages_.load(std::memory_order_relaxed); }

  /// Whether a client may be asked for its certificate after the handshake (TLS 1.3).
  void OfferPostHandshakeAuth(bool offer);
  bool offers_post_handshake_auth() const {
    return offers_post_handshake_auth_.load(std::memory_order_relaxed);
  }

  /// What a server selects from; never null.
  std::shared_ptr<const AlpnProtocols> Alpn() const;

 private:
  void ForgetSessions();

  SslCtxPtr ctx_;
  std::atomic<bool> asks_about_hellos_{false};
  std::atomic<bool> reports_messages_{false};
  std::atomic<bool> offers_post_handshake_auth_{false};
  mutable std::mutex key_log_lock_;
  std::shared_ptr<KeyLog> key_log_;
  std::shared_ptr<const PskClientCallback> psk_client_;
  std::shared_ptr<const PskServerCallback> psk_server_;
  mutable std::mutex alpn_lock_;
  std::shared_ptr<const AlpnProtocols> alpn_ = std::make_shared<AlpnProtocols>();
};

}  // namespace sslkit::ossl
