#pragma once

#include <string>
#include <string_view>

namespace sslkit::ossl {

/// UTF-8 to UTF-16. A byte that is not part of valid UTF-8 becomes U+DC80…U+DCFF, as Python's
/// `surrogateescape`: nothing is lost, and the result equals no text that is valid.
std::u16string DecodeUtf8(std::string_view bytes);

/// Every byte becomes U+DC00 + byte: for values whose encoding is broken, so that not even their
/// ASCII part looks real.
std::u16string EscapeBytes(std::string_view bytes);

/// ASCII text of our own.
std::u16string FromAscii(std::string_view text);

}  // namespace sslkit::ossl
