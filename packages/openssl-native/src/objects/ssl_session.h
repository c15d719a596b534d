#pragma once

#include "../napi/class.h"
#include "../ossl/ptr.h"

namespace sslkit::objects {

class SslSession : public napi::Wrappable {
 public:
  static constexpr char kName[] = "SslSession";
  static constexpr napi_type_tag kTag{0x747030e9129b0469, 0x01aae8cc3b7de232};
  static void Define(Napi::Env env, Napi::Object exports);

  explicit SslSession(ossl::SslSessionPtr session) : session_(std::move(session)) {}

  SSL_SESSION* session() const { return session_.get(); }

 private:
  static Napi::Value FromDer(const napi::Arguments& args);
  napi::Bytes GetId() const;
  long GetTime() const;
  long GetTimeout() const;
  double GetTicketLifetimeHint() const;
  bool HasTicket() const;
  bool IsResumable() const;
  int GetProtocolVersion() const;
  Napi::Value GetHostname(const napi::Arguments& args) const;
  napi::Bytes ToDer() const;

  ossl::SslSessionPtr session_;
};

}  // namespace sslkit::objects
