#include "wire_bio.h"

#include <algorithm>
#include <cstring>

#include "../ossl/error_queue.h"

namespace sslkit::stream {

namespace {

int Read(BIO* bio, char* target, int size) {
  BIO_clear_retry_flags(bio);
  auto* wire = static_cast<Wire*>(BIO_get_data(bio));
  if (wire == nullptr || size <= 0) return 0;
  if (wire->in_size == 0) {
    if (wire->in_ended) return 0;
    BIO_set_retry_read(bio);
    return -1;
  }
  const size_t count = std::min(wire->in_size, static_cast<size_t>(size));
  std::memcpy(target, wire->in, count);
  wire->in += count;
  wire->in_size -= count;
  return static_cast<int>(count);
}

int Write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  auto* wire = static_cast<Wire*>(BIO_get_data(bio));
  if (wire == nullptr || size < 0) return -1;
  wire->lend(wire->owner)->Append(data, static_cast<size_t>(size));
  return size;
}

long Control(BIO* bio, int command, long, void*) {
  const auto* wire = static_cast<const Wire*>(BIO_get_data(bio));
  switch (command) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
      return 1;
    case BIO_CTRL_EOF:
      return wire == nullptr || (wire->in_size == 0 && wire->in_ended) ? 1 : 0;
    case BIO_CTRL_PENDING:
      return wire == nullptr ? 0 : static_cast<long>(wire->in_size);
    default:
      return 0;
  }
}

int Create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

// One for the process, shared by all threads and never freed: connections may outlive any
// environment.
const BIO_METHOD* Method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sslkit wire");
    ossl::CheckPointer(made, "BIO_meth_new");
    BIO_meth_set_read(made, Read);
    BIO_meth_set_write(made, Write);
    BIO_meth_set_ctrl(made, Control);
    BIO_meth_set_create(made, Create);
    return made;
  }();
  return method;
}

}  // namespace

ossl::BioPtr NewWireBio(Wire* wire) {
  ossl::BioPtr bio(ossl::CheckPointer(BIO_new(Method()), "BIO_new"));
  BIO_set_data(bio.get(), wire);
  return bio;
}

void CutWire(BIO* bio) {
  BIO_set_data(bio, nullptr);
}

}  // namespace sslkit::stream
