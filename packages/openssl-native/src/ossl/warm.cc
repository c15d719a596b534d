#include "warm.h"

namespace sslkit::ossl {

Warm::Warm(SSL* ssl) : ssl_((SSL_get_mode(ssl) & SSL_MODE_RELEASE_BUFFERS) == 0 ? nullptr : ssl) {}

Warm::~Warm() {
  if (place_ != nullptr) *place_ = nullptr;
}

/// Looks at one place a call, so that a call costs the same however many connections there are.
void Warm::TryPlace() {
  Places& row = Row();
  Warm*& place = row.holders[row.next++ % kPlaces];
  if (place != nullptr) {
    if (used_ - place->used_ < kPatience) return;
    place->CoolDown();
  }
  place = this;
  place_ = &place;
  SSL_clear_mode(ssl_, SSL_MODE_RELEASE_BUFFERS);
}

/// Buffers with a part of a record in them are released when the record is complete.
void Warm::CoolDown() {
  place_ = nullptr;
  SSL_set_mode(ssl_, SSL_MODE_RELEASE_BUFFERS);
  SSL_free_buffers(ssl_);
}

}  // namespace sslkit::ossl
