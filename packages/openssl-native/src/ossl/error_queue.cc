#include "error_queue.h"

#include <openssl/err.h>

#include "reason_names.h"

namespace sslkit::ossl {

namespace {

// A record's data may quote what a peer sent; a page of it is more than any reader wants.
constexpr size_t kMaxData = 512;

}  // namespace

ErrorScope::ErrorScope() {
  ERR_clear_error();
}

ErrorScope::~ErrorScope() {
  ERR_clear_error();
}

ErrorRecord RecordOf(unsigned long code) {
  return {code, LibraryName(code), ReasonName(code), ReasonText(code), std::string()};
}

std::vector<ErrorRecord> DrainErrors() {
  std::vector<ErrorRecord> records;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    records.push_back(RecordOf(code));
    const bool has_text = data != nullptr && (flags & ERR_TXT_STRING) != 0;
    if (has_text) records.back().data = std::string(data).substr(0, kMaxData);
  }
  return records;
}

Failure TakeFailure(std::string operation, int ssl_error) {
  return Failure{std::move(operation), ssl_error, DrainErrors()};
}

void Check(bool ok, const char* operation) {
  if (!ok) throw TakeFailure(operation);
}

}  // namespace sslkit::ossl
