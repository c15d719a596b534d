#pragma once
// The way from JavaScript of the calls that run for every message.

#include <napi.h>

#include "../napi/class.h"
#include "tls_stream.h"

namespace sslkit::stream {

/// Arguments of the two calls that run for every message. They do what `napi::Arguments` does,
/// without what it costs: one call for all arguments, and the receiver is proven by its C++ object
/// being one that the environment knows, which is ten times cheaper than looking for a type tag.
struct FastCall {
  napi_env env;
  TlsStream* stream = nullptr;
  uint8_t* data = nullptr;
  size_t size = 0;

  FastCall(napi_env environment, napi_callback_info info) : env(environment) {
    napi_value values[3];
    napi_value self = nullptr;
    size_t count = 3;
    napi::CheckStatus(env, napi_get_cb_info(env, info, &count, values, &self, nullptr));
    stream = Receiver(self);
    Part(values, count);
  }

 private:
  TlsStream* Receiver(napi_value self) const {
    void* wrapped = nullptr;
    Environment* streams = napi::Environment::Of(env).stream;
    if (streams != nullptr && napi_unwrap(env, self, &wrapped) == napi_ok) {
      if (Shared* known = streams->Wrapped(wrapped); known != nullptr)
        return static_cast<TlsStream*>(known);
    }
    napi::ThrowTypeError("ERR_INVALID_THIS", "Value of \"this\" must be of type TlsStream");
  }

  /// Bytes, offset, length.
  void Part(const napi_value* values, size_t count) {
    bool typed = false;
    if (count == 3) napi_is_typedarray(env, values[0], &typed);
    napi_typedarray_type type = napi_int8_array;
    void* bytes = nullptr;
    size_t all = 0;
    if (typed) napi_get_typedarray_info(env, values[0], &type, &all, &bytes, nullptr, nullptr);
    if (!typed || type != napi_uint8_array) {
      napi::ThrowTypeError("ERR_INVALID_ARG_TYPE",
                           "The arguments must be a Uint8Array, an offset and a length");
    }
    const auto offset = Number(values[1]);
    const auto length = Number(values[2]);
    if (offset > all || length > all - offset) {
      napi::ThrowRangeError("ERR_OUT_OF_RANGE",
                            "The offset and the length must be within the Uint8Array");
    }
    data = static_cast<uint8_t*>(bytes) + offset;
    size = length;
  }

  size_t Number(napi_value value) const {
    int64_t number = -1;
    if (napi_get_value_int64(env, value, &number) != napi_ok || number < 0) {
      napi::ThrowRangeError("ERR_OUT_OF_RANGE",
                            "The offset and the length must be integers of 0 or more");
    }
    return static_cast<size_t>(number);
  }
};

template <auto Call>
napi_value Fast(napi_env env, napi_callback_info info) {
  return napi::Guarded(env, [&] {
    const FastCall call(env, info);
    napi_value result = nullptr;
    napi_create_int64(env, (call.stream->*Call)(call.data, call.size), &result);
    return result;
  });
}

}  // namespace sslkit::stream
