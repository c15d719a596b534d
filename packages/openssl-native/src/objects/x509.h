#pragma once

#include <vector>

#include "../napi/class.h"
#include "../ossl/ptr.h"

namespace sslkit::objects {

class X509 : public napi::Wrappable {
 public:
  static constexpr char kName[] = "X509";
  static constexpr napi_type_tag kTag{0x4b35f27fd953ad6b, 0x016f0fbbdef15fd9};
  static void Define(Napi::Env env, Napi::Object exports);

  explicit X509(ossl::X509Ptr cert) : cert_(std::move(cert)) {}

 private:
  static Napi::Value FromDer(const napi::Arguments& args);
  static Napi::Value FromPem(const napi::Arguments& args);
  napi::Bytes ToDer() const;
  Napi::Value ToDict(const napi::Arguments& args) const;
  int CheckCa() const;

  ossl::X509Ptr cert_;
};

/// A list of DER certificates as an array of Buffers.
Napi::Value ToBuffers(Napi::Env env, const std::vector<std::string>& certs);

}  // namespace sslkit::objects
