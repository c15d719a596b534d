#pragma once
// C++ values as JavaScript ones, by overload, so that a method can simply return what it has.

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sslkit::napi {

/// Bytes that become a Buffer.
struct Bytes {
  std::string bytes;
};

inline Napi::Value ToJs(Napi::Env, Napi::Value value) {
  return value;
}
inline Napi::Value ToJs(Napi::Env env, bool value) {
  return Napi::Boolean::New(env, value);
}
inline Napi::Value ToJs(Napi::Env env, int value) {
  return Napi::Number::New(env, value);
}
inline Napi::Value ToJs(Napi::Env env, unsigned value) {
  return Napi::Number::New(env, value);
}
inline Napi::Value ToJs(Napi::Env env, double value) {
  return Napi::Number::New(env, value);
}
inline Napi::Value ToJs(Napi::Env env, long value) {
  return Napi::Number::New(env, static_cast<double>(value));
}
inline Napi::Value ToJs(Napi::Env env, long long value) {
  return Napi::Number::New(env, static_cast<double>(value));
}
inline Napi::Value ToJs(Napi::Env env, size_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}
inline Napi::Value ToJs(Napi::Env env, const char* value) {
  return Napi::String::New(env, value);
}
inline Napi::Value ToJs(Napi::Env env, const std::string& value) {
  return Napi::String::New(env, value);
}
inline Napi::Value ToJs(Napi::Env env, const std::u16string& value) {
  return Napi::String::New(env, value);
}
inline Napi::Value ToJs(Napi::Env env, const Bytes& value) {
  return Napi::Buffer<char>::Copy(env, value.bytes.data(), value.bytes.size());
}

template <class T>
Napi::Value ToJs(Napi::Env env, const std::optional<T>& value) {
  return value ? ToJs(env, *value) : Napi::Value(env.Null());
}

template <class T>
Napi::Value ToJs(Napi::Env env, const std::vector<T>& values) {
  Napi::Array array = Napi::Array::New(env, values.size());
  for (size_t i = 0; i < values.size(); i++)
    array.Set(static_cast<uint32_t>(i), ToJs(env, values[i]));
  return array;
}

/// An empty text stands for none.
inline Napi::Value ToJsOrNull(Napi::Env env, const std::string& value) {
  return value.empty() ? Napi::Value(env.Null()) : ToJs(env, value);
}
inline Napi::Value ToJsOrNull(Napi::Env env, const char* value) {
  return value == nullptr ? Napi::Value(env.Null()) : ToJs(env, value);
}

}  // namespace sslkit::napi
