#include "password.h"

#include "../napi/arguments.h"
#include "../napi/errors.h"

namespace sslkit::objects {

Password::Password(Napi::Env env, napi_value source)
    : env_(env), source_(source), guard_(env, source) {
  napi_valuetype type = napi_undefined;
  napi::CheckStatus(env, napi_typeof(env, source, &type));
  if (type == napi_undefined || type == napi_null) {
    source_ = nullptr;
  } else if (type != napi_function) {
    napi::ThrowTypeError("ERR_INVALID_ARG_TYPE", "The \"password\" property must be a function");
  }
}

ossl::PasswordCallback Password::Callback() {
  return [this](std::string_view* password) { return Ask(password); };
}

void Password::Rethrow() {
  guard_.Rethrow();
  if (misuse_) std::rethrow_exception(misuse_);
}

// Runs below OpenSSL's C frames: nothing may leave it by throwing. OpenSSL asks again for each
// format it tries; the user is asked once.
bool Password::Ask(std::string_view* password) {
  if (source_ == nullptr || guard_.failed() || misuse_) return false;
  if (!asked_) {
    asked_ = true;
    const napi_value value = guard_.Call({});
    if (value == nullptr) return false;
    try {
      Take(value);
    } catch (...) {
      misuse_ = std::current_exception();
      return false;
    }
  }
  *password = secret_.View();
  return true;
}

void Password::Take(napi_value value) {
  napi_valuetype type = napi_undefined;
  napi::CheckStatus(env_, napi_typeof(env_, value, &type));
  bool is_array = false;
  napi::CheckStatus(env_, napi_is_typedarray(env_, value, &is_array));
  const auto check_length = [](size_t length) {
    if (length <= ossl::kMaxPassword) return;
    napi::ThrowRangeError("ERR_PASSWORD_TOO_LONG", "password cannot be longer than 1024 bytes");
  };
  if (type == napi_string) {
    size_t length = 0;
    napi::CheckStatus(env_, napi_get_value_string_utf8(env_, value, nullptr, 0, &length));
    check_length(length);
    char text[ossl::kMaxPassword + 1];
    napi::CheckStatus(env_, napi_get_value_string_utf8(env_, value, text, sizeof(text), &length));
    secret_.Assign({text, length});
    OPENSSL_cleanse(text, sizeof(text));
  } else if (is_array) {
    napi_typedarray_type element = napi_int8_array;
    void* data = nullptr;
    size_t length = 0;
    napi::CheckStatus(
        env_, napi_get_typedarray_info(env_, value, &element, &length, &data, nullptr, nullptr));
    if (element != napi_uint8_array)
      napi::ThrowTypeError("ERR_PASSWORD_TYPE", "password must be a string or a Uint8Array");
    check_length(length);
    secret_.Assign({static_cast<const char*>(data), length});
  } else {
    napi::ThrowTypeError("ERR_PASSWORD_TYPE", "password must be a string or a Uint8Array");
  }
}

}  // namespace sslkit::objects
