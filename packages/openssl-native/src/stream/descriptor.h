#pragma once
// What the kernel knows of a connection and libuv does not tell, by its descriptor. That may be
// somebody else's, a `net.Socket`'s: nothing here keeps or closes it.

#include <napi.h>

#include "buffers.h"

namespace sslkit::stream {

/// Whether a reset waits to be told; asking takes it away.
bool WasReset(int fd);

/// Takes what has arrived, for a connection that nobody reads from any more. Bounded by what the
/// kernel keeps.
void TakeArrived(int fd, Bytes* arrived);

/// How many bytes (and the end, which counts as one) the peer's system has not acknowledged; 0 of
/// what is no TCP connection, whose bytes are at the peer when they are sent.
int Unacknowledged(int fd);

/// Puts them on `exports`.
void ExportDescriptor(Napi::Env env, Napi::Object exports);

}  // namespace sslkit::stream
