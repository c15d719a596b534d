#include "error_queue.h"

#include <openssl/err.h>

#include "reason_names.h"

namespace sslkit::ossl {

namespace {

// A record's data may quote what a peer sent; a page of it is more than any reader wants.
constexpr size_t kMaxData = 512;

ErrorRecord ToRecord(unsigned long code, const char* data, int flags) {
  ErrorRecord record;
  record.code = code;
  record.library = LibraryName(code);
  record.reason = ReasonName(code);
  record.reason_text = ReasonText(code);
  if (data != nullptr && (flags & ERR_TXT_STRING) != 0)
    record.data = std::string(data).substr(0, kMaxData);
  return record;
}

}  // namespace

ErrorScope::ErrorScope() {
  ERR_clear_error();
}

ErrorScope::~ErrorScope() {
  ERR_clear_error();
}

std::vector<ErrorRecord> DrainErrors() {
  std::vector<ErrorRecord> records;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    records.push_back(ToRecord(code, data, flags));
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
