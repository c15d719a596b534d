#pragma once

#include <memory>

#include "../napi/arguments.h"
#include "../ossl/psk.h"

namespace sslkit::objects {

/// Callbacks of OpenSSL's around functions of JavaScript; null for null and undefined. The function
/// is not kept alive by them: a context that is reached from its own callback would never be
/// collected. The caller does, by HoldAlive().
std::shared_ptr<const ossl::PskClientCallback> PskClientOf(Napi::Env env, napi_value function);
std::shared_ptr<const ossl::PskServerCallback> PskServerOf(Napi::Env env, napi_value function);

/// Keeps `value` alive as long as `holder`, in a way that the collector sees: by a hidden property.
/// It replaces what was held under that name.
void HoldAlive(Napi::Env env, napi_value holder, const char* name, napi_value value);

}  // namespace sslkit::objects
