#pragma once
// Every dependence on an OpenSSL version lives here: guards, and functions newer than 3.0, which
// are looked up at run time because one binary serves all versions of node.

#include <openssl/ssl.h>

#include <string>
#include <vector>

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
  bool implemented_groups, signature_names;
};
const Capabilities& GetCapabilities();

/// Whether a protocol version (0x0300…0x0304) can be spoken at all.
bool HasProtocol(int version);

/// Name of the group of the key exchange; empty when there was none.
std::string GroupName(SSL* ssl);

/// TLS names of the groups that a context could use. @see SSL_CTX_get0_implemented_groups(3)
std::vector<std::string> ImplementedGroups(SSL_CTX* ctx, bool aliases);

/// The algorithm with which the peer, or this side, has signed in the handshake; empty when it has
/// not, and for the few that OpenSSL before 3.5 cannot tell apart. @see SSL_get0_signature_name(3)
std::string PeerSignatureName(SSL* ssl);
std::string SignatureName(SSL* ssl);

}  // namespace sslkit::ossl
