#include "x509_store.h"

#include "../ossl/store.h"
#include "../stream/handshake_pool.h"
#include "x509.h"

namespace sslkit::objects {

namespace {

ossl::ByteView View(const napi::Arguments& args, const char* name) {
  const napi::ByteSpan bytes = args.Bytes(0, name);
  return {bytes.data, bytes.size};
}

}  // namespace

void X509Store::Define(Napi::Env env, Napi::Object exports) {
  napi::ClassBuilder<X509Store>(env)
      .Method<&X509Store::Clone>("clone")
      .Method<&X509Store::AddPem>("addPem")
      .Method<&X509Store::AddPemCerts>("addPemCerts")
      .Method<&X509Store::AddDer>("addDer")
      .Method<&X509Store::AddDir>("addDir")
      .Method<&X509Store::Stats>("stats")
      .Method<&X509Store::CaCerts>("caCerts")
      .Export(exports);
}

X509Store::X509Store(const napi::Arguments&) : store_(ossl::NewStore()) {}

Napi::Value X509Store::Clone(const napi::Arguments& args) {
  return napi::Wrap(args.Env(), std::make_unique<X509Store>(ossl::CloneStore(store_.get())));
}

int X509Store::AddPem(const napi::Arguments& args) {
  return ossl::AddPemBundle(store_.get(), View(args, "pem"));
}

int X509Store::AddPemCerts(const napi::Arguments& args) {
  return ossl::AddPemCertificates(store_.get(), View(args, "pem"));
}

int X509Store::AddDer(const napi::Arguments& args) {
  return ossl::AddDerCertificates(store_.get(), View(args, "der"));
}

void X509Store::AddDir(const napi::Arguments& args) {
  // The store's lock covers its certificates, not where it looks for more.
  const stream::HandshakePool::Pause pause(given_);
  ossl::AddDirectory(store_.get(), args.Text(0, "path"));
}

Napi::Value X509Store::Stats(const napi::Arguments& args) {
  const ossl::StoreStats stats = ossl::CountObjects(store_.get());
  Napi::Object result = Napi::Object::New(args.Env());
  result.Set("x509", stats.x509);
  result.Set("crl", stats.crl);
  result.Set("x509Ca", stats.x509_ca);
  return result;
}

Napi::Value X509Store::CaCerts(const napi::Arguments& args) {
  return ToBuffers(args.Env(), ossl::CaCertificates(store_.get()));
}

}  // namespace sslkit::objects
