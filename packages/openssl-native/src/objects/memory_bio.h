#pragma once

#include "../napi/class.h"
#include "../ossl/memory_bio.h"

namespace sslkit::objects {

class MemoryBio : public napi::Wrappable {
 public:
  static constexpr char kName[] = "MemoryBio";
  static constexpr napi_type_tag kTag{0x2db6b9c50ede0c0d, 0x57b0bd537d5192e8};
  static void Define(Napi::Env env, Napi::Object exports);

  explicit MemoryBio(const napi::Arguments&) {}

  const ossl::MemoryBio& bio() const { return bio_; }

 private:
  Napi::Value Read(const napi::Arguments& args);
  size_t Write(const napi::Arguments& args);
  void WriteEof();
  size_t Pending() const;
  bool Eof() const;

  ossl::MemoryBio bio_;
};

}  // namespace sslkit::objects
