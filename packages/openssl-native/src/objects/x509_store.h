#pragma once

#include "../napi/class.h"
#include "../ossl/ptr.h"

namespace sslkit::objects {

class X509Store : public napi::Wrappable {
 public:
  static constexpr char kName[] = "X509Store";
  static constexpr napi_type_tag kTag{0x7f812d675d926640, 0x83995934684c49f2};
  static void Define(Napi::Env env, Napi::Object exports);

  explicit X509Store(const napi::Arguments&);
  explicit X509Store(ossl::X509StorePtr store) : store_(std::move(store)) {}

  /// For a context, whose handshakes may run on pool threads.
  X509_STORE* Give() {
    given_ = true;
    return store_.get();
  }

 private:
  Napi::Value Clone(const napi::Arguments& args);
  int AddPem(const napi::Arguments& args);
  int AddPemCerts(const napi::Arguments& args);
  int AddDer(const napi::Arguments& args);
  void AddDir(const napi::Arguments& args);
  Napi::Value Stats(const napi::Arguments& args);
  Napi::Value CaCerts(const napi::Arguments& args);

  ossl::X509StorePtr store_;
  bool given_ = false;
};

}  // namespace sslkit::objects
