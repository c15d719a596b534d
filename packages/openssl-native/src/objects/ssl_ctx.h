#pragma once

#include <memory>

#include "../napi/class.h"
#include "../ossl/context.h"

namespace sslkit::objects {

class SslCtx : public napi::Wrappable {
 public:
  static constexpr char kName[] = "SslCtx";
  static constexpr napi_type_tag kTag{0x1620969a2a032da3, 0x264094bdd91f64dc};
  /// An SSL_CTX with its cipher and signature tables.
  static constexpr int64_t kExternalBytes = 64 * 1024;
  static void Define(Napi::Env env, Napi::Object exports);

  explicit SslCtx(const napi::Arguments& args);
  ~SslCtx() override;

  const std::shared_ptr<ossl::Context>& context() const { return context_; }

 private:
  static void DefineProtocol(napi::ClassBuilder<SslCtx>& builder);
  static void DefineVerify(napi::ClassBuilder<SslCtx>& builder);
  static void DefinePsk(napi::ClassBuilder<SslCtx>& builder);
  static void DefineSessions(napi::ClassBuilder<SslCtx>& builder);

  // ssl_ctx.cc: options, versions, algorithms
  Napi::Value GetOptions(const napi::Arguments& args);
  Napi::Value SetOptions(const napi::Arguments& args);
  Napi::Value ClearOptions(const napi::Arguments& args);
  double GetMode();
  double SetMode(const napi::Arguments& args);
  double ClearMode(const napi::Arguments& args);
  bool SetMinProtoVersion(const napi::Arguments& args);
  long GetMinProtoVersion();
  bool SetMaxProtoVersion(const napi::Arguments& args);
  long GetMaxProtoVersion();
  int GetSecurityLevel();
  void SetSecurityLevel(const napi::Arguments& args);
  void SetCipherList(const napi::Arguments& args);
  void SetCiphersuites(const napi::Arguments& args);
  Napi::Value GetCiphers(const napi::Arguments& args);
  void SetGroups(const napi::Arguments& args);
  void SetGroupsList(const napi::Arguments& args);
  std::vector<std::string> GetImplementedGroups(const napi::Arguments& args);
  void SetSigalgsList(const napi::Arguments& args);
  void SetClientSigalgsList(const napi::Arguments& args);
  void SetTmpDh(const napi::Arguments& args);

  // ssl_ctx_verify.cc: own certificate, verification of the peer's
  void UseCertAndKey(const napi::Arguments& args);
  void SetVerify(const napi::Arguments& args);
  int GetVerify();
  void SetPostHandshakeAuth(const napi::Arguments& args);
  double GetVerifyFlags();
  void SetVerifyFlags(const napi::Arguments& args);
  int GetVerifyDepth();
  void SetVerifyDepth(const napi::Arguments& args);
  void SetVerifyTime(const napi::Arguments& args);
  unsigned GetHostflags();
  void SetHostflags(const napi::Arguments& args);
  void SetCertStore(const napi::Arguments& args);
  void SetClientCaList(const napi::Arguments& args);

  // ssl_ctx_psk.cc
  void SetPskClientCallback(const napi::Arguments& args);
  void SetPskServerCallback(const napi::Arguments& args);

  // ssl_ctx_sessions.cc: ALPN, callbacks, and sessions
  void SetClientHelloCb(const napi::Arguments& args);
  void SetMsgCallback(const napi::Arguments& args);
  void SetKeylogFile(const napi::Arguments& args);
  void SetAlpn(const napi::Arguments& args);
  void SetSessionIdContext(const napi::Arguments& args);
  long SetSessionCacheMode(const napi::Arguments& args);
  double GetNumTickets();
  void SetNumTickets(const napi::Arguments& args);
  Napi::Value SessionStats(const napi::Arguments& args);

  SSL_CTX* ctx() const { return context_->get(); }
  /// There are connections that may read what is about to be replaced. They, like the answers that
  /// hand a context to one, come and go on this thread alone.
  bool in_use() const { return context_.use_count() > 1; }

  std::shared_ptr<ossl::Context> context_;
};

}  // namespace sslkit::objects
