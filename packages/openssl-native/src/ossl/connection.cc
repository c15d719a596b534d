#include "connection.h"

#include <openssl/err.h>

#include <string_view>

#include "certificate.h"
#include "error_queue.h"

namespace sslkit::ossl {

namespace {

// A peer may send as many certificates as fit into SSL_CTX_set_max_cert_list (100 KiB); no real
// chain is this long.
constexpr int kMaxCaptured = 64;

int ConnectionIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

bool IsExpected(int ssl_error) {
  switch (ssl_error) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
    case SSL_ERROR_WANT_X509_LOOKUP:
    case SSL_ERROR_ZERO_RETURN:
    case SSL_ERROR_WANT_CLIENT_HELLO_CB:
    case SSL_ERROR_WANT_RETRY_VERIFY:
      return true;
    default:
      return false;
  }
}

CurrentCipher Summarize(const SSL_CIPHER* cipher) {
  return {SSL_CIPHER_get_name(cipher), SSL_CIPHER_get_version(cipher),
          SSL_CIPHER_get_bits(cipher, nullptr)};
}

std::vector<std::string> ToDerList(const STACK_OF(X509) * certs) {
  std::vector<std::string> result;
  for (int i = 0; i < sk_X509_num(certs); i++) result.push_back(ToDer(sk_X509_value(certs, i)));
  return result;
}

}  // namespace

Connection::Connection(std::shared_ptr<Context> context, bool server)
    : context_(std::move(context)),
      server_(server),
      calls_javascript_(server ? context_->psk_server() != nullptr
                               : context_->psk_client() != nullptr) {
  ErrorScope scope;
  ssl_.reset(CheckPointer(SSL_new(context_->get()), "SSL_new"));
  Check(SSL_set_ex_data(ssl_.get(), ConnectionIndex(), this) == 1, "SSL_set_ex_data");
  // SSL_new copies them only together with a list of hosts.
  const unsigned int flags = X509_VERIFY_PARAM_get_hostflags(SSL_CTX_get0_param(context_->get()));
  X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(ssl_.get()), flags);
  server ? SSL_set_accept_state(ssl_.get()) : SSL_set_connect_state(ssl_.get());
  if (context_->reports_messages()) messages_ = std::make_unique<Messages>();
  if (server || !calls_javascript_) return;
  // A key of TLS 1.3 is a session without such a context to OpenSSL, which refuses it on a client
  // that has one.
  const unsigned char none = 0;
  Check(SSL_set_session_id_context(ssl_.get(), &none, 0) == 1, "SSL_set_session_id_context");
}

SSL* Connection::ssl() const {
  if (!ssl_ || free_wanted_)
    throw Misuse{Misuse::Kind::kError, "ERR_SSL_FREED", "This Ssl object has been freed"};
  return ssl_.get();
}

void Connection::Free() {
  free_wanted_ = true;
  if (calling_) return;
  ErrorScope scope;
  warm_.reset();
  // A stream may hold the SSL longer; it must not find us through it.
  if (ssl_) SSL_set_ex_data(ssl_.get(), ConnectionIndex(), nullptr);
  ssl_.reset();
  sent_by_peer_.clear();
  before_.reset();
  deferred_.reset();
  thrown_.reset();
}

void Connection::SetBio(const MemoryBio& incoming, const MemoryBio& outgoing) {
  SSL_set0_rbio(ssl(), incoming.Share().release());
  SSL_set0_wbio(ssl(), outgoing.Share().release());
}

void Connection::SetServerName(const std::string& name) {
  SSL* const ssl = this->ssl();
  ErrorScope scope;
  Check(SSL_set_tlsext_host_name(ssl, name.c_str()) == 1, "SSL_set_tlsext_host_name");
}

void Connection::SetHost(const std::string& name) {
  ErrorScope scope;
  Check(SSL_set1_host(ssl(), name.c_str()) == 1, "SSL_set1_host");
}

void Connection::SetIp(const std::string& ip) {
  ErrorScope scope;
  Check(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl()), ip.c_str()) == 1,
        "X509_VERIFY_PARAM_set1_ip_asc");
}

void Connection::Ask(std::optional<std::string> server_name) {
  hello_ = std::make_unique<HelloQuestion>();
  hello_->server_name = std::move(server_name);
}

void Connection::Answer(int alert, std::shared_ptr<Context> context,
                        std::string session_id_context) {
  if (!AwaitsAnswer()) return;
  hello_->alert = alert;
  hello_->context = std::move(context);
  hello_->session_id_context = std::move(session_id_context);
  hello_->answered = true;
  if (hello_->context == nullptr) return;
  // SSL_set_SSL_CTX(3) leaves them out, and in TLS 1.3 it comes too late for them. Before the next
  // step, which goes by it.
  calls_javascript_ = hello_->context->psk_server() != nullptr;
  SSL_set_psk_server_callback(ssl(), calls_javascript_ ? OnPskServer : nullptr);
  const bool reports = hello_->context->reports_messages();
  if (reports && messages_ == nullptr) messages_ = std::make_unique<Messages>();
  SSL_set_msg_callback(ssl(), reports ? OnMessage : nullptr);
}

const std::shared_ptr<Context>& Connection::current_context() const {
  return hello_ != nullptr && hello_->context != nullptr ? hello_->context : context_;
}

Failure Connection::Failed(const char* operation, int ssl_error) {
  Failure failure = TakeFailure(operation, ssl_error);
  failure.thrown = TakeThrown();
  return failure;
}

// SSL_get_error(3) looks at the thread's queue, so nothing may come between the call and it.
template <class Call>
IoResult Connection::Run(const char* operation, Call call) {
  SSL* const ssl = this->ssl();
  const Called called{*this};
  ErrorScope scope;
  size_t count = 0;
  const int result = call(ssl, &count);
  if (result > 0) return static_cast<IoResult>(count);
  const int error = SSL_get_error(ssl, result);
  if (IsExpected(error)) return -error;
  throw Failed(operation, error);
}

IoResult Connection::DoHandshake() {
  return Run("SSL_do_handshake", [](SSL* ssl, size_t* count) {
    *count = 1;
    return SSL_do_handshake(ssl);
  });
}

IoResult Connection::Read(void* buffer, size_t size) {
  if (deferred_) {
    const Failure failure = std::move(*deferred_);
    deferred_.reset();
    throw failure;
  }
  return Run("SSL_read",
             [&](SSL* ssl, size_t* count) { return SSL_read_ex(ssl, buffer, size, count); });
}

IoResult Connection::ReadMany(void* buffer, size_t size) {
  size_t total = 0;
  while (total < size) {
    IoResult result;
    try {
      result = Read(static_cast<char*>(buffer) + total, size - total);
    } catch (Failure& failure) {
      if (total == 0) throw;
      deferred_ = std::move(failure);
      break;
    }
    if (result < 0 && total == 0) return result;
    if (result < 0) break;
    total += static_cast<size_t>(result);
  }
  return static_cast<IoResult>(total);
}

IoResult Connection::Write(const void* data, size_t size) {
  return Run("SSL_write",
             [&](SSL* ssl, size_t* count) { return SSL_write_ex(ssl, data, size, count); });
}

IoResult Connection::Shutdown() {
  FinishAnswer();
  return Run("SSL_shutdown", [](SSL* ssl, size_t* count) {
    const int result = SSL_shutdown(ssl);
    *count = result == 1 ? 1 : 0;
    // 0 means that ours is sent and theirs not yet here: no error, and SSL_get_error must not be
    // asked.
    return result == 0 ? 1 : result;
  });
}

void Connection::AllowAnswer() {
  answer_allowed_ = true;
  if (bounds_answers_ || server_ || !context_->offers_post_handshake_auth()) return;
  // The request within the handshake is one of its own.
  if (SSL_is_init_finished(ssl_.get()) == 0) return;
  SSL_set_cert_cb(ssl_.get(), OnRequested, nullptr);
  bounds_answers_ = true;
}

void Connection::FinishAnswer() {
  if (!answer_waits_) return;
  answer_allowed_ = true;
  DoHandshake();
}

int Connection::OnRequested(SSL* ssl, void*) {
  Connection* const connection = Of(ssl);
  // The connection is being freed.
  if (connection == nullptr) return 1;
  const bool allowed = std::exchange(connection->answer_allowed_, false);
  connection->answer_waits_ = !allowed;
  return allowed ? 1 : -1;
}

void Connection::VerifyClientPostHandshake() {
  SSL* const ssl = this->ssl();
  ErrorScope scope;
  ProvenPeer known{PeerCertificate(), PeerChain(), VerifiedChain()};
  Check(SSL_verify_client_post_handshake(ssl) == 1, "SSL_verify_client_post_handshake");
  before_ = std::move(known);
}

bool Connection::Established() const {
  return before_.has_value() || SSL_is_init_finished(ssl()) == 1;
}

// OpenSSL replaces the certificate when the new one has come, before the peer has proven that it
// has the key (RFC 8446 sections 4.4.3 and 4.4.4), and does not take it back when the proof fails.
// The state of a failed connection stays that of the message in which it failed. All states but one
// have other numbers in other versions of OpenSSL; what else may come, a KeyUpdate, is told by its
// name, TRCKU and the like. A connection that fails in one counts as one that fails in a proof.
bool Connection::ProvesAgain() const {
  if (!before_ || SSL_get_state(ssl()) == TLS_ST_OK) return false;
  const std::string_view state = SSL_state_string(ssl());
  return state.size() < 2 || state.substr(state.size() - 2) != "KU";
}

std::optional<CurrentCipher> Connection::Cipher() const {
  const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl());
  if (cipher == nullptr) return std::nullopt;
  return Summarize(cipher);
}

std::optional<std::vector<CurrentCipher>> Connection::SharedCiphers() const {
  const STACK_OF(SSL_CIPHER)* ours = SSL_get_ciphers(ssl());
  const STACK_OF(SSL_CIPHER)* theirs = SSL_get_client_ciphers(ssl());
  if (ours == nullptr || theirs == nullptr) return std::nullopt;
  std::vector<CurrentCipher> shared;
  for (int i = 0; i < sk_SSL_CIPHER_num(ours); i++) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ours, i);
    for (int j = 0; j < sk_SSL_CIPHER_num(theirs); j++) {
      if (SSL_CIPHER_get_id(sk_SSL_CIPHER_value(theirs, j)) != SSL_CIPHER_get_id(cipher)) continue;
      shared.push_back(Summarize(cipher));
      break;
    }
  }
  return shared;
}

X509Ptr Connection::PeerCertificate() const {
  if (ProvesAgain()) return before_->certificate ? Share(before_->certificate.get()) : nullptr;
  return X509Ptr(SSL_get1_peer_certificate(ssl()));
}

X509Ptr Connection::OwnCertificate() const {
  X509* const cert = SSL_get_certificate(ssl());
  if (cert != nullptr) X509_up_ref(cert);
  return X509Ptr(cert);
}

// On a server OpenSSL's list leaves the leaf out; after a failed verification it has no list at
// all.
std::vector<std::string> Connection::PeerChain() const {
  SSL* const ssl = this->ssl();
  const bool refused = SSL_get_verify_result(ssl) != X509_V_OK;
  if (ProvesAgain() && !refused) return before_->chain;
  std::vector<std::string> chain;
  if (!ProvesAgain()) {
    chain = ToDerList(SSL_get_peer_cert_chain(ssl));
    X509* const leaf = SSL_get0_peer_certificate(ssl);
    if (leaf != nullptr && (server_ || chain.empty())) chain.insert(chain.begin(), ToDer(leaf));
  }
  if (!chain.empty() || !refused) return chain;
  for (const X509Ptr& cert : sent_by_peer_) chain.push_back(ToDer(cert.get()));
  return chain;
}

// OpenSSL keeps what it had built when it gave up; that proves nothing, so it is not shown.
std::vector<std::string> Connection::VerifiedChain() const {
  SSL* const ssl = this->ssl();
  if (SSL_get_verify_result(ssl) != X509_V_OK) return {};
  if (ProvesAgain()) return before_->verified_chain;
  // It stays when a later request was answered without a certificate.
  if (SSL_get0_peer_certificate(ssl) == nullptr) return {};
  return ToDerList(SSL_get0_verified_chain(ssl));
}

std::string Connection::ExportKeyingMaterial(size_t length, const std::string& label,
                                             const std::string* context) const {
  ErrorScope scope;
  std::string out(length, '\0');
  const auto* context_bytes =
      context == nullptr ? nullptr : reinterpret_cast<const unsigned char*>(context->data());
  const int result = SSL_export_keying_material(
      ssl(), reinterpret_cast<unsigned char*>(out.data()), length, label.data(), label.size(),
      context_bytes, context == nullptr ? 0 : context->size(), context == nullptr ? 0 : 1);
  Check(result == 1, "SSL_export_keying_material");
  return out;
}

Connection* Connection::Of(const SSL* ssl) {
  return static_cast<Connection*>(SSL_get_ex_data(ssl, ConnectionIndex()));
}

int Connection::VerifyCertificate(X509_STORE_CTX* store_ctx, void*) {
  auto* ssl = static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(store_ctx, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Connection* connection = ssl == nullptr ? nullptr : Of(ssl);
  if (connection != nullptr) connection->Capture(store_ctx);
  return X509_verify_cert(store_ctx);
}

void Connection::Capture(X509_STORE_CTX* store_ctx) {
  sent_by_peer_.clear();
  const STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(store_ctx);
  for (int i = 0; i < sk_X509_num(sent) && i < kMaxCaptured; i++) {
    sent_by_peer_.push_back(ossl::Share(sk_X509_value(sent, i)));
  }
}

}  // namespace sslkit::ossl
