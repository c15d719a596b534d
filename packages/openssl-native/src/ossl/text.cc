#include "text.h"

#include <cstdint>

namespace sslkit::ossl {

namespace {

struct Decoded {
  uint32_t code_point = 0;
  size_t length = 0;  // 0: not valid
};

bool IsContinuation(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

// Shortest form only, no surrogates, nothing above U+10FFFF (RFC 3629 section 3).
Decoded DecodeOne(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = at(0);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return {};
  uint32_t code_point = first & (0x7Fu >> length);
  for (size_t i = 1; i < length; i++) {
    if (!IsContinuation(at(i))) return {};
    code_point = (code_point << 6) | (at(i) & 0x3Fu);
  }
  const uint32_t smallest = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < smallest || code_point > 0x10FFFF || surrogate) return {};
  return {code_point, length};
}

void Append(std::u16string& out, uint32_t code_point) {
  if (code_point < 0x10000) {
    out.push_back(static_cast<char16_t>(code_point));
    return;
  }
  code_point -= 0x10000;
  out.push_back(static_cast<char16_t>(0xD800 + (code_point >> 10)));
  out.push_back(static_cast<char16_t>(0xDC00 + (code_point & 0x3FF)));
}

}  // namespace

std::u16string DecodeUtf8(std::string_view bytes) {
  std::u16string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const Decoded decoded = DecodeOne(bytes);
    if (decoded.length == 0) {
      out.push_back(static_cast<char16_t>(0xDC00 + static_cast<unsigned char>(bytes[0])));
      bytes.remove_prefix(1);
    } else {
      Append(out, decoded.code_point);
      bytes.remove_prefix(decoded.length);
    }
  }
  return out;
}

std::u16string EscapeBytes(std::string_view bytes) {
  std::u16string out;
  out.reserve(bytes.size());
  for (const char byte : bytes)
    out.push_back(static_cast<char16_t>(0xDC00 + static_cast<unsigned char>(byte)));
  return out;
}

std::u16string FromAscii(std::string_view text) {
  return {text.begin(), text.end()};
}

}  // namespace sslkit::ossl
