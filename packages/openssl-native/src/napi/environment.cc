#include "environment.h"

namespace sslkit::napi {

namespace {
constexpr size_t kKeepScratch = 256 * 1024;
}

Environment& Environment::Of(Napi::Env env) {
  return *env.GetInstanceData<Environment>();
}

uint8_t* Environment::Scratch(size_t size) {
  if (scratch_size_ < size) {
    scratch_.reset(new uint8_t[size]);
    scratch_size_ = size;
  }
  return scratch_.get();
}

void Environment::TrimScratch() {
  if (scratch_size_ <= kKeepScratch) return;
  scratch_.reset();
  scratch_size_ = 0;
}

}  // namespace sslkit::napi
