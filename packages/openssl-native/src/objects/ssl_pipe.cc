#include "ssl_pipe.h"

#include <unordered_set>

#include "ssl.h"

namespace sslkit::objects {

namespace {

using napi::Arguments;

/// Bits of a result below the count: why it stopped, and whether records wait to be taken.
constexpr int kCountShift = 5;
constexpr int kOutputWaits = 16;
// So that a result fits into 31 bits, which JavaScript holds without an object.
constexpr size_t kMaxBytes = size_t{1} << 25;

/// The pipes of this thread. Whether a pointer is one of them proves a receiver ten times faster
/// than its type tag does.
std::unordered_set<const void*>& Known() {
  thread_local std::unordered_set<const void*> known;
  return known;
}

napi::ByteSpan BytesOf(napi_env env, napi_value value) {
  bool typed = false;
  napi_typedarray_type type = napi_int8_array;
  napi::ByteSpan bytes;
  void* data = nullptr;
  napi_is_typedarray(env, value, &typed);
  if (typed) napi_get_typedarray_info(env, value, &type, &bytes.size, &data, nullptr, nullptr);
  if (!typed || type != napi_uint8_array) {
    napi::ThrowTypeError("ERR_INVALID_ARG_TYPE", "The arguments must be Uint8Arrays");
  }
  if (bytes.size > kMaxBytes) {
    napi::ThrowRangeError("ERR_OUT_OF_RANGE", "The arguments must be at most 32 MiB long");
  }
  bytes.data = static_cast<uint8_t*>(data);
  return bytes;
}

/// The two calls that run for every message read their arguments themselves: see stream/classes.cc.
using Call = ossl::Progress (ossl::Pipe::*)(const uint8_t*, size_t, uint8_t*, size_t);

template <Call call>
napi_value Fast(napi_env env, napi_callback_info info) {
  return napi::Guarded(env, [&] {
    napi_value values[2];
    napi_value self = nullptr;
    size_t count = 2;
    void* wrapped = nullptr;
    napi::CheckStatus(env, napi_get_cb_info(env, info, &count, values, &self, nullptr));
    if (napi_unwrap(env, self, &wrapped) != napi_ok || Known().count(wrapped) == 0) {
      napi::ThrowTypeError("ERR_INVALID_THIS", "Value of \"this\" must be of type SslPipe");
    }
    ossl::Pipe& pipe = static_cast<SslPipe*>(static_cast<napi::Wrappable*>(wrapped))->pipe();
    const napi::ByteSpan data = BytesOf(env, values[0]);
    const napi::ByteSpan room = BytesOf(env, values[1]);
    const ossl::Progress progress = (pipe.*call)(data.data, data.size, room.data, room.size);
    const int waits = pipe.outgoing().Size() > 0 ? kOutputWaits : 0;
    napi_value result = nullptr;
    napi_create_int32(env,
                      static_cast<int>(progress.count << kCountShift) | waits | progress.stopped_by,
                      &result);
    return result;
  });
}

/// All that a queue holds; null when that is nothing.
Napi::Value Drain(Napi::Env env, ossl::ByteQueue& queue) {
  if (queue.Size() == 0) return env.Null();
  auto bytes = Napi::Buffer<uint8_t>::Copy(env, queue.Data(), queue.Size());
  queue.Consume(queue.Size());
  queue.Trim();
  return bytes;
}

}  // namespace

void SslPipe::Define(Napi::Env env, Napi::Object exports) {
  napi::ClassBuilder<SslPipe>(env)
      .Raw("open", Fast<&ossl::Pipe::Open>)
      .Raw("seal", Fast<&ossl::Pipe::Seal>)
      .Method<&SslPipe::Feed>("feed")
      .Method<&SslPipe::FeedEnd>("feedEnd")
      .Method<&SslPipe::Take>("take")
      .Method<&SslPipe::Rest>("rest")
      .Export(exports);
}

SslPipe::SslPipe(const Arguments& args)
    : pipe_(napi::ObjectArgument<Ssl>(args, 0, "ssl").connection()) {
  Known().insert(static_cast<napi::Wrappable*>(this));
}

SslPipe::~SslPipe() {
  Known().erase(static_cast<napi::Wrappable*>(this));
}

void SslPipe::Feed(const Arguments& args) {
  const napi::ByteSpan bytes = args.Bytes(0, "bytes");
  pipe_.Feed(bytes.data, bytes.size);
}

void SslPipe::FeedEnd() {
  pipe_.FeedEnd();
}

Napi::Value SslPipe::Take(const Arguments& args) {
  return Drain(args.Env(), pipe_.outgoing());
}

Napi::Value SslPipe::Rest(const Arguments& args) {
  return Drain(args.Env(), pipe_.incoming());
}

}  // namespace sslkit::objects
