#include "../ossl/error_queue.h"
#include "../ossl/version.h"
#include "ssl.h"
#include "ssl_session.h"
#include "x509.h"

namespace sslkit::objects {

namespace {

using napi::Arguments;

/// HKDF cannot give more than 255 hashes (RFC 5869 section 2.3); the TLS 1.2 PRF is not asked for
/// more either.
constexpr int64_t kMaxKeyingMaterial = 255 * 32;

Napi::Value ToValue(Napi::Env env, const ossl::CurrentCipher& cipher) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", cipher.name);
  object.Set("protocol", cipher.protocol);
  object.Set("secretBits", cipher.secret_bits);
  return object;
}

using FinishedGetter = size_t (*)(const SSL*, void*, size_t);

napi::Bytes Finished(const SSL* ssl, FinishedGetter getter) {
  char bytes[EVP_MAX_MD_SIZE];
  const size_t length = std::min(getter(ssl, bytes, sizeof(bytes)), sizeof(bytes));
  return {std::string(bytes, length)};
}

}  // namespace

void Ssl::DefineInspection(napi::ClassBuilder<Ssl>& builder) {
  builder.Method<&Ssl::IsInitFinished>("isInitFinished")
      .Method<&Ssl::GetVersion>("getVersion")
      .Method<&Ssl::GetCurrentCipher>("getCurrentCipher")
      .Method<&Ssl::GetSharedCiphers>("getSharedCiphers")
      .Method<&Ssl::GetCompression>("getCompression")
      .Method<&Ssl::GetAlpnSelected>("getAlpnSelected")
      .Method<&Ssl::GetServername>("getServername")
      .Method<&Ssl::GetCertificate>("getCertificate")
      .Method<&Ssl::GetPeerCertificate>("getPeerCertificate")
      .Method<&Ssl::GetPeerChain>("getPeerChain")
      .Method<&Ssl::GetVerifiedChain>("getVerifiedChain")
      .Method<&Ssl::GetVerifyResult>("getVerifyResult")
      .Method<&Ssl::GetVerifyMode>("getVerifyMode")
      .Method<&Ssl::GetShutdown>("getShutdown")
      .Method<&Ssl::GetGroup>("getGroup")
      .Method<&Ssl::GetSharedGroup>("getSharedGroup")
      .Method<&Ssl::GetGroups>("getGroups")
      .Method<&Ssl::GetSignatureName>("getSignatureName")
      .Method<&Ssl::GetPeerSignatureName>("getPeerSignatureName");
}

void Ssl::DefineSession(napi::ClassBuilder<Ssl>& builder) {
  builder.Method<&Ssl::GetFinished>("getFinished")
      .Method<&Ssl::GetPeerFinished>("getPeerFinished")
      .Method<&Ssl::ExportKeyingMaterial>("exportKeyingMaterial")
      .Method<&Ssl::GetSession>("getSession")
      .Method<&Ssl::SetSession>("setSession")
      .Method<&Ssl::SessionReused>("sessionReused");
}

// While a pool thread works on the handshake it is not done: that can be told without touching the
// SSL.
bool Ssl::IsInitFinished() {
  return !connection_->busy.load(std::memory_order_acquire) && SSL_is_init_finished(ssl()) == 1;
}

bool Ssl::IsEstablished() {
  return !connection_->busy.load(std::memory_order_acquire) && connection_->Established();
}

Napi::Value Ssl::GetVersion(const Arguments& args) {
  const char* version = IsEstablished() ? SSL_get_version(ssl()) : nullptr;
  return napi::ToJsOrNull(args.Env(), version);
}

Napi::Value Ssl::GetCurrentCipher(const Arguments& args) {
  const std::optional<ossl::CurrentCipher> cipher = Idle().Cipher();
  return cipher ? ToValue(args.Env(), *cipher) : Napi::Value(args.Env().Null());
}

Napi::Value Ssl::GetSharedCiphers(const Arguments& args) {
  const auto ciphers = Idle().SharedCiphers();
  if (!ciphers) return args.Env().Null();
  Napi::Array result = Napi::Array::New(args.Env(), ciphers->size());
  for (uint32_t i = 0; i < ciphers->size(); i++) result.Set(i, ToValue(args.Env(), (*ciphers)[i]));
  return result;
}

Napi::Value Ssl::GetCompression(const Arguments& args) {
  const COMP_METHOD* method = SSL_get_current_compression(ssl());
  return napi::ToJsOrNull(args.Env(), method == nullptr ? nullptr : SSL_COMP_get_name(method));
}

Napi::Value Ssl::GetAlpnSelected(const Arguments& args) {
  const unsigned char* name = nullptr;
  unsigned int length = 0;
  SSL_get0_alpn_selected(ssl(), &name, &length);
  return napi::ToJsOrNull(args.Env(), std::string(reinterpret_cast<const char*>(name), length));
}

Napi::Value Ssl::GetServername(const Arguments& args) {
  return napi::ToJsOrNull(args.Env(), SSL_get_servername(ssl(), TLSEXT_NAMETYPE_host_name));
}

Napi::Value Ssl::GetCertificate(const Arguments& args) {
  ossl::X509Ptr cert = Idle().OwnCertificate();
  if (!cert) return args.Env().Null();
  return napi::Wrap(args.Env(), std::make_unique<X509>(std::move(cert)));
}

Napi::Value Ssl::GetPeerCertificate(const Arguments& args) {
  ossl::X509Ptr cert = Idle().PeerCertificate();
  if (!cert) return args.Env().Null();
  return napi::Wrap(args.Env(), std::make_unique<X509>(std::move(cert)));
}

Napi::Value Ssl::GetPeerChain(const Arguments& args) {
  return ToBuffers(args.Env(), Idle().PeerChain());
}

Napi::Value Ssl::GetVerifiedChain(const Arguments& args) {
  return ToBuffers(args.Env(), Idle().VerifiedChain());
}

long Ssl::GetVerifyResult() {
  return SSL_get_verify_result(ssl());
}

int Ssl::GetVerifyMode() {
  return SSL_get_verify_mode(ssl());
}

int Ssl::GetShutdown() {
  return SSL_get_shutdown(ssl());
}

Napi::Value Ssl::GetGroup(const Arguments& args) {
  return napi::ToJsOrNull(args.Env(), IsEstablished() ? ossl::GroupName(ssl()) : std::string());
}

double Ssl::GetSharedGroup(const Arguments& args) {
  return static_cast<double>(SSL_get_shared_group(ssl(), args.Int(0, "n")));
}

double Ssl::GetGroups() {
  return static_cast<double>(SSL_get1_groups(ssl(), nullptr));
}

Napi::Value Ssl::GetSignatureName(const Arguments& args) {
  return napi::ToJsOrNull(args.Env(),
                          IsInitFinished() ? ossl::SignatureName(ssl()) : std::string());
}

Napi::Value Ssl::GetPeerSignatureName(const Arguments& args) {
  return napi::ToJsOrNull(args.Env(),
                          IsInitFinished() ? ossl::PeerSignatureName(ssl()) : std::string());
}

napi::Bytes Ssl::GetFinished() {
  return Finished(ssl(), SSL_get_finished);
}

napi::Bytes Ssl::GetPeerFinished() {
  return Finished(ssl(), SSL_get_peer_finished);
}

napi::Bytes Ssl::ExportKeyingMaterial(const Arguments& args) {
  const auto length = static_cast<size_t>(args.Integer(0, "length", 1, kMaxKeyingMaterial));
  const std::string label = args.Text(1, "label");
  if (!args.Has(2)) return {Idle().ExportKeyingMaterial(length, label, nullptr)};
  const napi::ByteSpan bytes = args.Bytes(2, "context");
  const std::string context(reinterpret_cast<const char*>(bytes.data), bytes.size);
  return {Idle().ExportKeyingMaterial(length, label, &context)};
}

Napi::Value Ssl::GetSession(const Arguments& args) {
  ossl::SslSessionPtr session(SSL_get1_session(ssl()));
  if (!session) return args.Env().Null();
  return napi::Wrap(args.Env(), std::make_unique<SslSession>(std::move(session)));
}

void Ssl::SetSession(const Arguments& args) {
  const auto& session = napi::ObjectArgument<SslSession>(args, 0, "session");
  SSL* const ssl = this->ssl();
  ossl::ErrorScope scope;
  // A copy, as CPython does: a client's TLS 1.2 handshake writes into its session, and several that
  // resume the same one may run on pool threads.
  const ossl::SslSessionPtr copy(
      ossl::CheckPointer(SSL_SESSION_dup(session.session()), "SSL_SESSION_dup"));
  ossl::Check(SSL_set_session(ssl, copy.get()) == 1, "SSL_set_session");
}

bool Ssl::SessionReused() {
  return SSL_session_reused(ssl()) == 1;
}

}  // namespace sslkit::objects
