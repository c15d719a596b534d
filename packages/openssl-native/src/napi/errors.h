#pragma once
// From C++ exceptions to JavaScript ones. No OpenSSL header may come in here.

#include <napi.h>

#include <exception>
#include <string>

#include "../ossl/failure.h"

namespace sslkit::napi {

/// A JavaScript exception is already pending in the environment; whatever was thrown, even null, stays as it is.
struct Pending {};

[[noreturn]] void ThrowTypeError(const char* code, const std::string& message);
[[noreturn]] void ThrowRangeError(const char* code, const std::string& message);
[[noreturn]] void ThrowError(const char* code, const std::string& message);

/// Throws Pending when JavaScript threw, a plain Error when N-API itself refused.
void CheckStatus(Napi::Env env, napi_status status);

Napi::Error ToError(Napi::Env env, const ossl::Failure& failure);
Napi::Error ToError(Napi::Env env, const ossl::Misuse& misuse);

/// The one border between C++ and JavaScript: runs `call`, turns every exception into a pending JavaScript one.
template <class Call>
napi_value Guarded(napi_env env, Call call) {
  try {
    return call();
  } catch (const Pending&) {
  } catch (const ossl::Failure& failure) {
    ToError(env, failure).ThrowAsJavaScriptException();
  } catch (const ossl::Misuse& misuse) {
    ToError(env, misuse).ThrowAsJavaScriptException();
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    Napi::Error::New(env, error.what()).ThrowAsJavaScriptException();
  }
  return nullptr;
}

}  // namespace sslkit::napi
