#pragma once

#include <memory>

#include "../napi/class.h"
#include "../ossl/connection.h"

namespace sslkit::objects {

class Ssl : public napi::Wrappable {
 public:
  static constexpr char kName[] = "Ssl";
  static constexpr napi_type_tag kTag{0x9523eca5ca876dc7, 0x75fd52f7ee5227c5};
  static void Define(Napi::Env env, Napi::Object exports);

  explicit Ssl(const napi::Arguments& args);
  /// One that somebody else drives and frees.
  explicit Ssl(std::shared_ptr<ossl::Connection> connection);
  ~Ssl() override;

  /// A connection that may call functions of its context keeps that in JavaScript.
  static void HoldCallbacks(Napi::Env env, napi_value holder, const ossl::Connection& connection,
                            napi_value ctx);

  /// For whoever drives this object from C++: keep a reference, set `busy` while JavaScript must
  /// stay out.
  const std::shared_ptr<ossl::Connection>& connection() const { return connection_; }

 private:
  static void DefineIo(napi::ClassBuilder<Ssl>& builder);
  static void DefineInspection(napi::ClassBuilder<Ssl>& builder);
  static void DefineSession(napi::ClassBuilder<Ssl>& builder);

  // ssl.cc: set-up and I/O
  void Free();
  void SetBio(const napi::Arguments& args);
  void SetTlsextHostName(const napi::Arguments& args);
  void SetHost(const napi::Arguments& args);
  void SetIp(const napi::Arguments& args);
  Napi::Value ClientHelloServername(const napi::Arguments& args);
  void AnswerClientHello(const napi::Arguments& args);
  ossl::IoResult DoHandshake();
  ossl::IoResult Read(const napi::Arguments& args);
  Napi::Value ReadAvailable(const napi::Arguments& args);
  ossl::IoResult Write(const napi::Arguments& args);
  ossl::IoResult Shutdown();
  void VerifyClientPostHandshake();
  int Pending();
  bool HasPending();
  Napi::Value TakeMessages(const napi::Arguments& args);

  // ssl_inspect.cc
  bool IsInitFinished();
  bool IsEstablished();
  Napi::Value GetVersion(const napi::Arguments& args);
  Napi::Value GetCurrentCipher(const napi::Arguments& args);
  Napi::Value GetSharedCiphers(const napi::Arguments& args);
  Napi::Value GetCompression(const napi::Arguments& args);
  Napi::Value GetAlpnSelected(const napi::Arguments& args);
  Napi::Value GetServername(const napi::Arguments& args);
  Napi::Value GetCertificate(const napi::Arguments& args);
  Napi::Value GetPeerCertificate(const napi::Arguments& args);
  Napi::Value GetPeerChain(const napi::Arguments& args);
  Napi::Value GetVerifiedChain(const napi::Arguments& args);
  long GetVerifyResult();
  int GetVerifyMode();
  int GetShutdown();
  Napi::Value GetGroup(const napi::Arguments& args);
  double GetSharedGroup(const napi::Arguments& args);
  double GetGroups();
  Napi::Value GetSignatureName(const napi::Arguments& args);
  Napi::Value GetPeerSignatureName(const napi::Arguments& args);
  napi::Bytes GetFinished();
  napi::Bytes GetPeerFinished();
  napi::Bytes ExportKeyingMaterial(const napi::Arguments& args);
  Napi::Value GetSession(const napi::Arguments& args);
  void SetSession(const napi::Arguments& args);
  bool SessionReused();

  /// The connection, unless someone else drives it just now.
  ossl::Connection& Idle() const;
  SSL* ssl() const { return Idle().ssl(); }
  void Forget();

  std::shared_ptr<ossl::Connection> connection_;
  /// Set while the collector counts the SSL as memory that hangs on this object.
  napi_env counted_in_ = nullptr;
};

}  // namespace sslkit::objects
