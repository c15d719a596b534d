#include "memory_bio.h"

#include <algorithm>

namespace sslkit::objects {

void MemoryBio::Define(Napi::Env env, Napi::Object exports) {
  napi::ClassBuilder<MemoryBio>(env)
      .Method<&MemoryBio::Read>("read")
      .Method<&MemoryBio::Write>("write")
      .Method<&MemoryBio::WriteEof>("writeEof")
      .Getter<&MemoryBio::Pending>("pending")
      .Getter<&MemoryBio::Eof>("eof")
      .Export(exports);
}

Napi::Value MemoryBio::Read(const napi::Arguments& args) {
  ossl::ByteQueue& queue = bio_.queue();
  size_t size = queue.Size();
  if (args.Has(0)) {
    const int64_t wanted = args.Integer(0, "n", INT64_MIN / 1024, INT64_MAX / 1024);
    if (wanted >= 0) size = std::min(size, static_cast<size_t>(wanted));
  }
  auto result = Napi::Buffer<uint8_t>::Copy(args.Env(), queue.Data(), size);
  queue.Consume(size);
  return result;
}

size_t MemoryBio::Write(const napi::Arguments& args) {
  const napi::ByteSpan data = args.Bytes(0, "data");
  if (bio_.end_written()) napi::ThrowError("ERR_BIO_EOF", "cannot write() after writeEof()");
  bio_.queue().Append(data.data, data.size);
  return data.size;
}

void MemoryBio::WriteEof() {
  bio_.WriteEnd();
}

size_t MemoryBio::Pending() const {
  return bio_.queue().Size();
}

bool MemoryBio::Eof() const {
  return bio_.end_written() && bio_.queue().Size() == 0;
}

}  // namespace sslkit::objects
