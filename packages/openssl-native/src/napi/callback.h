#pragma once

#include <napi.h>

#include <initializer_list>
#include <memory>

namespace sslkit::napi {

/// What JavaScript threw, kept beyond the call in which it did: until it is taken, or nobody wants
/// it any more.
class KeptException {
 public:
  /// Takes what is pending out of the environment; null when that is nothing, as in one that is
  /// being torn down.
  static std::shared_ptr<KeptException> Take(Napi::Env env);

  explicit KeptException(Napi::Object box) : box_(Napi::Persistent(box)) {}
  KeptException(const KeptException&) = delete;
  KeptException& operator=(const KeptException&) = delete;

  /// Once; null after that: an error must not keep alive what has failed with it.
  napi_value Release();

 private:
  /// Whatever was thrown, in an object: only those can be referenced.
  Napi::ObjectReference box_;
};

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
