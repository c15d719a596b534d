#pragma once

#include <cstddef>
#include <cstdint>

namespace sslkit::stream {

/// Whether these bytes, the first that a client has sent, are a whole ClientHello that asks to
/// resume a session: by a pre-shared key (RFC 8446 section 4.2.11), a ticket (RFC 5077 section 3.2)
/// or, below TLS 1.3, a session ID. Whether the server will agree is another question. Looks at
/// each byte at most once and reads nothing beyond `size`; anything else is simply no such hello.
bool OffersSession(const uint8_t* data, size_t size);

}  // namespace sslkit::stream
