#include "context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <string_view>

#include "certificate.h"
#include "connection.h"
#include "error_queue.h"

namespace sslkit::ossl {

namespace {

// The first name at the front of a wire list; empty at the end or when the list is broken.
std::string_view TakeName(std::string_view& wire) {
  if (wire.empty()) return {};
  const size_t length = static_cast<unsigned char>(wire[0]);
  if (length == 0 || length >= wire.size()) return {};
  const std::string_view name = wire.substr(1, length);
  wire.remove_prefix(length + 1);
  return name;
}

void CheckWire(std::string_view wire) {
  while (!wire.empty()) {
    if (TakeName(wire).empty()) {
      throw Misuse{Misuse::Kind::kTypeError, "ERR_INVALID_ARG_VALUE",
                   "The argument \"wire\" must be a list of length-prefixed protocol names"};
    }
  }
}

// The server's order decides. The answer points into the client's list, which outlives this call;
// ours may not.
int SelectAlpn(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
               unsigned int in_length, void* arg) {
  const std::shared_ptr<const AlpnProtocols> ours = static_cast<const Context*>(arg)->Alpn();
  if (ours->wire.empty()) return SSL_TLSEXT_ERR_NOACK;
  const std::string_view offered(reinterpret_cast<const char*>(in), in_length);
  std::string_view mine = ours->wire;
  for (std::string_view name = TakeName(mine); !name.empty(); name = TakeName(mine)) {
    std::string_view theirs = offered;
    for (std::string_view other = TakeName(theirs); !other.empty(); other = TakeName(theirs)) {
      if (name != other) continue;
      *out = reinterpret_cast<const unsigned char*>(other.data());
      *out_length = static_cast<unsigned char>(other.size());
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return ours->required ? SSL_TLSEXT_ERR_ALERT_FATAL : SSL_TLSEXT_ERR_NOACK;
}

int ContextIndex() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// Of the context that the connection is under now, as with every other callback.
void WriteKeyLog(const SSL* ssl, const char* line) {
  const void* data = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), ContextIndex());
  const std::shared_ptr<KeyLog> log = static_cast<const Context*>(data)->key_log();
  if (log != nullptr) log->Append(line);
}

std::string LongName(int nid) {
  const char* name = nid == NID_undef ? nullptr : OBJ_nid2ln(nid);
  return name == nullptr ? "" : name;
}

CipherInfo Describe(const SSL_CIPHER* cipher) {
  CipherInfo info;
  char text[256] = "";
  SSL_CIPHER_description(cipher, text, sizeof(text));
  info.description = text;
  while (!info.description.empty() && info.description.back() == '\n') info.description.pop_back();
  info.id = SSL_CIPHER_get_id(cipher);
  info.name = SSL_CIPHER_get_name(cipher);
  info.protocol = SSL_CIPHER_get_version(cipher);
  info.strength_bits = SSL_CIPHER_get_bits(cipher, &info.alg_bits);
  info.aead = SSL_CIPHER_is_aead(cipher) == 1;
  info.symmetric = LongName(SSL_CIPHER_get_cipher_nid(cipher));
  info.digest = LongName(SSL_CIPHER_get_digest_nid(cipher));
  info.kea = LongName(SSL_CIPHER_get_kx_nid(cipher));
  info.auth = LongName(SSL_CIPHER_get_auth_nid(cipher));
  return info;
}

bool LooksLikePem(ByteView bytes) {
  return bytes.size > 0 && bytes.data[0] != 0x30;
}

// A DER certificate, or all certificates of PEM text.
X509StackPtr ReadCertificates(ByteView bytes) {
  X509StackPtr certs(CheckPointer(sk_X509_new_null(), "sk_X509_new_null"));
  const auto push = [&](X509Ptr cert) {
    Check(sk_X509_push(certs.get(), cert.get()) > 0, "sk_X509_push");
    static_cast<void>(cert.release());
  };
  if (!LooksLikePem(bytes)) {
    push(CertificateFromDer(bytes.data, bytes.size));
    return certs;
  }
  const BioPtr bio = OpenBytes(bytes);
  const auto refuse = [](char*, int, int, void*) { return -1; };
  while (X509* cert = PEM_read_bio_X509(bio.get(), nullptr, refuse, nullptr)) push(X509Ptr(cert));
  Check(sk_X509_num(certs.get()) > 0, "PEM_read_bio_X509");
  ERR_clear_error();
  return certs;
}

bool HasName(const STACK_OF(X509_NAME) * names, const X509_NAME* name) {
  for (int i = 0; i < sk_X509_NAME_num(names); i++) {
    if (X509_NAME_cmp(sk_X509_NAME_value(names, i), name) == 0) return true;
  }
  return false;
}

}  // namespace

Context::Context(const SSL_METHOD* method) {
  ErrorScope scope;
  ctx_.reset(CheckPointer(SSL_CTX_new(method), "SSL_CTX_new"));
  // A retried SSL_write comes from another buffer: JavaScript's move.
  SSL_CTX_set_mode(ctx_.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_cert_verify_callback(ctx_.get(), Connection::VerifyCertificate, nullptr);
  // Once: OpenSSL reads the callback without a lock, maybe on a pool thread.
  SSL_CTX_set_alpn_select_cb(ctx_.get(), SelectAlpn, this);
}

std::vector<CipherInfo> Context::Ciphers() const {
  std::vector<CipherInfo> result;
  const STACK_OF(SSL_CIPHER)* ciphers = SSL_CTX_get_ciphers(ctx_.get());
  for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++)
    result.push_back(Describe(sk_SSL_CIPHER_value(ciphers, i)));
  return result;
}

// Everything is compared before anything is replaced. OpenSSL tells a wrong type from a wrong
// value; to a user both mean that the key belongs to another certificate, and CPython reports both
// as KEY_VALUES_MISMATCH.
void Context::UseCertificateAndKey(const CertificateChain& chain, EVP_PKEY* key) {
  // Extensions are parsed lazily; SSL_CTX_use_certificate_chain_file(3) too refuses a leaf whose
  // extensions do not parse.
  if (X509_check_purpose(chain.leaf.get(), -1, 0) != 1) throw TakeFailure("certificate");
  if (X509_check_private_key(chain.leaf.get(), key) != 1) {
    ERR_clear_error();
    ERR_raise(ERR_LIB_X509, X509_R_KEY_VALUES_MISMATCH);
    throw TakeFailure("match");
  }
  // An empty chain would keep OpenSSL from completing it from the trusted certificates; no chain
  // does not.
  STACK_OF(X509)* const extra = sk_X509_num(chain.chain.get()) > 0 ? chain.chain.get() : nullptr;
  const int override = 1;
  const int result = SSL_CTX_use_cert_and_key(ctx_.get(), chain.leaf.get(), key, extra, override);
  Check(result == 1, "SSL_CTX_use_cert_and_key");
}

void Context::SetClientCaList(const std::vector<ByteView>& certs) {
  ErrorScope scope;
  X509NameStackPtr names(CheckPointer(sk_X509_NAME_new_null(), "sk_X509_NAME_new_null"));
  for (const ByteView& bytes : certs) {
    const X509StackPtr parsed = ReadCertificates(bytes);
    for (int i = 0; i < sk_X509_num(parsed.get()); i++) {
      const X509_NAME* subject = X509_get_subject_name(sk_X509_value(parsed.get(), i));
      if (HasName(names.get(), subject)) continue;
      X509NamePtr copy(CheckPointer(X509_NAME_dup(subject), "X509_NAME_dup"));
      Check(sk_X509_NAME_push(names.get(), copy.get()) > 0, "sk_X509_NAME_push");
      static_cast<void>(copy.release());
    }
  }
  SSL_CTX_set_client_CA_list(ctx_.get(), names.release());
}

void Context::SetAlpn(AlpnProtocols protocols) {
  ErrorScope scope;
  CheckWire(protocols.wire);
  const auto* wire = reinterpret_cast<const unsigned char*>(protocols.wire.data());
  const auto length = static_cast<unsigned int>(protocols.wire.size());
  // Unlike its siblings this function returns 0 on success.
  Check(SSL_CTX_set_alpn_protos(ctx_.get(), length == 0 ? nullptr : wire, length) == 0,
        "SSL_CTX_set_alpn_protos");
  const std::lock_guard<std::mutex> guard(alpn_lock_);
  alpn_ = std::make_shared<const AlpnProtocols>(std::move(protocols));
}

std::shared_ptr<const AlpnProtocols> Context::Alpn() const {
  const std::lock_guard<std::mutex> guard(alpn_lock_);
  return alpn_;
}

void Context::SetStore(X509_STORE* store) {
  SSL_CTX_set1_cert_store(ctx_.get(), store);
}

void Context::OfferPostHandshakeAuth(bool offer) {
  SSL_CTX_set_post_handshake_auth(ctx_.get(), offer ? 1 : 0);
  offers_post_handshake_auth_.store(offer, std::memory_order_relaxed);
}

// X509_V_FLAG_USE_CHECK_TIME belongs to setVerifyTime; as a flag it would judge certificates at
// time zero.
void Context::SetVerifyFlags(unsigned long flags) {
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param(ctx_.get());
  const unsigned long kept = X509_V_FLAG_USE_CHECK_TIME;
  X509_VERIFY_PARAM_clear_flags(param, ~flags & ~kept);
  X509_VERIFY_PARAM_set_flags(param, flags & ~kept);
}

unsigned long Context::GetVerifyFlags() const {
  const unsigned long hidden = X509_V_FLAG_USE_CHECK_TIME;
  return X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(ctx_.get())) & ~hidden;
}

// Once there, the callbacks stay: a handshake that was suspended by them needs them to go on as it
// was answered.
void Context::AskAboutHellos(bool ask) {
  asks_about_hellos_.store(ask, std::memory_order_relaxed);
  if (!ask) return;
  SSL_CTX_set_client_hello_cb(ctx_.get(), OnClientHello, this);
  SSL_CTX_set_tlsext_servername_callback(ctx_.get(), OnServerName);
}

void Context::ReportMessages(bool report) {
  reports_messages_.store(report, std::memory_order_relaxed);
  SSL_CTX_set_msg_callback(ctx_.get(), report ? OnMessage : nullptr);
}

void Context::SetPskClient(std::shared_ptr<const PskClientCallback> callback) {
  SSL_CTX_set_psk_client_callback(ctx_.get(), callback == nullptr ? nullptr : OnPskClient);
  psk_client_ = std::move(callback);
}

void Context::SetPskServer(std::shared_ptr<const PskServerCallback> callback, const char* hint) {
  ErrorScope scope;
  Check(SSL_CTX_use_psk_identity_hint(ctx_.get(), hint) == 1, "SSL_CTX_use_psk_identity_hint");
  SSL_CTX_set_psk_server_callback(ctx_.get(), callback == nullptr ? nullptr : OnPskServer);
  psk_server_ = std::move(callback);
  ForgetSessions();
}

// A ticket of TLS 1.3 that can be read, but is bound to other settings, would keep OpenSSL from
// looking at the keys that are offered behind it.
void Context::ForgetSessions() {
  SSL_CTX_flush_sessions(ctx_.get(), 0);
  unsigned char keys[128];
  const long size = SSL_CTX_get_tlsext_ticket_keys(ctx_.get(), nullptr, 0);
  Check(size > 0 && size <= static_cast<long>(sizeof(keys)) &&
            RAND_priv_bytes(keys, static_cast<int>(size)) == 1,
        "RAND_priv_bytes");
  const long result = SSL_CTX_set_tlsext_ticket_keys(ctx_.get(), keys, size);
  OPENSSL_cleanse(keys, sizeof(keys));
  Check(result == 1, "SSL_CTX_set_tlsext_ticket_keys");
}

void Context::SetKeyLog(std::shared_ptr<KeyLog> log) {
  ErrorScope scope;
  Check(SSL_CTX_set_ex_data(ctx_.get(), ContextIndex(), this) == 1, "SSL_CTX_set_ex_data");
  SSL_CTX_set_keylog_callback(ctx_.get(), log == nullptr ? nullptr : WriteKeyLog);
  const std::lock_guard<std::mutex> guard(key_log_lock_);
  key_log_ = std::move(log);
}

std::shared_ptr<KeyLog> Context::key_log() const {
  const std::lock_guard<std::mutex> guard(key_log_lock_);
  return key_log_;
}

}  // namespace sslkit::ossl
