#pragma once

#include <exception>

#include "../napi/callback.h"
#include "../ossl/pem_load.h"
#include "../ossl/secret.h"

namespace sslkit::objects {

/// The user's password function, asked once, behind the guard; its answer is wiped when the load is
/// over.
class Password {
 public:
  /// `source`: function, null or undefined.
  Password(Napi::Env env, napi_value source);

  ossl::PasswordCallback Callback();
  /// Throws what the function threw or what was wrong with its answer.
  void Rethrow();

 private:
  bool Ask(std::string_view* password);
  void Take(napi_value value);

  Napi::Env env_;
  napi_value source_;
  napi::GuardedCallback guard_;
  std::exception_ptr misuse_;
  ossl::Secret secret_;
  bool asked_ = false;
};

}  // namespace sslkit::objects
