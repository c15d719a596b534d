#pragma once

#include "../napi/class.h"
#include "../ossl/pipe.h"

namespace sslkit::objects {

class SslPipe : public napi::Wrappable {
 public:
  static constexpr char kName[] = "SslPipe";
  static constexpr napi_type_tag kTag{0x3c9a51f4d8b7406e, 0x8f21d6e5a07c4b93};
  static void Define(Napi::Env env, Napi::Object exports);

  explicit SslPipe(const napi::Arguments& args);
  ~SslPipe() override;

  ossl::Pipe& pipe() { return pipe_; }

 private:
  void Feed(const napi::Arguments& args);
  void FeedEnd();
  Napi::Value Take(const napi::Arguments& args);
  Napi::Value Rest(const napi::Arguments& args);

  ossl::Pipe pipe_;
};

}  // namespace sslkit::objects
