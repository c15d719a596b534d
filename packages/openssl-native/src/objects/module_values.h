#pragma once

#include <napi.h>

namespace sslkit::objects {

/// The functions and values of the binding that belong to no class.
void DefineRandom(Napi::Env env, Napi::Object exports);
void DefineVersion(Napi::Env env, Napi::Object exports);
void DefineConstants(Napi::Env env, Napi::Object exports);

}  // namespace sslkit::objects
