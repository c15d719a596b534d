#include "ssl_ctx.h"

#include "../ossl/error_queue.h"
#include "../ossl/version.h"
#include "../stream/handshake_pool.h"

namespace sslkit::objects {

namespace {

using napi::Arguments;

const SSL_METHOD* Method(const std::string& name) {
  if (name == "TLS") return TLS_method();
  if (name == "TLS_client") return TLS_client_method();
  if (name == "TLS_server") return TLS_server_method();
  napi::ThrowTypeError("ERR_INVALID_ARG_VALUE",
                       "The \"method\" argument must be 'TLS', 'TLS_client' or 'TLS_server'");
}

Napi::Value ToObject(Napi::Env env, const ossl::CipherInfo& cipher) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("id", napi::ToJs(env, cipher.id));
  object.Set("name", cipher.name);
  object.Set("protocol", cipher.protocol);
  object.Set("description", cipher.description);
  object.Set("strengthBits", cipher.strength_bits);
  object.Set("algBits", cipher.alg_bits);
  object.Set("aead", cipher.aead);
  object.Set("symmetric", napi::ToJsOrNull(env, cipher.symmetric));
  object.Set("digest", napi::ToJsOrNull(env, cipher.digest));
  object.Set("kea", napi::ToJsOrNull(env, cipher.kea));
  object.Set("auth", napi::ToJsOrNull(env, cipher.auth));
  return object;
}

/// The setters that take one string and return 1 when they took it.
template <class Setter>
void SetText(const Arguments& args, const char* operation, Setter setter) {
  const std::string text = args.Text(0, "list");
  ossl::ErrorScope scope;
  ossl::Check(setter(text.c_str()) == 1, operation);
}

}  // namespace

void SslCtx::Define(Napi::Env env, Napi::Object exports) {
  napi::ClassBuilder<SslCtx> builder(env);
  DefineProtocol(builder);
  DefineVerify(builder);
  DefinePsk(builder);
  DefineSessions(builder);
  builder.Export(exports);
}

void SslCtx::DefineProtocol(napi::ClassBuilder<SslCtx>& builder) {
  builder.Method<&SslCtx::GetOptions>("getOptions")
      .Method<&SslCtx::SetOptions>("setOptions")
      .Method<&SslCtx::ClearOptions>("clearOptions")
      .Method<&SslCtx::GetMode>("getMode")
      .Method<&SslCtx::SetMode>("setMode")
      .Method<&SslCtx::ClearMode>("clearMode")
      .Method<&SslCtx::SetMinProtoVersion>("setMinProtoVersion")
      .Method<&SslCtx::GetMinProtoVersion>("getMinProtoVersion")
      .Method<&SslCtx::SetMaxProtoVersion>("setMaxProtoVersion")
      .Method<&SslCtx::GetMaxProtoVersion>("getMaxProtoVersion")
      .Method<&SslCtx::GetSecurityLevel>("getSecurityLevel")
      .Method<&SslCtx::SetSecurityLevel>("setSecurityLevel")
      .Method<&SslCtx::SetCipherList>("setCipherList")
      .Method<&SslCtx::SetCiphersuites>("setCiphersuites")
      .Method<&SslCtx::GetCiphers>("getCiphers")
      .Method<&SslCtx::SetGroups>("setGroups")
      .Method<&SslCtx::SetGroupsList>("setGroupsList")
      .Method<&SslCtx::GetImplementedGroups>("getImplementedGroups")
      .Method<&SslCtx::SetSigalgsList>("setSigalgsList")
      .Method<&SslCtx::SetClientSigalgsList>("setClientSigalgsList")
      .Method<&SslCtx::SetTmpDh>("setTmpDh");
}

SslCtx::SslCtx(const Arguments& args)
    : context_(std::make_shared<ossl::Context>(Method(args.Text(0, "method")))) {}

// Connections may be left, and outlive the environment of the functions.
SslCtx::~SslCtx() {
  context_->DropCallbacks();
}

Napi::Value SslCtx::GetOptions(const Arguments& args) {
  return Napi::BigInt::New(args.Env(), static_cast<uint64_t>(SSL_CTX_get_options(ctx())));
}

Napi::Value SslCtx::SetOptions(const Arguments& args) {
  return Napi::BigInt::New(
      args.Env(), static_cast<uint64_t>(SSL_CTX_set_options(ctx(), args.Uint64(0, "bits"))));
}

Napi::Value SslCtx::ClearOptions(const Arguments& args) {
  return Napi::BigInt::New(
      args.Env(), static_cast<uint64_t>(SSL_CTX_clear_options(ctx(), args.Uint64(0, "bits"))));
}

double SslCtx::GetMode() {
  return static_cast<double>(SSL_CTX_get_mode(ctx()));
}

double SslCtx::SetMode(const Arguments& args) {
  return static_cast<double>(SSL_CTX_set_mode(ctx(), args.Uint(0, "bits")));
}

double SslCtx::ClearMode(const Arguments& args) {
  return static_cast<double>(SSL_CTX_clear_mode(ctx(), args.Uint(0, "bits")));
}

bool SslCtx::SetMinProtoVersion(const Arguments& args) {
  ossl::ErrorScope scope;
  return SSL_CTX_set_min_proto_version(ctx(), args.Int(0, "version")) == 1;
}

long SslCtx::GetMinProtoVersion() {
  return SSL_CTX_get_min_proto_version(ctx());
}

bool SslCtx::SetMaxProtoVersion(const Arguments& args) {
  ossl::ErrorScope scope;
  return SSL_CTX_set_max_proto_version(ctx(), args.Int(0, "version")) == 1;
}

long SslCtx::GetMaxProtoVersion() {
  return SSL_CTX_get_max_proto_version(ctx());
}

int SslCtx::GetSecurityLevel() {
  return SSL_CTX_get_security_level(ctx());
}

void SslCtx::SetSecurityLevel(const Arguments& args) {
  const stream::HandshakePool::Pause pause(in_use());
  SSL_CTX_set_security_level(ctx(), static_cast<int>(args.Integer(0, "level", 0, 5)));
}

void SslCtx::SetCipherList(const Arguments& args) {
  const stream::HandshakePool::Pause pause(in_use());
  SetText(args, "SSL_CTX_set_cipher_list",
          [&](const char* list) { return SSL_CTX_set_cipher_list(ctx(), list); });
}

void SslCtx::SetCiphersuites(const Arguments& args) {
  const stream::HandshakePool::Pause pause(in_use());
  SetText(args, "SSL_CTX_set_ciphersuites",
          [&](const char* list) { return SSL_CTX_set_ciphersuites(ctx(), list); });
}

Napi::Value SslCtx::GetCiphers(const Arguments& args) {
  const std::vector<ossl::CipherInfo> ciphers = context_->Ciphers();
  Napi::Array result = Napi::Array::New(args.Env(), ciphers.size());
  for (uint32_t i = 0; i < ciphers.size(); i++) result.Set(i, ToObject(args.Env(), ciphers[i]));
  return result;
}

// Connections have copied their groups: no pause.
void SslCtx::SetGroups(const Arguments& args) {
  int group = args.Int(0, "nid");
  ossl::ErrorScope scope;
  ossl::Check(SSL_CTX_set1_groups(ctx(), &group, 1) == 1, "SSL_CTX_set1_groups");
}

void SslCtx::SetGroupsList(const Arguments& args) {
  SetText(args, "SSL_CTX_set1_groups_list",
          [&](const char* list) { return SSL_CTX_set1_groups_list(ctx(), list); });
}

std::vector<std::string> SslCtx::GetImplementedGroups(const Arguments& args) {
  return ossl::ImplementedGroups(ctx(), args.Boolean(0, "aliases"));
}

void SslCtx::SetSigalgsList(const Arguments& args) {
  const stream::HandshakePool::Pause pause(in_use());
  SetText(args, "SSL_CTX_set1_sigalgs_list",
          [&](const char* list) { return SSL_CTX_set1_sigalgs_list(ctx(), list); });
}

void SslCtx::SetClientSigalgsList(const Arguments& args) {
  const stream::HandshakePool::Pause pause(in_use());
  SetText(args, "SSL_CTX_set1_client_sigalgs_list",
          [&](const char* list) { return SSL_CTX_set1_client_sigalgs_list(ctx(), list); });
}

void SslCtx::SetTmpDh(const Arguments& args) {
  const napi::ByteSpan pem = args.Bytes(0, "pem");
  ossl::ErrorScope scope;
  ossl::EvpPkeyPtr parameters = ossl::LoadDhParameters({pem.data, pem.size});
  const stream::HandshakePool::Pause pause(in_use());
  ossl::Check(SSL_CTX_set0_tmp_dh_pkey(ctx(), parameters.get()) == 1, "SSL_CTX_set0_tmp_dh_pkey");
  static_cast<void>(parameters.release());
}

}  // namespace sslkit::objects
