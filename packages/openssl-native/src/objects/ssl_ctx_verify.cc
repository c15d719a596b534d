#include "../ossl/error_queue.h"
#include "../stream/handshake_pool.h"
#include "password.h"
#include "ssl_ctx.h"
#include "x509_store.h"

namespace sslkit::objects {

namespace {

using napi::Arguments;

ossl::Encoding ToEncoding(Napi::Env env, napi_value value, const char* name) {
  const std::string encoding = napi::ToText(env, value, name);
  if (encoding == "pem") return ossl::Encoding::kPem;
  if (encoding == "der") return ossl::Encoding::kDer;
  napi::ThrowTypeError("ERR_INVALID_ARG_VALUE",
                       std::string("The \"") + name + "\" property must be 'pem' or 'der'");
}

/// Reading a property may run a getter, and a password function may do anything to the arrays; so
/// the bytes are copied before either can.
class OwnedBytes {
 public:
  OwnedBytes(Napi::Env env, napi_value object, const char* name) {
    const napi::ByteSpan span = napi::ToBytes(env, napi::GetProperty(env, object, name), name);
    secret_.Assign({reinterpret_cast<const char*>(span.data), span.size});
  }
  ossl::ByteView View() const {
    return {reinterpret_cast<const uint8_t*>(secret_.View().data()), secret_.View().size()};
  }

 private:
  ossl::Secret secret_;
};

struct CertAndKeyInput {
  CertAndKeyInput(Napi::Env env, napi_value object)
      : cert(env, object, "cert"),
        cert_encoding(
            ToEncoding(env, napi::GetProperty(env, object, "certEncoding"), "certEncoding")),
        key(env, object, "key"),
        key_encoding(ToEncoding(env, napi::GetProperty(env, object, "keyEncoding"), "keyEncoding")),
        password(env, napi::GetProperty(env, object, "password")) {}

  OwnedBytes cert;
  ossl::Encoding cert_encoding;
  OwnedBytes key;
  ossl::Encoding key_encoding;
  Password password;
};

}  // namespace

void SslCtx::DefineVerify(napi::ClassBuilder<SslCtx>& builder) {
  builder.Method<&SslCtx::UseCertAndKey>("useCertAndKey")
      .Method<&SslCtx::SetVerify>("setVerify")
      .Method<&SslCtx::GetVerify>("getVerify")
      .Method<&SslCtx::SetPostHandshakeAuth>("setPostHandshakeAuth")
      .Method<&SslCtx::GetVerifyFlags>("getVerifyFlags")
      .Method<&SslCtx::SetVerifyFlags>("setVerifyFlags")
      .Method<&SslCtx::GetVerifyDepth>("getVerifyDepth")
      .Method<&SslCtx::SetVerifyDepth>("setVerifyDepth")
      .Method<&SslCtx::SetVerifyTime>("setVerifyTime")
      .Method<&SslCtx::GetHostflags>("getHostflags")
      .Method<&SslCtx::SetHostflags>("setHostflags")
      .Method<&SslCtx::SetCertStore>("setCertStore")
      .Method<&SslCtx::SetClientCaList>("setClientCaList");
}

// What the password function threw wins over OpenSSL's complaint that it got none.
void SslCtx::UseCertAndKey(const Arguments& args) {
  CertAndKeyInput input(args.Env(), args.At(0));
  const ossl::PasswordCallback password = input.password.Callback();
  ossl::ErrorScope scope;
  ossl::CertificateChain chain;
  ossl::EvpPkeyPtr key;
  try {
    chain = ossl::LoadCertificateChain(input.cert.View(), input.cert_encoding, password);
    key = ossl::LoadPrivateKey(input.key.View(), input.key_encoding, password);
  } catch (const ossl::Failure&) {
    input.password.Rethrow();
    throw;
  }
  input.password.Rethrow();
  const stream::HandshakePool::Pause pause(in_use());
  context_->UseCertificateAndKey(chain, key.get());
}

void SslCtx::SetVerify(const Arguments& args) {
  SSL_CTX_set_verify(ctx(), args.Int(0, "mode"), nullptr);
}

int SslCtx::GetVerify() {
  return SSL_CTX_get_verify_mode(ctx());
}

void SslCtx::SetPostHandshakeAuth(const Arguments& args) {
  context()->OfferPostHandshakeAuth(args.Boolean(0, "offer"));
}

double SslCtx::GetVerifyFlags() {
  return static_cast<double>(context_->GetVerifyFlags());
}

void SslCtx::SetVerifyFlags(const Arguments& args) {
  context_->SetVerifyFlags(args.Uint(0, "flags"));
}

int SslCtx::GetVerifyDepth() {
  return SSL_CTX_get_verify_depth(ctx());
}

void SslCtx::SetVerifyDepth(const Arguments& args) {
  SSL_CTX_set_verify_depth(ctx(), args.Int(0, "depth"));
}

void SslCtx::SetVerifyTime(const Arguments& args) {
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param(ctx());
  if (!args.Has(0)) {
    X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_USE_CHECK_TIME);
    return;
  }
  constexpr int64_t kFarthest = 253402300799;  // 9999-12-31T23:59:59Z
  X509_VERIFY_PARAM_set_time(
      param, static_cast<time_t>(args.Integer(0, "seconds", -kFarthest, kFarthest)));
}

unsigned SslCtx::GetHostflags() {
  return X509_VERIFY_PARAM_get_hostflags(SSL_CTX_get0_param(ctx()));
}

void SslCtx::SetHostflags(const Arguments& args) {
  X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(ctx()), args.Uint(0, "flags"));
}

void SslCtx::SetCertStore(const Arguments& args) {
  const stream::HandshakePool::Pause pause(in_use());
  context_->SetStore(napi::ObjectArgument<X509Store>(args, 0, "store").Give());
}

void SslCtx::SetClientCaList(const Arguments& args) {
  const stream::HandshakePool::Pause pause(in_use());
  bool is_array = false;
  napi::CheckStatus(args.Env(), napi_is_array(args.Env(), args.At(0), &is_array));
  if (!is_array)
    napi::ThrowTypeError("ERR_INVALID_ARG_TYPE",
                         "The \"certs\" argument must be an array of Uint8Array");
  uint32_t length = 0;
  napi::CheckStatus(args.Env(), napi_get_array_length(args.Env(), args.At(0), &length));
  std::vector<std::string> owned;
  for (uint32_t i = 0; i < length; i++) {
    napi_value element = nullptr;
    napi::CheckStatus(args.Env(), napi_get_element(args.Env(), args.At(0), i, &element));
    const napi::ByteSpan bytes = napi::ToBytes(args.Env(), element, "certs");
    owned.emplace_back(reinterpret_cast<const char*>(bytes.data), bytes.size);
  }
  std::vector<ossl::ByteView> views;
  for (const std::string& bytes : owned) {
    views.push_back({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  }
  context_->SetClientCaList(views);
}

}  // namespace sslkit::objects
