#pragma once
// What the addon keeps per environment (main thread, each worker). Node destroys it with the
// environment, after the objects: their finalizers are younger.

#include <napi.h>

#include <memory>
#include <unordered_map>

namespace sslkit::stream {
class Environment;
}

namespace sslkit::napi {

/// Base of every C++ object that a JavaScript object owns.
class Wrappable {
 public:
  virtual ~Wrappable() = default;
};

class Environment {
 public:
  static Environment& Of(Napi::Env env);

  /// Keyed by the address of a class's type tag.
  std::unordered_map<const void*, Napi::FunctionReference> constructors;
  /// The object for which C++ is calling a constructor just now. JavaScript cannot set it.
  std::unique_ptr<Wrappable> construction;

  /// What the streams share; made with the first of them, frees itself when the last of them is
  /// gone.
  stream::Environment* stream = nullptr;

  /// Memory that a call may use while it runs, so that reads need no allocation of their own.
  uint8_t* Scratch(size_t size);
  /// Gives back what an unusually large read took.
  void TrimScratch();

 private:
  std::unique_ptr<uint8_t[]> scratch_;
  size_t scratch_size_ = 0;
};

}  // namespace sslkit::napi
