#pragma once

#include <napi.h>

#include <initializer_list>

namespace sslkit::napi {

/// The one way into a user's function from under a C call. The function may throw anything, null
/// and undefined too (for which node-addon-api's own Error aborts): the exception is taken out of
/// the environment and kept, the C call is told to fail, and Rethrow() brings the exception back
/// when the C stack is gone.
class GuardedCallback {
 public:
  GuardedCallback(Napi::Env env, napi_value function) : env_(env), function_(function) {}

  /// Null when the function threw.
  napi_value Call(std::initializer_list<napi_value> arguments);

  bool failed() const { return failed_; }
  /// Throws what was kept; returns when nothing was.
  void Rethrow();

 private:
  void Keep();

  Napi::Env env_;
  napi_value function_;
  napi_value exception_ = nullptr;
  bool failed_ = false;
};

}  // namespace sslkit::napi
