#include <openssl/rand.h>

#include "../napi/class.h"
#include "../ossl/error_queue.h"
#include "module_values.h"

namespace sslkit::objects {

namespace {

using napi::Arguments;

constexpr int64_t kMaxRandom = INT32_MAX;

bool RandStatus(const Arguments&) {
  return RAND_status() == 1;
}

void RandAdd(const Arguments& args) {
  const napi::ByteSpan bytes = args.Bytes(0, "bytes");
  const double entropy = Napi::Value(args.Env(), args.At(1)).ToNumber().DoubleValue();
  if (!(entropy >= 0))
    napi::ThrowRangeError("ERR_OUT_OF_RANGE", "The \"entropyBytes\" argument must not be negative");
  if (bytes.size > INT32_MAX)
    napi::ThrowRangeError("ERR_OUT_OF_RANGE", "The \"bytes\" argument is too long");
  ossl::ErrorScope scope;
  RAND_add(bytes.data, static_cast<int>(bytes.size), entropy);
}

Napi::Value RandBytes(const Arguments& args) {
  const auto size = static_cast<size_t>(args.Integer(0, "n", 0, kMaxRandom));
  auto buffer = Napi::Buffer<uint8_t>::New(args.Env(), size);
  ossl::ErrorScope scope;
  ossl::Check(size == 0 || RAND_bytes(buffer.Data(), static_cast<int>(size)) == 1, "RAND_bytes");
  return buffer;
}

}  // namespace

void DefineRandom(Napi::Env env, Napi::Object exports) {
  exports.Set("randStatus", napi::MakeFunction<&RandStatus>(env, "randStatus"));
  exports.Set("randAdd", napi::MakeFunction<&RandAdd>(env, "randAdd"));
  exports.Set("randBytes", napi::MakeFunction<&RandBytes>(env, "randBytes"));
}

}  // namespace sslkit::objects
