#include "callback.h"

#include "errors.h"

namespace sslkit::napi {

std::shared_ptr<KeptException> KeptException::Take(Napi::Env env) {
  bool pending = false;
  napi_value thrown = nullptr;
  napi_value box = nullptr;
  napi_is_exception_pending(env, &pending);
  if (!pending || napi_get_and_clear_last_exception(env, &thrown) != napi_ok) return nullptr;
  if (napi_create_object(env, &box) != napi_ok) return nullptr;
  if (napi_set_element(env, box, 0, thrown) != napi_ok) return nullptr;
  return std::make_shared<KeptException>(Napi::Object(env, box));
}

napi_value KeptException::Release() {
  if (box_.IsEmpty()) return nullptr;
  napi_value thrown = nullptr;
  napi_get_element(box_.Env(), box_.Value(), 0, &thrown);
  box_.Reset();
  return thrown;
}

napi_value GuardedCallback::Call(std::initializer_list<napi_value> arguments) {
  napi_value undefined = nullptr;
  napi_value result = nullptr;
  napi_get_undefined(env_, &undefined);
  const napi_status status =
      napi_call_function(env_, undefined, function_, arguments.size(), arguments.begin(), &result);
  if (status == napi_ok) return result;
  Keep();
  return nullptr;
}

void GuardedCallback::Keep() {
  failed_ = true;
  bool pending = false;
  napi_is_exception_pending(env_, &pending);
  if (pending) napi_get_and_clear_last_exception(env_, &exception_);
}

void GuardedCallback::Rethrow() {
  if (!failed_) return;
  // Nothing kept: the environment is being torn down (worker.terminate) and runs no more
  // JavaScript.
  if (exception_ != nullptr) napi_throw(env_, exception_);
  throw Pending{};
}

}  // namespace sslkit::napi
