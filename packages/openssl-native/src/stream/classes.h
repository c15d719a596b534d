#pragma once
// The JavaScript classes over TlsStream and TlsListener.

#include <napi.h>

namespace sslkit::stream {

/// Puts TlsStream, TlsListener and the module functions on `exports`.
void Export(Napi::Env env, Napi::Object exports);

}  // namespace sslkit::stream
