#pragma once
// From C++ exceptions to JavaScript ones. No OpenSSL header may come in here.

#include <napi.h>

#include <string>

#include "../ossl/failure.h"

namespace sslkit::napi {

/// A JavaScript exception is already pending in the environment; whatever was thrown, even null,
/// stays as it is.
struct Pending {};

[[noreturn]] void ThrowTypeError(const char* code, const std::string& message);
[[noreturn]] void ThrowRangeError(const char* code, const std::string& message);
[[noreturn]] void ThrowError(const char* code, const std::string& message);

/// Throws Pending when JavaScript threw, a plain Error when N-API itself refused.
void CheckStatus(Napi::Env env, napi_status status);

Napi::Object ToObject(Napi::Env env, const ossl::ErrorRecord& record);

/// Turns the C++ exception that is being handled into a pending JavaScript one.
void ThrowToJavaScript(Napi::Env env) noexcept;

/// The one border between C++ and JavaScript: runs `call`, lets no C++ exception out.
template <class Call>
napi_value Guarded(napi_env env, Call call) {
  try {
    return call();
  } catch (...) {
    ThrowToJavaScript(env);
    return nullptr;
  }
}

}  // namespace sslkit::napi
