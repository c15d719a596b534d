#include "psk.h"

#include <cstring>
#include <string>
#include <thread>

#include "../napi/callback.h"
#include "../napi/errors.h"
#include "../napi/to_js.h"

namespace sslkit::objects {

namespace {

/// A function of JavaScript that OpenSSL calls, through the guard.
class Function {
 public:
  Function(Napi::Env env, napi_value function)
      : env_(env), weak_(Napi::Weak(Napi::Function(env, function))) {}

  /// `take` writes what the function returned, and tells the length of the key.
  template <class Take>
  ossl::PskAnswer Ask(const char* text, bool hello, Take take) const {
    if (std::this_thread::get_id() != thread_) return {ossl::PskAnswer::kFailed, nullptr};
    const Napi::HandleScope scope(env_);
    const napi_value function = weak_.Value();
    if (function == nullptr) return {};
    try {
      napi::GuardedCallback guard(env_, function);
      const napi_value value = guard.Call({BytesOrNull(text), napi::ToJs(env_, hello)});
      guard.Rethrow();
      return {take(value), nullptr};
    } catch (...) {
      napi::ThrowToJavaScript(env_);
      return {ossl::PskAnswer::kFailed, napi::KeptException::Take(env_)};
    }
  }

 private:
  napi_value BytesOrNull(const char* text) const {
    if (text == nullptr || *text == '\0') return env_.Null();
    return napi::ToJs(env_, napi::Bytes{text});
  }

  Napi::Env env_;
  Napi::FunctionReference weak_;
  std::thread::id thread_ = std::this_thread::get_id();
};

std::shared_ptr<const Function> FunctionOf(Napi::Env env, napi_value value) {
  if (napi::IsNullish(env, value)) return nullptr;
  napi_valuetype type = napi_undefined;
  napi::CheckStatus(env, napi_typeof(env, value, &type));
  if (type != napi_function)
    napi::ThrowTypeError("ERR_INVALID_ARG_TYPE",
                         "The \"callback\" argument must be a function or null");
  return std::make_shared<const Function>(env, value);
}

/// From JavaScript's memory to OpenSSL's, without another copy in between.
unsigned Copy(Napi::Env env, napi_value value, const char* name, ossl::Room room) {
  const napi::ByteSpan bytes = napi::ToBytes(env, value, name);
  if (bytes.size > room.size)
    napi::ThrowRangeError("ERR_OUT_OF_RANGE", std::string("The ") + name + " must be at most " +
                                                  std::to_string(room.size) + " bytes long");
  if (bytes.size > 0) std::memcpy(room.data, bytes.data, bytes.size);
  return static_cast<unsigned>(bytes.size);
}

napi_value Element(Napi::Env env, napi_value array, uint32_t index) {
  napi_value element = nullptr;
  napi::CheckStatus(env, napi_get_element(env, array, index, &element));
  return element;
}

}  // namespace

// OpenSSL has filled the room for the identity with zeros, one more than it tells.
std::shared_ptr<const ossl::PskClientCallback> PskClientOf(Napi::Env env, napi_value function) {
  const auto known = FunctionOf(env, function);
  if (known == nullptr) return nullptr;
  return std::make_shared<const ossl::PskClientCallback>(
      [env, known](const char* hint, bool hello, ossl::Room identity, ossl::Room key) {
        return known->Ask(hint, hello, [&](napi_value answer) {
          const napi_value name = Element(env, answer, 0);
          if (!napi::IsNullish(env, name)) Copy(env, name, "identity", identity);
          return Copy(env, Element(env, answer, 1), "key", key);
        });
      });
}

std::shared_ptr<const ossl::PskServerCallback> PskServerOf(Napi::Env env, napi_value function) {
  const auto known = FunctionOf(env, function);
  if (known == nullptr) return nullptr;
  return std::make_shared<const ossl::PskServerCallback>(
      [env, known](const char* identity, ossl::Room key) {
        return known->Ask(identity, false,
                          [&](napi_value answer) { return Copy(env, answer, "key", key); });
      });
}

void HoldAlive(Napi::Env env, napi_value holder, const char* name, napi_value value) {
  const napi_property_descriptor held = {name,    nullptr, nullptr,           nullptr,
                                         nullptr, value,   napi_configurable, nullptr};
  napi::CheckStatus(env, napi_define_properties(env, holder, 1, &held));
}

}  // namespace sslkit::objects
