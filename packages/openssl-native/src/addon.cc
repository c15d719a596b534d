#include <napi.h>
#include <openssl/ssl.h>

#include "napi/environment.h"
#include "napi/errors.h"
#include "objects/memory_bio.h"
#include "objects/module_values.h"
#include "objects/ssl.h"
#include "objects/ssl_ctx.h"
#include "objects/ssl_pipe.h"
#include "objects/ssl_session.h"
#include "objects/x509.h"
#include "objects/x509_store.h"
#include "stream/classes.h"
#include "stream/descriptor.h"

namespace {

// Once per environment: the main thread and each worker have their own classes.
Napi::Object Init(Napi::Env env, Napi::Object exports) {
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
  env.SetInstanceData(new sslkit::napi::Environment());
  namespace objects = sslkit::objects;
  objects::MemoryBio::Define(env, exports);
  objects::X509::Define(env, exports);
  objects::X509Store::Define(env, exports);
  objects::SslSession::Define(env, exports);
  objects::SslCtx::Define(env, exports);
  objects::Ssl::Define(env, exports);
  objects::SslPipe::Define(env, exports);
  objects::DefineRandom(env, exports);
  objects::DefineVersion(env, exports);
  objects::DefineConstants(env, exports);
  sslkit::stream::Export(env, exports);
  sslkit::stream::ExportDescriptor(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)
