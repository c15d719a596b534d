#pragma once
// Every dependence on an OpenSSL version lives here: guards, and functions newer than 3.0, which
// are looked up at run time because one binary serves all versions of node.

#include <openssl/ssl.h>

#include <string>

namespace sslkit::ossl {

struct LibraryVersion {
  std::string text;
  unsigned long number;
  unsigned major, minor, patch;
};
/// Of the library that is really bound, not of the headers.
LibraryVersion BoundVersion();

/// The file from which libssl's functions come. @see dladdr(3)
std::string BoundLibrary();

struct Capabilities {
  bool psk, pha, ktls, compression, get_group_name, cert_compression, raw_public_keys;
};
const Capabilities& GetCapabilities();

/// Whether a protocol version (0x0300…0x0304) can be spoken at all.
bool HasProtocol(int version);

/// Name of the group of the key exchange; empty when there was none.
std::string GroupName(SSL* ssl);

/// OpenSSL 3.5 and later know the names of the signature algorithms used; empty otherwise.
std::string PeerSignatureName(SSL* ssl);
std::string SignatureName(SSL* ssl);

}  // namespace sslkit::ossl
