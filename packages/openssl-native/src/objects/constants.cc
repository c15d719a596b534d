#include "../ossl/constants.h"

#include "module_values.h"

namespace sslkit::objects {

void DefineConstants(Napi::Env env, Napi::Object exports) {
  Napi::Object constants = Napi::Object::New(env);
  for (const ossl::Constant& constant : ossl::OptionConstants()) {
    constants.Set(constant.name, Napi::BigInt::New(env, static_cast<uint64_t>(constant.value)));
  }
  for (const ossl::Constant& constant : ossl::NumberConstants()) {
    constants.Set(constant.name, static_cast<double>(constant.value));
  }
  constants.Freeze();
  exports.Set("constants", constants);
}

}  // namespace sslkit::objects
