#include "arguments.h"

#include <cmath>

#include "errors.h"

namespace sslkit::napi {

namespace {

[[noreturn]] void WrongType(const char* name, const char* expected) {
  ThrowTypeError("ERR_INVALID_ARG_TYPE",
                 std::string("The \"") + name + "\" argument must be " + expected);
}

napi_valuetype TypeOf(Napi::Env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  CheckStatus(env, napi_typeof(env, value, &type));
  return type;
}

}  // namespace

ByteSpan ToBytes(Napi::Env env, napi_value value, const char* name) {
  bool is_typed_array = false;
  CheckStatus(env, napi_is_typedarray(env, value, &is_typed_array));
  if (!is_typed_array) WrongType(name, "a Uint8Array");
  napi_typedarray_type type = napi_int8_array;
  void* data = nullptr;
  ByteSpan span;
  CheckStatus(env,
              napi_get_typedarray_info(env, value, &type, &span.size, &data, nullptr, nullptr));
  if (type != napi_uint8_array) WrongType(name, "a Uint8Array");
  span.data = static_cast<uint8_t*>(data);
  return span;
}

std::string ToText(Napi::Env env, napi_value value, const char* name) {
  if (TypeOf(env, value) != napi_string) WrongType(name, "a string");
  std::string text = Napi::String(env, value).Utf8Value();
  if (text.find('\0') != std::string::npos) {
    ThrowTypeError("ERR_INVALID_ARG_VALUE",
                   std::string("The \"") + name + "\" argument must not contain a NUL");
  }
  return text;
}

int64_t ToInteger(Napi::Env env, napi_value value, const char* name, int64_t min, int64_t max) {
  if (TypeOf(env, value) != napi_number) WrongType(name, "a number");
  double number = 0;
  CheckStatus(env, napi_get_value_double(env, value, &number));
  const bool in_range = number >= static_cast<double>(min) && number <= static_cast<double>(max);
  if (!in_range || std::floor(number) != number) {
    ThrowRangeError("ERR_OUT_OF_RANGE", std::string("The \"") + name +
                                            "\" argument must be an integer from " +
                                            std::to_string(min) + " to " + std::to_string(max));
  }
  return static_cast<int64_t>(number);
}

bool ToBoolean(Napi::Env env, napi_value value, const char* name) {
  if (TypeOf(env, value) != napi_boolean) WrongType(name, "a boolean");
  bool result = false;
  CheckStatus(env, napi_get_value_bool(env, value, &result));
  return result;
}

uint64_t ToUint64(Napi::Env env, napi_value value, const char* name) {
  if (TypeOf(env, value) != napi_bigint) WrongType(name, "a bigint");
  uint64_t result = 0;
  bool lossless = false;
  CheckStatus(env, napi_get_value_bigint_uint64(env, value, &result, &lossless));
  if (!lossless) {
    ThrowRangeError("ERR_OUT_OF_RANGE",
                    std::string("The \"") + name + "\" argument must fit into 64 bits, unsigned");
  }
  return result;
}

bool IsNullish(Napi::Env env, napi_value value) {
  const napi_valuetype type = TypeOf(env, value);
  return type == napi_undefined || type == napi_null;
}

napi_value GetProperty(Napi::Env env, napi_value object, const char* name) {
  napi_value result = nullptr;
  CheckStatus(env, napi_get_named_property(env, object, name, &result));
  return result;
}

}  // namespace sslkit::napi
