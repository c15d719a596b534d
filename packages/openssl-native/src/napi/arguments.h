#pragma once
// Arguments by position and name. A wrong one throws as node's own functions do: TypeError
// ERR_INVALID_ARG_TYPE, RangeError ERR_OUT_OF_RANGE.

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>

namespace sslkit::napi {

/// The memory of a Uint8Array. Valid only until JavaScript runs again.
struct ByteSpan {
  uint8_t* data = nullptr;
  size_t size = 0;
};

ByteSpan ToBytes(Napi::Env env, napi_value value, const char* name);
/// Text without NUL: C strings would silently end there.
std::string ToText(Napi::Env env, napi_value value, const char* name);
/// A safe integer between the bounds.
int64_t ToInteger(Napi::Env env, napi_value value, const char* name, int64_t min, int64_t max);
bool ToBoolean(Napi::Env env, napi_value value, const char* name);
uint64_t ToUint64(Napi::Env env, napi_value value, const char* name);
bool IsNullish(Napi::Env env, napi_value value);

/// Reads a property; what a getter throws becomes Pending.
napi_value GetProperty(Napi::Env env, napi_value object, const char* name);

class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : info_(env, info) {}

  Napi::Env Env() const { return info_.Env(); }
  napi_value This() const { return info_.This(); }
  bool IsConstructCall() const { return info_.IsConstructCall(); }
  /// Undefined behind the last one given.
  napi_value At(size_t index) const { return info_[index]; }
  bool Has(size_t index) const { return !IsNullish(Env(), At(index)); }

  ByteSpan Bytes(size_t index, const char* name) const { return ToBytes(Env(), At(index), name); }
  std::string Text(size_t index, const char* name) const { return ToText(Env(), At(index), name); }
  int64_t Integer(size_t index, const char* name, int64_t min, int64_t max) const {
    return ToInteger(Env(), At(index), name, min, max);
  }
  int Int(size_t index, const char* name) const {
    return static_cast<int>(Integer(index, name, INT32_MIN, INT32_MAX));
  }
  uint32_t Uint(size_t index, const char* name) const {
    return static_cast<uint32_t>(Integer(index, name, 0, UINT32_MAX));
  }
  bool Boolean(size_t index, const char* name) const { return ToBoolean(Env(), At(index), name); }
  uint64_t Uint64(size_t index, const char* name) const { return ToUint64(Env(), At(index), name); }

 private:
  Napi::CallbackInfo info_;
};

}  // namespace sslkit::napi
